"""Locks that let go when their holder dies: what every kind of them does, and what the one who comes second reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from groundwork.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock, since when (ISO 8601, UTC), and why; `pid` is of the machine the lock was taken on."""

    run: str
    reason: str
    since: str
    pid: int

    def is_alive(self) -> bool:
        """Whether the process that took the lock is there; its children may be when it is not."""
        return Path(f"/proc/{self.pid}").exists() if Path("/proc/self").exists() else True


class RunLocks(Protocol):
    """The locks of one run in one process."""

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too, all or none of them. Raises RefusedError naming who holds one, since when, and why."""

    def take_alone(self, target: str) -> None:
        """Hold one that no other process of the same run may hold beside us. Raises RefusedError."""

    def check(self) -> None:
        """See that all are still held. Raises InterruptedRunError when one was lost."""

    def release(self) -> None:
        """Let go of all."""


def refusal(target: str, holder: Holder | None) -> RefusedError:
    """What is said to the one who comes second."""
    if holder is None:
        return RefusedError(f"{target} is held by another run", hint="wait for it: `inv runs.list` names it")
    return RefusedError(
        f"{target} is held by run {holder.run} since {holder.since} (reason: {holder.reason})",
        hint=f"wait for it, or stop it with `inv runs.cancel {holder.run} --reason …`",
    )
