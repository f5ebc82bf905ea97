from dataclasses import replace

from groundwork.change.operation import Stage, conclude_by_failures, conclude_in_full
from groundwork.change.outcome import Conclusion, Failure, NotBegun, StepOutcome, TrackOutcome
from groundwork.change.plan import Share, Wave
from groundwork.change.step import Step
from groundwork.change.walk import carry_out, walk_share
from tests.builders.toy_steps import plan, track, wave


class Recorder:
    """A Run that walks shares in this process; steps on the names in `broken` fail."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.performed: list[str] = []

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        return tuple(outcome for share in wave.shares for outcome in walk_share(share, self.perform))

    def perform(self, step: Step) -> StepOutcome:
        self.performed.append(step.describe())
        broken = step.target.rsplit("/", 1)[1] in self.broken
        failure = Failure(error="OutsideError", message="no", hint="look", exit_code=5) if broken else None
        return StepOutcome(kind=step.kind, target=step.target, started="", ended="", failure=failure)


def test_a_failure_skips_the_rest_of_its_track_but_not_the_clean_up_nor_the_other_tracks() -> None:
    run = Recorder("a")
    outcome = carry_out(plan(wave("one", track("a", "b", always=("c",)), track("d"))), run)
    assert run.performed == ["write a", "erase c", "write d"]
    assert [track.failure is None for track in outcome.tracks] == [False, True]


def test_more_failures_than_the_budget_leave_the_later_waves_out() -> None:
    run = Recorder("a")
    outcome = carry_out(plan(wave("one", track("a")), wave("two", track("b"))), run)
    assert run.performed == ["write a"]
    assert outcome.stopped
    assert outcome.not_begun == (NotBegun(wave="two", site="here", track="b"),)
    concluded = conclude_in_full(Conclusion(exit_code=0, summary={}), (Stage(plan=plan(), outcome=outcome),))
    assert concluded == Conclusion(exit_code=5, summary={"not_begun": ["here: b"]}), (
        "no run that left tracks out is well"
    )


def test_failures_within_the_budget_are_borne() -> None:
    run = Recorder("a")
    outcome = carry_out(plan(wave("one", track("a")), wave("two", track("b")), failure_budget=1), run)
    assert run.performed == ["write a", "write b"]
    assert not outcome.stopped


def test_failures_of_one_name_at_two_sites_are_both_reported() -> None:
    run = Recorder("a")
    two = plan(Wave(name="one", shares=(*wave("", track("a")).shares, *wave("", track("a"), site="there").shares)))
    concluded = conclude_by_failures((Stage(plan=two, outcome=carry_out(two, run)),))
    assert concluded.summary == {"tracks": 2, "failed": {"a": "no", "there: a": "no"}}


def test_a_run_without_a_failure_ends_with_0_and_one_with_failures_with_the_first_one_s() -> None:
    well = plan(wave("one", track("a"), track("d")))
    assert conclude_by_failures(()) == Conclusion(exit_code=0, summary={"tracks": 0, "failed": {}})
    assert conclude_by_failures((Stage(plan=well, outcome=carry_out(well, Recorder())),)) == Conclusion(
        exit_code=0, summary={"tracks": 2, "failed": {}}
    )
    concluded = conclude_by_failures((Stage(plan=well, outcome=carry_out(well, Recorder("d"))),))
    assert (concluded.exit_code, concluded.summary["failed"]) == (5, {"d": "no"})


def test_a_track_that_needs_others_is_walked_after_them_and_not_when_one_of_them_failed() -> None:
    tracks = (replace(track("c"), needs=("b",)), replace(track("b"), needs=("a",)), track("a"), track("d"))
    run = Recorder()
    outcomes = walk_share(Share(site="here", tracks=tracks), run.perform)
    assert run.performed == ["write a", "write b", "write c", "write d"]
    assert [one.name for one in outcomes] == ["c", "b", "a", "d"], "the outcomes stand as the plan has them"
    broken = Recorder("a")
    assert [one.name for one in walk_share(Share(site="here", tracks=tracks), broken.perform)] == ["a", "d"]
    assert broken.performed == ["write a", "write d"]
