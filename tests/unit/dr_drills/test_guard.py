"""A drill's guards are checked before, beside and after a step, and what they find ends it."""

import threading
import time
from collections.abc import Callable

import pytest

from dr_drills.guard import Guard, GuardTrippedError, Watching, watching
from groundwork.errors import OutsideError, UnreachableError


def work_until_stopped(guard: Guard, *, begin: Callable[[], None]) -> None:
    with watching([guard], every_seconds=0.01) as watch:
        begin()
        while True:
            time.sleep(0.01)  # noqa: TID251 - the step at work
            watch.check()


def fail_after(guard: Guard, *, begin: Callable[[], bool]) -> None:
    with watching([guard], every_seconds=0.01):
        while not begin():
            time.sleep(0.01)  # noqa: TID251 - the step at work
        raise OutsideError("the machine is off", hint="")


def test_a_step_that_is_wrong_before_it_begins_is_not_begun() -> None:
    begun = []
    with pytest.raises(GuardTrippedError, match="it leaks"), watching([Guard(check=lambda: "it leaks")]):
        begun.append(True)
    assert begun == []


def test_what_goes_wrong_beside_a_step_is_reacted_to_once_and_ends_the_step() -> None:
    wrong, reactions = threading.Event(), list[str]()
    guard = Guard(check=lambda: "it leaks" if wrong.is_set() else None, react=lambda: reactions.append("off"))
    with pytest.raises(GuardTrippedError, match="it leaks"):
        work_until_stopped(guard, begin=wrong.set)
    assert reactions == ["off"]


def test_what_goes_wrong_while_a_step_ends_well_fails_it_all_the_same() -> None:
    seen = [None, "it leaks"]
    with pytest.raises(GuardTrippedError), watching([Guard(check=lambda: seen.pop(0))], every_seconds=60):
        pass


def test_a_guard_s_word_stands_in_place_of_the_failure_that_it_explains() -> None:
    seen = [None, "it leaks", "it leaks"]
    with pytest.raises(GuardTrippedError, match="it leaks"):
        fail_after(Guard(check=lambda: seen.pop(0)), begin=lambda: len(seen) == 1)


def test_a_step_s_own_failure_goes_on_when_all_holds() -> None:
    with pytest.raises(OutsideError, match="no room"), watching([Guard(check=lambda: None)]):
        raise OutsideError("no room", hint="")


def test_a_guard_that_cannot_see_ends_the_step_and_a_reaction_that_fails_does_not_hide_it() -> None:
    def fail() -> None:
        raise UnreachableError("no answer", hint="")

    def check() -> str | None:
        raise UnreachableError("the prober is away", hint="")

    with pytest.raises(GuardTrippedError, match=r"could not be seen any more.*the prober is away"):
        fail_after(Guard(check=check, react=fail), begin=lambda: True)


def test_without_guards_nothing_is_started() -> None:
    before = threading.active_count()
    with watching([]) as watch:
        assert threading.active_count() == before
        watch.check()


def test_a_guard_looks_again_and_again_as_long_as_all_holds_and_no_more_once_it_does_not() -> None:
    checks, reactions = list[int](), list[int]()

    def check() -> str | None:
        checks.append(len(checks) + 1)
        return None if len(checks) < 5 else "it leaks"

    with pytest.raises(GuardTrippedError, match="it leaks"):
        work_until_stopped(Guard(check=check, react=lambda: reactions.append(len(checks))), begin=lambda: None)
    assert checks == [1, 2, 3, 4, 5]
    assert reactions == [5]


def test_the_first_thing_seen_to_be_wrong_is_what_is_said_and_the_others_are_not_reacted_to() -> None:
    reactions: list[str] = []
    watch = Watching(
        [
            Guard(check=lambda: None, react=lambda: reactions.append("none")),
            Guard(check=lambda: "it leaks", react=lambda: reactions.append("first")),
            Guard(check=lambda: "it is full", react=lambda: reactions.append("second")),
        ]
    )
    assert not watch.poll()
    assert not watch.poll()
    with pytest.raises(GuardTrippedError, match="it leaks"):
        watch.check()
    assert reactions == ["first"]
    assert Watching([Guard(check=lambda: None)]).poll()
