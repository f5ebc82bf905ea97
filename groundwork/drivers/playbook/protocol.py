"""What cityops needs of Ansible: what a play would change, and carrying it out."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Strategy: TypeAlias = Literal["mitogen", "linear"]  # how tasks get to hosts: docs/adr says why there are two


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChange:
    """One task that would change, or changed, a host; `diff` is what it showed, secrets left out."""

    host: str
    role: str
    task: str
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayReport:
    """What came of a play on one host: its changes in order and, if it failed, why.

    `remaining` is what a check right after an apply would still change; `unknown` hosts are in no play.
    """

    host: str
    changes: tuple[HostChange, ...]
    remaining: tuple[HostChange, ...] = ()
    failure: str | None = None
    unreachable: bool = False
    unknown: bool = False


class Playbooks(Protocol):
    """Runs one playbook on some hosts, side by side; what one host fails with is its own."""

    def check(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Check mode with diff: what would change, one report for each host."""

    def apply(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Make the hosts what they should be, then check them again: one report for each host.

        No process of it outlives the caller.
        """


def unknown_host(playbook: str, host: str) -> PlayReport:
    """The report of a host that no play of the playbook has."""
    return PlayReport(host=host, changes=(), failure=f"no play of {playbook} has a host of this name", unknown=True)
