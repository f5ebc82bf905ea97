from dataclasses import dataclass, replace
from typing import Literal

from groundwork.change.outcome import Failure, StepOutcome
from groundwork.change.plan import Share, Track
from groundwork.change.step import Act, Json
from groundwork.run.undo import BegunShare, BegunTrack, plan_undo, steps_begun
from tests.builders.toy_steps import Erase, Write, plan, track, wave


def outcome(name: str, *, failed: bool = False) -> StepOutcome:
    failure = Failure(error="OutsideError", message="no", hint="look", exit_code=5) if failed else None
    return StepOutcome(kind="toy.write", target=f"here/file/{name}", started="", ended="", failure=failure)


def share(*names: str) -> Share:
    return Share(site="here", tracks=tuple(track(name, f"{name}2") for name in names))


def test_the_steps_begun_are_those_recorded_and_the_one_in_flight() -> None:
    begun = steps_begun(share("a", "b"), (outcome("a"), outcome("a2")))
    assert [step.describe() for step in begun] == ["write a", "write a2", "write b"]


def test_after_a_failure_the_walk_is_followed_as_it_went() -> None:
    begun = steps_begun(share("a", "b"), (outcome("a", failed=True), outcome("b")))
    assert [step.describe() for step in begun] == ["write a", "write b", "write b2"]


def test_a_share_at_its_end_has_nothing_in_flight() -> None:
    done = tuple(outcome(name) for name in ("a", "a2"))
    assert [step.describe() for step in steps_begun(share("a"), done)] == ["write a", "write a2"]


def test_an_undo_goes_backwards_and_tries_each_step_whatever_becomes_of_the_others() -> None:
    cancelled = plan(wave("one", track("a")), wave("two", track("b")))
    begun = [
        BegunShare(stage=1, wave=1, share=share("a"), outcomes=(outcome("a"), outcome("a2"))),
        BegunShare(stage=1, wave=2, share=share("b"), outcomes=(outcome("b"),)),
    ]
    undo = plan_undo(cancelled, begun, locks=["y", "x"])
    assert [step.describe() for *_, step in undo.steps()] == ["erase b2", "erase b", "erase a2", "erase a"]
    assert [len(one.shares[0].tracks) for one in undo.waves] == [2, 2]
    assert (undo.locks, undo.failure_budget, undo.title) == (("x", "y"), 4, "undo: toy")


def test_a_step_that_cannot_be_undone_is_left_out() -> None:
    one_way = Share(site="here", tracks=(track("a", always=("a",)),))
    begun = [BegunShare(stage=1, wave=1, share=one_way, outcomes=(outcome("a"), outcome("a")))]
    undo = plan_undo(plan(), begun, locks=[])
    assert [step.describe() for *_, step in undo.steps()] == [Write(name="a").undo(None).describe()]


def test_the_hundredth_wave_is_undone_before_the_ninety_ninth() -> None:
    begun = [
        BegunShare(stage=1, wave=number, share=share(f"w{number}"), outcomes=(outcome("x"), outcome("x")))
        for number in (100, 1, 99, 11)  # as text: 01, 100, 11, 99
    ]
    undo = plan_undo(plan(), begun, locks=[])
    assert [wave.name.rpartition(" ")[2] for wave in undo.waves] == ["100", "99", "11", "1"]


