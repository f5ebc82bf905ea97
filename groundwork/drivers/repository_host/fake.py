"""Repository hosts in memory."""

from dataclasses import dataclass, field

from groundwork.drivers.repository_host.refusal import refuse_another
from groundwork.errors import ConfigurationError, UnreachableError


@dataclass(kw_only=True)
class FakeRepositoryHost:
    """`pins` are the identities by site, `lost` the sites that do not answer."""

    sites: tuple[str, ...] = ("central", "yangming", "nchc")
    pins: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

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
