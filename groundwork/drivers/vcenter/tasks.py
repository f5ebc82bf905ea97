"""Waiting for a vCenter's work with a bound: tasks, leases, power states."""

from collections.abc import Callable
from typing import Any, TypeVar

from groundwork.drivers.vcenter.bulk_read import Row, read_one
from groundwork.drivers.vcenter.errors import error_of
from groundwork.drivers.vcenter.session import Session
from groundwork.errors import OutsideError

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 1.0
TASK_SECONDS = 900.0  # a full clone of a large disk is the longest task there is here


def finish(session: Session, doing: str, task: Any, *, timeout_seconds: float = TASK_SECONDS) -> Any:
    """Wait for the task's end and return its result. Raises OutsideError with the task's fault, or at the time limit.

    (pyVmomi's own WaitForTask has no working time limit: reference/vsphere.md.)
    """

    def ended(row: Row) -> Row | None:
        return row if row.get("info.state") in {"success", "error"} else None

    paths = ("info.state", "info.error", "info.result")
    row = wait_until(session, doing, lambda: ended(read_one(session, task, paths)), timeout_seconds)
    if row.get("info.state") == "error":
        raise error_of(session.site, doing, row.get("info.error"))
    return row.get("info.result")


def wait_until(session: Session, doing: str, poll: Callable[[], T | None], timeout_seconds: float) -> T:
    """Poll, with growing pauses of at most a second, until there is something. Raises OutsideError at the limit."""
    deadline = session.clock.monotonic() + timeout_seconds
    pause_seconds = _FIRST_PAUSE_SECONDS
    while True:
        found = poll()
        if found is not None:
            return found
        if session.clock.monotonic() >= deadline:
            raise OutsideError(
                f"the vCenter of {session.site} is still at it after {timeout_seconds:g} s ({doing})",
                hint="look at its task list; run again once the task has ended",
            )
        session.clock.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
