"""What cityops needs of Ansible: what a play would change, and carrying it out."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChange:
    """One task that would change, or changed, a host; `diff` is what it showed, secrets left out."""

    host: str
    role: str
    task: str
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayReport:
    """What came of a play on one host: its changes in order and, if it failed, why."""

    host: str
    changes: tuple[HostChange, ...]
    failure: str | None = None
    unreachable: bool = False


class Playbooks(Protocol):
    """Runs one play on some hosts."""

    def check(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Check mode with diff: what would change, one report a host."""

    def apply(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Make the hosts what they should be, one report a host; no process of it outlives the caller."""
