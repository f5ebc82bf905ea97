"""What the ledger holds of a share's lanes: which tracks each took, one after another, and what came of their steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from dbos import StepInfo, WorkflowStatus

from groundwork.change.outcome import StepOutcome
from groundwork.run.saved import Document, read_step_outcome

ENDED = frozenset({"SUCCESS", "ERROR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenTrack:
    """A track that a lane took: its number in the share, and what was recorded of its steps, in order.

    `times` says how often the share had been taken up by then. `left` says that the lane went on from it: it is at
    its end. `in_flight` says that one more step than those recorded may have been begun.
    """

    number: int
    times: int
    steps: tuple[Document, ...]
    left: bool
    in_flight: bool = False

    @property
    def outcomes(self) -> tuple[StepOutcome, ...]:
        """What came of the steps."""
        return tuple(read_step_outcome(step["outcome"]) for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRows:
    """One lane: its row and the steps it recorded."""

    row: WorkflowStatus
    steps: list[StepInfo]

    @property
    def ended(self) -> bool:
        """Whether the lane is at its end."""
        return self.row.status in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRows:
    """One share: its row, the steps it recorded itself, and its lanes."""

    row: WorkflowStatus
    steps: list[StepInfo]
    lanes: tuple[LaneRows, ...] = field(default=())

    def taken(self) -> tuple[TakenTrack, ...]:
        """The tracks that its lanes took."""
        times = int((self.row.attributes or {}).get("times", 0))
        return tuple(track for lane in self.lanes for track in read_lane(lane, share=self.row, times=times))


def is_performed(step: StepInfo) -> bool:
    """Whether a row is a performed step, not one of the engine's own."""
    return step["function_name"] == "perform" and step["output"] is not None


def read_lane(lane: LaneRows, *, share: WorkflowStatus, times: int) -> Iterable[TakenTrack]:
    """The tracks that a lane took, in order; `times` says how often its share was taken up."""
    takes: list[tuple[Document, list[Document]]] = []
    for step in lane.steps:
        output = cast("Document", step["output"])
        if step["function_name"] == "take" and output is not None:
            takes.append((output, []))
        elif is_performed(step):
            takes[-1][1].append(output)
            if "next" in output:
                takes.append(({"track": output["next"], "times": output["times"]}, []))
    stopped = lane.ended or share.status in ENDED
    for location, (take, steps) in enumerate(takes, start=1):
        left = location < len(takes) or lane.ended
        last = _times(steps[-1] if steps else take)
        if take["track"] is not None:
            yield TakenTrack(
                number=int(take["track"]),
                times=_times(take),
                steps=tuple(steps),
                left=left,
                in_flight=not left and not stopped and times >= last,
            )


def order_of_time(tracks: Sequence[TakenTrack]) -> list[tuple[TakenTrack, Document]]:
    """The recorded steps of tracks that lanes carried out side by side, in the order in which they ended."""
    steps = [(track, step) for track in tracks for step in track.steps]
    return sorted(steps, key=lambda one: int(one[1]["turn"]))


def _times(output: Document) -> int:
    return int(output.get("times", 1))
