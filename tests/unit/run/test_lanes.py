"""A lane that closes a track goes on with the next one in the same record."""

from dataclasses import replace

import pytest

from groundwork.change.outcome import StepOutcome, TrackOutcome
from groundwork.change.plan import Share
from groundwork.errors import OutsideError
from groundwork.run.interruption import Halted
from groundwork.run.lane_rows import TakenTrack
from groundwork.run.lanes import Lanes
from tests.builders.toy_steps import track

A, B, C = (track(name) for name in "abc")
DONE = TrackOutcome(
    name="a", site="here", steps=(StepOutcome(kind="toy.write", target="here/file/a", started="", ended=""),)
)


def lanes_of(*tracks: object, cap: int = 2, taken: tuple[TakenTrack, ...] = (), stopping: bool = False) -> Lanes:
    share = Share(site="here", tracks=tracks, lanes=2, caps=(("bench", cap),))  # type: ignore[arg-type]
    return Lanes(share, taken, stopping=lambda: stopping)


def test_the_next_track_is_begun_at_once_and_by_nobody_else() -> None:
    lanes = lanes_of(A, B, C)
    assert lanes.take() == 0
    assert lanes.go_on(0) == {"next": 1}
    lanes.end(0, DONE)
    assert lanes.take() == 2
    assert [one.name for one in lanes.outcomes()] == ["a"]


def test_what_the_closed_track_used_is_for_the_next_one_of_its_lane_alone() -> None:
    lanes = lanes_of(*(replace(one, uses=("bench",)) for one in (A, B, C)), cap=1)
    assert lanes.take() == 0
    assert lanes.go_on(0) == {"next": 1}
    lanes.end(0, DONE)
    assert lanes.go_on(1) == {"next": 2}


def test_what_needs_the_closed_track_is_not_begun_before_its_end_is_recorded() -> None:
    lanes = lanes_of(A, replace(B, needs=("a",)), replace(C, needs=("a",)))
    assert lanes.take() == 0
    assert lanes.go_on(0) == {}
    lanes.end(0, DONE)
    assert (lanes.take(), lanes.take()) == (1, 2)


def test_nothing_is_named_while_no_track_can_be_begun() -> None:
    lanes = lanes_of(A, B, replace(C, needs=("a",)))
    assert (lanes.take(), lanes.take()) == (0, 1)
    assert lanes.go_on(1) == {}
    lanes.end(0, DONE)
    assert lanes.go_on(1) == {"next": 2}


@pytest.mark.parametrize("way", ["halted", "closed", "stopping"])
def test_nothing_is_begun_any_more_once_the_lanes_are_to_stop(way: str) -> None:
    lanes = lanes_of(A, B, taken=(TakenTrack(number=0, times=1, steps=(), left=False),), stopping=way == "stopping")
    if way == "halted":
        lanes.halt(Halted(OutsideError("the ledger is away", hint="")))
    if way == "closed":
        lanes.close()
    assert lanes.go_on(0) == {}
