"""Repository hosts in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from groundwork.drivers.repository_host.protocol import Proof, Refusals
from groundwork.drivers.repository_host.refusal import refuse_another
from groundwork.errors import ConfigurationError, UnreachableError


@dataclass(kw_only=True)
class FakeRepositoryHost:
    """`pins` are the identities by site, `rooms` the free bytes (else plenty), `lost` the sites that do not answer.

    `unmounted` are the sites whose disk is not there.
    `wrong` are the files that stand at a site and are not what they say, `refused` what a site refused of its sender's;
    `files` is how many files each site has, `oldest` when the oldest proof was, `quarantined` what was moved, by site,
    label and path.
    """

    sites: tuple[str, ...] = ("central", "yangming", "nchc")
    pins: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    unmounted: set[str] = field(default_factory=set)
    files: int = 1
    oldest: datetime | None = None
    incomplete: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wrong: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, dict[str, str]] = field(default_factory=dict)
    quarantined: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def pinned(self, site: str) -> str | None:
        """The identity pinned to the site; None where none was."""
        if site not in self.sites:
            raise ConfigurationError(f"{site} has no repository host", hint="give it one in the estate")
        if site in self.lost:
            raise UnreachableError(f"{site}'s repository host cannot be reached", hint="look at the link to it")
        return self.pins.get(site)

    def pin(self, site: str, identity: str) -> None:
        """Pin it, once. Raises RefusedError when another is declared."""
        refuse_another(site, self.pinned(site), identity)
        self.pins[site] = identity

    def stands(self, site: str) -> bool:
        """False when the disk is not there."""
        return self.pinned(site) is not None and site not in self.unmounted

    def room(self, site: str) -> int:
        """What `rooms` says, in bytes."""
        self.pinned(site)
        return self.rooms.get(site, 1 << 40)

    def verify(self, site: str, *, share: str = "1/1") -> Proof:
        """What is wrong at the site; `oldest` is what this fake was given."""
        self.pinned(site)
        wrong = self.wrong.get(site, {})
        return Proof(
            site=site,
            share=share,
            files=self.files,
            size_bytes=self.files,
            wrong=dict(wrong),
            missing=(),
            incomplete=self.incomplete.get(site, ()),
            oldest=self.oldest,
        )

    def refusals(self, site: str) -> Refusals:
        """What was refused and what is wrong."""
        self.pinned(site)
        sender, own = dict(self.refused.get(site, {})), dict(self.wrong.get(site, {}))
        return Refusals(sender=sender, own=own, incomplete=self.incomplete.get(site, ()), oldest=self.oldest)

    def quarantine(self, site: str, paths: Sequence[str], *, label: str) -> Mapping[str, str]:
        """Move what is wrong; what is not comes back by path with why."""
        self.pinned(site)
        kept = {}
        for path in paths:
            if path in self.wrong.get(site, {}):
                self.quarantined[site, label, path] = self.wrong[site].pop(path)
            elif (site, label, path) not in self.quarantined:
                kept[path] = "it is what its name says"
        return kept

    def put_back(self, site: str, paths: Sequence[str], *, label: str) -> Mapping[str, str]:
        """Move them back; none ever stays."""
        self.pinned(site)
        for path in paths:
            if why := self.quarantined.pop((site, label, path), None):
                self.wrong.setdefault(site, {})[path] = why
        return {}
