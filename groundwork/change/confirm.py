"""Confirm or go back: a change that could cut us off is undone by its target itself, unless we confirm it in time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from groundwork.change.step import Json
from groundwork.errors import OpsError, OutsideError

_UNSAFE = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 120  # a unit's name, with what stands before and behind it, is at most 255


class Trial(StrEnum):
    """What the target says of a change on trial."""

    NONE = "none"  # it knows of none by that name
    ARMED = "armed"  # it goes back by itself when its timer ends; whether the change was made is not known
    CONFIRMED = "confirmed"
    WENT_BACK = "went-back"


class WayBack(Protocol):
    """One target's way back from one change, kept at the target under the change's name.

    Its timer runs on the target's own monotonic clock, and neither our death nor a cut line stops it. What came of it
    is kept there, so that a run resumed later can ask. Each method may be called again, and raises OutsideError.
    """

    def read(self) -> Trial:
        """What became of the change."""

    def arm(self, *, seconds: float) -> None:
        """Keep the before-image and start the timer; armed already, it stays as it is."""

    def confirm(self) -> Trial:
        """Stop the timer for good: CONFIRMED, or WENT_BACK when it had ended first."""

    def go_back(self) -> None:
        """Go back now, unless it was confirmed; `read` says WENT_BACK from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change on trial: `apply` makes it and may be called again, `verify` looks at it from an independent location.

    Both raise OpsError; `apply` may lose its own connection to the target by what it does.
    """

    apply: Callable[[], None]
    verify: Callable[[], None]


class WentBackError(OutsideError):
    """The target took the change back by itself."""


def name_trial(run_id: str, target: str) -> str:
    """The name of a change at its target, the same again after a kill: of the run, and of the step's target."""
    return _UNSAFE.sub("-", f"{run_id}-{target}".lower()).strip("-")[:_LONGEST_NAME]


def confirm_or_go_back(way: WayBack, change: Change, *, seconds: float, say: Callable[[str], None]) -> Json:
    """Arm the way back, change, verify, confirm; called again after a kill it finds out which of these happened.

    Raises WentBackError when the target went back by itself, whenever that was: such a change is not tried again.
    What `apply` or `verify` raises is raised again when the target has gone back, with that said. An OutsideError says
    that the state is not known when it could not be reached: then its own timer does it.
    """
    found = way.read()
    if found is Trial.CONFIRMED:
        return {"confirmed": True}
    if found is Trial.WENT_BACK:
        raise _went_back()
    if found is Trial.NONE:
        say(f"arming the way back: {seconds:g} s")
        way.arm(seconds=seconds)
    try:
        change.apply()
        change.verify()
    except Exception as error:
        raise _taken_back(way, error, seconds) from error
    if way.confirm() is not Trial.CONFIRMED:
        way.go_back()  # what was changed after its timer ended goes too
        raise _went_back()
    return {"confirmed": True}


def _went_back() -> WentBackError:
    return WentBackError(
        "the target went back by itself: its confirmation did not come in time",
        hint="it is as it was before; see why verifying took so long or never came, then plan again",
    )


def _taken_back(way: WayBack, error: Exception, seconds: float) -> Exception:
    try:
        way.go_back()
    except OpsError as unheard:
        cause = error.message if isinstance(error, OpsError) else type(error).__name__
        return OutsideError(
            f"unknown whether it was changed ({cause}); it could not be made to go back ({unheard.message}), "
            f"and does so by itself within {seconds:g} s",
            hint="read it again after that time, and plan again",
        )
    if not isinstance(error, OpsError):
        return error
    return type(error)(f"{error.message}; the target went back to what it was", hint=error.hint)