def test_of_a_share_that_was_put_down_between_two_steps_only_what_is_recorded_is_undone() -> None:
    put_down = BegunShare(stage=1, wave=1, share=share("a"), outcomes=(outcome("a"),), in_flight=False)
    never = BegunShare(stage=1, wave=2, share=share("b"), outcomes=(), in_flight=False)
    undo = plan_undo(plan(), [put_down, never], locks=[])
    assert [step.describe() for *_, step in undo.steps()] == ["erase a"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember(Act):
    """Takes itself back by what it recorded."""

    kind: Literal["toy.remember"] = "toy.remember"
    acts_on = "here/file/x"

    def describe(self) -> str:
        return "remember"

    def undo(self, recorded: Json | None, /) -> Erase | None:
        return Erase(name=str(recorded)) if recorded != "nothing" else None


def undone(*outcomes: StepOutcome, in_flight: bool = False) -> list[str]:
    tracks = tuple(Track(name=str(number), steps=(Remember(),)) for number in range(4))
    begun = BegunShare(stage=1, wave=1, share=Share(site="here", tracks=tracks), outcomes=outcomes, in_flight=in_flight)
    return [step.describe() for *_, step in plan_undo(plan(), [begun], locks=[]).steps()]


def test_an_undo_sees_what_its_own_step_recorded_and_nothing_of_one_that_failed_or_was_in_flight() -> None:
    well = [replace(outcome("x"), result=result) for result in ("a", "nothing", "c")]
    failed = replace(outcome("x", failed=True), result="lost")
    assert undone(*well) == ["erase c", "erase a"]
    assert undone(*well, in_flight=True) == ["erase None", "erase c", "erase a"]
    assert undone(failed, well[0]) == ["erase a", "erase None"]


def laned(*tracks: Track) -> Share:
    return Share(site="here", tracks=tracks, lanes=2)


def undone_on_lanes(share: Share, *tracks: BegunTrack) -> list[str]:
    begun = BegunShare(stage=1, wave=1, share=share, tracks=tracks)
    return [step.describe() for *_, step in plan_undo(plan(), [begun], locks=[]).steps()]


def test_on_lanes_the_newest_step_of_all_tracks_is_undone_first_and_one_in_flight_is_the_newest() -> None:
    share = laned(track("a", "a2"), track("b", "b2"), track("c"))
    first = BegunTrack(number=0, outcomes=(outcome("a"), outcome("a2")), ended=(1, 4), in_flight=False)
    second = BegunTrack(number=1, outcomes=(outcome("b"),), ended=(2,))
    assert undone_on_lanes(share, first, second) == ["erase b2", "erase a2", "erase b", "erase a"]
    put_down = replace(second, in_flight=False)
    assert undone_on_lanes(share, first, put_down) == ["erase a2", "erase b", "erase a"]


def test_what_a_track_took_back_by_itself_is_undone_once_more_and_its_taking_back_is_not() -> None:
    rolled = laned(replace(track("a", "a2"), roll_back=True))
    outcomes = (outcome("a"), outcome("a2", failed=True), outcome("a2"))
    begun = BegunTrack(number=0, outcomes=outcomes, ended=(1, 2, 3))
    assert undone_on_lanes(rolled, begun) == ["erase a2", "erase a"]


def test_an_undo_on_lanes_sees_what_its_own_step_recorded_if_that_ended_well() -> None:
    share = laned(Track(name="0", steps=(Remember(),)), Track(name="1", steps=(Remember(),)))
    well = BegunTrack(number=1, outcomes=(replace(outcome("x"), result="b"),), ended=(2,), in_flight=False)
    failed = BegunTrack(
        number=0, outcomes=(replace(outcome("x", failed=True), result="lost"),), ended=(1,), in_flight=False
    )
    assert undone_on_lanes(share, failed, well) == ["erase b", "erase None"]


def test_a_step_may_be_in_flight_on_any_lane_or_in_the_share_that_has_one() -> None:
    at_rest = BegunTrack(number=0, outcomes=(), ended=(), in_flight=False)
    on_lanes = BegunShare(stage=1, wave=1, share=laned(track("a"), track("b")), tracks=(at_rest,))
    assert not on_lanes.may_be_in_flight
    assert replace(on_lanes, tracks=(at_rest, replace(at_rest, number=1, in_flight=True))).may_be_in_flight
    in_order = BegunShare(stage=1, wave=1, share=share("a"), tracks=(at_rest,))
    assert in_order.may_be_in_flight
    assert not replace(in_order, in_flight=False).may_be_in_flight
