"""What a service host lacks, and the step that gives it."""

from dataclasses import dataclass
from typing import Literal

from groundwork.change.step import Act

_SHOWN = 6  # changes that a step's line names before it counts the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One task that would change a host; `diff` is what it would change, secrets left out."""

    role: str
    task: str
    diff: str

    def describe(self) -> str:
        """The change in a few words."""
        return f"{self.role}: {self.task}" if self.role else self.task


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDrift:
    """What a check of one host found; `failure` says why it could not be checked."""

    host: str
    changes: tuple[Change, ...]
    failure: str | None = None
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureHost(Act):
    """Make one host what the estate says; `together` are the hosts of the play that does it, itself included.

    A step saved before plays were shared names none: its play is for its host alone.
    """

    site: str
    host: str
    changes: tuple[str, ...]
    together: tuple[str, ...] = ()
    kind: Literal["hosts.configure"] = "hosts.configure"
    acts_on = "{0.site}/host/{0.host}"

    def describe(self) -> str:
        """The host and what would change on it."""
        shown = "; ".join(self.changes[:_SHOWN])
        more = f"; and {len(self.changes) - _SHOWN} more" if len(self.changes) > _SHOWN else ""
        count = "1 change" if len(self.changes) == 1 else f"{len(self.changes)} changes"
        return f"configure {self.host}, {count}: {shown}{more}"


HostStep = ConfigureHost
