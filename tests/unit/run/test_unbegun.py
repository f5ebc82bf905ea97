from dataclasses import replace

from groundwork.change.codec import StepCodec
from groundwork.change.outcome import NotBegun
from groundwork.change.plan import Share, Track, Wave
from groundwork.run.unbegun import WalkedLanes, WalkedShare, count_steps, list_not_begun
from tests.builders.toy_steps import Erase, Write, plan, track, wave

SAVED = StepCodec(Write | Erase).encode_plan(
    plan(wave("one", track("a", "a2", always=("a",)), track("b", "b2"), track("c")), wave("two", track("d")))
)
ALL = ["a", "b", "c", "d"]


def left(recorded: str, *, in_flight: bool = False) -> list[str]:
    """The tracks not begun after these steps: a dot for one that was done, an x for one that failed."""
    walked = {(1, "here"): WalkedShare(failed=tuple(step == "x" for step in recorded), in_flight=in_flight)}
    return [one.track for one in list_not_begun(SAVED, walked)]


def test_a_run_that_recorded_nothing_has_begun_nothing() -> None:
    assert list_not_begun(SAVED, {})[-1] == NotBegun(wave="two", site="here", track="d")
    assert [one.track for one in list_not_begun(SAVED, {})] == ALL
    assert left("") == ALL
    assert count_steps(SAVED) == 7


def test_the_track_whose_step_may_be_in_flight_was_begun() -> None:
    assert left("", in_flight=True) == ["b", "c", "d"]
    assert left("..", in_flight=True) == ["b", "c", "d"]  # the clean-up of a
    assert left("...", in_flight=True) == ["c", "d"]
    assert left("....", in_flight=True) == ["c", "d"]  # the second step of b


def test_a_failure_skips_the_steps_of_its_track_and_not_its_clean_up() -> None:
    assert left("x") == ["b", "c", "d"]
    assert left("x.") == ["b", "c", "d"]
    assert left("x.x") == ["c", "d"]
    assert left("x.x.") == ["d"]


def left_on_lanes(begun: set[int], failed: set[int]) -> list[tuple[str, str]]:
    """The tracks of a share on lanes that were not begun, with the reasons: b needs a, c needs b, e has no step."""
    tracks = (track("a"), replace(track("b"), needs=("a",)), replace(track("c"), needs=("b",)), track("d"))
    share = Share(site="here", tracks=(*tracks, Track(name="e", steps=())), lanes=2)
    saved = StepCodec(Write | Erase).encode_plan(plan(Wave(name="one", shares=(share,))))
    walked = {(1, "here"): WalkedLanes(begun=frozenset(begun), failed=frozenset(failed))}
    return [(one.track, one.reason) for one in list_not_begun(saved, walked)]


def test_on_lanes_each_track_not_begun_has_the_failure_that_it_goes_back_to() -> None:
    assert left_on_lanes({0, 3}, {0}) == [("b", "it needs a, which failed"), ("c", "it needs b, which was not begun")]
    assert left_on_lanes({0, 1}, {1}) == [("c", "it needs b, which failed"), ("d", "")]
    assert left_on_lanes({3}, {3}) == [("a", ""), ("b", ""), ("c", "")]
    assert left_on_lanes({0, 1, 2, 3}, {2}) == []


def test_a_step_that_only_cleans_up_is_a_step_of_its_track_on_lanes_too() -> None:
    saved = StepCodec(Write | Erase).encode_plan(
        plan(Wave(name="one", shares=(Share(site="here", tracks=(CLEAN, track("b")), lanes=2),)))
    )
    walked = {(1, "here"): WalkedLanes(begun=frozenset({1}), failed=frozenset())}
    assert [one.track for one in list_not_begun(saved, walked)] == ["clean"]


CLEAN = Track(name="clean", steps=(), always=(Erase(name="x"),))
