"""A call that failed is made again as its caller says, on the clock that is handed in."""

from collections.abc import Callable

import pytest

from groundwork.errors import OpsError, OutsideError, RefusedError, UnreachableError
from groundwork.shell.retry import retry
from tests.builders.hand_clock import HandClock


class Failing:
    """Fails with each error in turn, then gives 7."""

    def __init__(self, *errors: BaseException) -> None:
        self.left = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.left:
            raise self.left.pop(0)
        return 7


def away(number: int = 0) -> UnreachableError:
    return UnreachableError(f"away {number}", hint="wait")


def is_away(error: OpsError) -> bool:
    return isinstance(error, UnreachableError)


def test_what_succeeds_is_done_once_and_waits_for_nothing() -> None:
    act, clock = Failing(), HandClock()
    assert retry(act, worth=is_away, pauses_seconds=(9,), clock=clock) == 7
    assert (act.calls, clock.seconds) == (1, 0)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.5), (2, 2.5), (3, 4.5), (4, 6.5)])
def test_the_last_pause_repeats(failures: int, seconds: float) -> None:
    act, clock = Failing(*[away()] * failures), HandClock()
    assert retry(act, worth=is_away, pauses_seconds=(0.5, 2.0), clock=clock) == 7
    assert (act.calls, clock.seconds) == (failures + 1, seconds)


def test_after_the_last_attempt_its_failure_is_raised_as_it_is_and_nobody_waits_any_more() -> None:
    errors, clock = [away(number) for number in range(3)], HandClock()
    act = Failing(*errors)
    with pytest.raises(UnreachableError) as found:
        retry(act, worth=is_away, pauses_seconds=(0.5, 2.0), clock=clock, attempts=3)
    assert found.value is errors[2]
    assert (act.calls, clock.seconds) == (3, 2.5)


@pytest.mark.parametrize(
    "error", [OutsideError("full", hint=""), RefusedError("no", hint=""), ValueError(), SystemExit()]
)
def test_a_failure_that_is_not_worth_it_is_raised_at_once(error: BaseException) -> None:
    act, clock = Failing(away(), error), HandClock()
    with pytest.raises(type(error)) as found:
        retry(act, worth=is_away, pauses_seconds=(1,), clock=clock)
    assert found.value is error
    assert (act.calls, clock.seconds) == (2, 1)


def test_a_time_limit_is_the_callers_by_the_same_clock() -> None:
    clock = HandClock()

    def until(deadline: float) -> Callable[[OpsError], bool]:
        return lambda _error: clock.monotonic() <= deadline

    act = Failing(*[away()] * 100)
    with pytest.raises(UnreachableError):
        retry(act, worth=until(10), pauses_seconds=(4,), clock=clock)
    assert (act.calls, clock.seconds) == (4, 12)
