from groundwork.change.codec import StepCodec
from groundwork.change.outcome import NotBegun
from groundwork.run.unbegun import WalkedShare, count_steps, list_not_begun
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
