"""Repository hosts in memory."""

from dataclasses import dataclass, field

from groundwork.drivers.repository_host.refusal import refuse_another
from groundwork.errors import ConfigurationError, UnreachableError


@dataclass(kw_only=True)
class FakeRepositoryHost:
    """`pins` are the identities by site, `rooms` the free bytes (else plenty), `lost` the sites that do not answer.

    `unmounted` are the sites whose disk is not there.
    """

    sites: tuple[str, ...] = ("central", "yangming", "nchc")
    pins: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    unmounted: set[str] = field(default_factory=set)

    def pinned(self, site: str) -> str | None:
        """The site's pin; see RepositoryHost."""
        if site not in self.sites:
            raise ConfigurationError(f"{site} has no repository host", hint="give it one in the estate")
        if site in self.lost:
            raise UnreachableError(f"{site}'s repository host cannot be reached", hint="look at the road to it")
        return self.pins.get(site)

    def pin(self, site: str, identity: str) -> None:
        """Pin it, once; see RepositoryHost."""
        refuse_another(site, self.pinned(site), identity)
        self.pins[site] = identity

    def stands(self, site: str) -> bool:
        """False when the disk is not there; see RepositoryHost."""
        return self.pinned(site) is not None and site not in self.unmounted

    def room(self, site: str) -> int:
        """What `rooms` says; see RepositoryHost."""
        self.pinned(site)
        return self.rooms.get(site, 1 << 40)
