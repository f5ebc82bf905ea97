"""A repository's identity: which one a site's host bears, and what is refused when another, or none, stands there."""

from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.errors import RefusedError

_PREPARE = "`inv backup.prepare --live` makes a repository, once, and declares it"


def need_identity(repository: Repository, site: str) -> str:
    """The repository's identity. Raises RefusedError where there is no repository."""
    identity = repository.identity()
    if identity is None:
        raise RefusedError(f"{site} has no repository", hint=_PREPARE)
    return identity


def need_pinned(hosts: RepositoryHost, site: str) -> str:
    """The identity that the site's host bears. Raises RefusedError where none was declared."""
    pinned = hosts.pinned(site)
    if pinned is None:
        raise RefusedError(f"no repository of {site} was declared yet", hint=_PREPARE)
    return pinned


def prove_identity(hosts: RepositoryHost, repository: Repository, site: str) -> None:
    """Raise RefusedError unless the repository there is the one that the site's host bears."""
    pinned, found = need_pinned(hosts, site), repository.identity()
    if found != pinned:
        seen = f"another one ({found[:12]}…)" if found else "none"
        raise RefusedError(
            f"{site}'s host bears the repository {pinned[:12]}…, and {seen} stands there; nothing was written",
            hint="is its disk mounted? nothing makes a new repository in its place by itself",
        )
