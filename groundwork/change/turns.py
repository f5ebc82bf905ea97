"""The order of one track's steps as it is carried out: which comes next depends on what came of those before."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal

from groundwork.change.outcome import StepOutcome
from groundwork.change.plan import Track
from groundwork.change.step import Json, Step

Part = Literal["step", "roll-back", "always"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A step whose turn it is, and the part of the track it belongs to.

    `closing`: when it goes well, the track has gone well and is at its end.
    """

    step: Step
    part: Part
    closing: bool = False


def turns(track: Track) -> Generator[Turn, StepOutcome, None]:
    """The track's turns; send what came of each. A failure skips the other steps, but not `always`.

    A track with `roll_back` then undoes its steps, newest first and the failed one too: an undo looks first whether
    there is anything to take back. Each undo is tried, whatever became of the others.
    """
    begun: list[tuple[Step, Json | None]] = []
    for left, step in zip(reversed(range(len(track.steps))), track.steps, strict=True):
        outcome = yield Turn(step=step, part="step", closing=not left and not track.always)
        begun.append((step, None if outcome.failure else outcome.result))
        if outcome.failure:
            if track.roll_back:
                yield from _take_back(begun)
            break
    for step in track.always:
        yield Turn(step=step, part="always")


def walk_track(track: Track, perform: Callable[[Turn], StepOutcome]) -> tuple[StepOutcome, ...]:
    """Carry a track out: what came of each turn, in order."""
    done: list[StepOutcome] = []
    walk = turns(track)
    turn = next(walk, None)
    while turn is not None:
        done.append(perform(turn))
        try:
            turn = walk.send(done[-1])
        except StopIteration:
            turn = None
    return tuple(done)


def _take_back(begun: list[tuple[Step, Json | None]]) -> Generator[Turn, StepOutcome, None]:
    for step, recorded in reversed(begun):
        undo = step.undo(recorded)
        if undo is not None:
            yield Turn(step=undo, part="roll-back")
