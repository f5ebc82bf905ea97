"""What each way back must do, whatever its target is: one suite for the fake and for every real one."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from groundwork.change.confirm import Trial, WayBack
from groundwork.errors import OutsideError

End = tuple[Trial, str]  # what the target says of the change at last, and its value


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A target with a value: how it is read and written, its ways back by name, and how time passes at it."""

    way: Callable[[str], WayBack]
    read: Callable[[], str]
    write: Callable[[str], None]
    wait: Callable[[float], None]


def of_a_change_that_was_never_armed_it_knows_nothing(rig: Rig) -> End:
    way = rig.way("never-armed")
    assert way.read() is Trial.NONE
    with pytest.raises(OutsideError):
        way.confirm()
    way.go_back()
    return way.read(), rig.read()


def a_confirmed_change_stays(rig: Rig) -> End:
    way = rig.way("stays")
    way.arm(seconds=4.0)
    assert way.read() is Trial.ARMED
    rig.write("new")
    assert way.confirm() is Trial.CONFIRMED
    rig.wait(5.0)
    assert (way.read(), rig.read()) == (Trial.CONFIRMED, "new")
    assert way.confirm() is Trial.CONFIRMED
    way.go_back()
    return way.read(), rig.read()


def a_change_that_nobody_confirms_is_taken_back_by_the_target_itself(rig: Rig) -> End:
    way = rig.way("unconfirmed")
    way.arm(seconds=2.0)
    rig.write("new")
    rig.wait(4.0)
    assert rig.read() == "old"
    assert way.read() is Trial.WENT_BACK
    assert way.confirm() is Trial.WENT_BACK
    return way.read(), rig.read()


def arming_again_moves_neither_the_before_image_nor_the_end(rig: Rig) -> End:
    way = rig.way("armed-again")
    way.arm(seconds=3.0)
    rig.write("new")
    way.arm(seconds=600.0)
    rig.wait(5.0)
    return way.read(), rig.read()


def told_to_it_goes_back_at_once_and_as_often_as_told(rig: Rig) -> End:
    way = rig.way("reported")
    way.arm(seconds=600.0)
    rig.write("new")
    way.go_back()
    assert (way.read(), rig.read()) == (Trial.WENT_BACK, "old")
    rig.write("changed after it went back")
    way.go_back()
    return way.read(), rig.read()


def another_change_is_another_trial(rig: Rig) -> End:
    first, second = rig.way("first"), rig.way("second")
    first.arm(seconds=600.0)
    assert second.read() is Trial.NONE
    first.go_back()
    second.arm(seconds=600.0)
    assert second.read() is Trial.ARMED
    second.go_back()
    return first.read(), rig.read()


CONTRACT: dict[Callable[[Rig], End], End] = {
    of_a_change_that_was_never_armed_it_knows_nothing: (Trial.NONE, "old"),
    a_confirmed_change_stays: (Trial.CONFIRMED, "new"),
    a_change_that_nobody_confirms_is_taken_back_by_the_target_itself: (Trial.WENT_BACK, "old"),
    arming_again_moves_neither_the_before_image_nor_the_end: (Trial.WENT_BACK, "old"),
    told_to_it_goes_back_at_once_and_as_often_as_told: (Trial.WENT_BACK, "old"),
    another_change_is_another_trial: (Trial.WENT_BACK, "old"),
}
