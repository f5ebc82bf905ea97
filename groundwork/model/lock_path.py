"""What runs lock, as paths: two runs may work side by side unless one's path leads to, or through, the other's."""

from collections.abc import Iterable

_ANY = "*"  # a name that an old note does not say
_OLD_KINDS = ("backup", "replication", "quarantine")  # once written with the kind first: backup/central


def site_lock(site: str) -> str:
    """A site whole: no other run does anything there."""
    return f"site/{site}"


def machine_lock(site: str, name: str) -> str:
    """One machine at a site's vCenter, by its name there."""
    return f"site/{site}/machine/{name.replace('/', '%2f')}"


def host_lock(site: str, host: str) -> str:
    """One host that Ansible configures."""
    return f"site/{site}/host/{host}"


def backup_lock(site: str) -> str:
    """The making of restore points at a site."""
    return f"site/{site}/backup"


def replication_lock(site: str) -> str:
    """The copying of other sites' restore points to a site."""
    return f"site/{site}/replication"


def quarantine_lock(site: str) -> str:
    """The files of a site's repository that were found wrong."""
    return f"site/{site}/quarantine"


def drill_lock(site: str) -> str:
    """Everything that drills make at a site, which bears their names."""
    return f"site/{site}/drill"


def ancestors(path: str) -> tuple[str, ...]:
    """The paths that lead to this one, the shortest first."""
    parts = path.split("/")
    return tuple("/".join(parts[:length]) for length in range(1, len(parts)))


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that no other of them leads to, sorted: whoever holds these holds all."""
    known = set(paths)
    return tuple(sorted(path for path in known if known.isdisjoint(ancestors(path))))


def current_path(noted: str) -> str:
    """The path of a lock as it is written now, given one of an older ledger: ``backup/central``, ``machine/central/x``.

    An old ``site/central`` stood for the site's machines alone; it is read as the whole site, which refuses more.
    """
    kind, _, rest = noted.partition("/")
    if kind == "host":
        return host_lock(_ANY, rest)
    if kind == "machine" and "/" in rest:
        site, _, name = rest.partition("/")
        return machine_lock(site, name)
    return f"site/{rest}/{kind}" if kind in _OLD_KINDS else noted


def known_part(path: str) -> str:
    """The path as far as it says names: what must be held where an older ledger's lock is taken again."""
    return path.partition(f"/{_ANY}")[0]


def overlap(one: str, other: str) -> bool:
    """Whether the paths are the same, or one leads to the other."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return all(mine == theirs or _ANY in (mine, theirs) for mine, theirs in pairs)
