"""A transfer between repositories in memory: what a pull of the real kind would have reported."""

from collections.abc import Callable
from dataclasses import dataclass, field

from groundwork.drivers.transfer.protocol import PullReport
from groundwork.errors import ConfigurationError, UnreachableError


@dataclass(kw_only=True)
class FakeTransfer:
    """Pulls by calling `copy(sender, receiver)`, which returns how many files came and of what size.

    `refused` are the files that a receiver finds wrong, `foreign` those that it cannot open, `incomplete` the objects
    that wait there for what is missing, `lost` the sites that do not answer, `pulls` what was asked.
    """

    copy: Callable[[str, str], tuple[int, int]]
    sites: tuple[str, ...] = ("central", "yangming", "nchc")
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: dict[str, tuple[str, ...]] = field(default_factory=dict)
    incomplete: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    pulls: list[tuple[str, str]] = field(default_factory=list)

    def pull(self, *, sender: str, receiver: str) -> PullReport:
        """Copy what the receiver lacks. Raises UnreachableError when a site is lost."""
        self.pulls.append((sender, receiver))
        if receiver not in self.sites:
            raise ConfigurationError(f"{receiver} has no repository host", hint="give it one in the estate")
        for site in {sender, receiver} & self.lost:
            raise UnreachableError(f"{site}'s repository host cannot be reached", hint="look at the link to it")
        files, size = self.copy(sender, receiver)
        refused = self.refused.get(receiver, ())
        return PullReport(
            sender=sender,
            receiver=receiver,
            files=files + len(refused),
            size_bytes=size,
            proven=files,
            refused=refused,
            foreign=self.foreign.get(receiver, ()),
            incomplete=self.incomplete.get(receiver, ()),
        )
