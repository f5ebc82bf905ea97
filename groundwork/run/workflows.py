"""The engine's three workflows and two steps, under names that never change, and what a workflow asks of the engine."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, cast

from dbos import DBOS, SetWorkflowAttributes, SetWorkflowID, WorkflowHandle

from groundwork.change.step import Json
from groundwork.run.saved import Document

ShareHandle: TypeAlias = WorkflowHandle[dict[str, Any]]


class Conductor(Protocol):
    """What the workflows do in this process; no driver and no closure over one is ever handed to the engine."""

    def run(self, order: Document) -> Document:
        """Walk the stages of a run."""

    def share(self, order: Document) -> Document:
        """Walk one site's share."""

    def lane(self, order: Document) -> Document:
        """Walk some tracks of a share that is at work here, beside its other lanes."""

    def take(self, lane_id: str, times: int) -> Document:
        """Claim the next track for a lane, once there is one: its number, or None at the end."""

    def perform(self, doer: str, step: Document, times: int, part: str, closes: int | None) -> Document:
        """Perform one step for a share, or a lane, that is at work here for the first, second, … time.

        `closes`: the number of the lane's track that is at its end when the step goes well.
        """


class _Process:
    conductor: Conductor | None = None  # one engine per process


def set_conductor(conductor: Conductor | None) -> None:
    """Say who does what the workflows stand for in this process."""
    _Process.conductor = conductor


def _conductor() -> Conductor:
    if _Process.conductor is None:
        raise AssertionError("a workflow was started outside open_engine")
    return _Process.conductor


@DBOS.workflow(name="run")
def run(order: dict[str, Any]) -> dict[str, Any]:
    """One run: its stages, one after another."""
    return _conductor().run(order)


@DBOS.workflow(name="share")
def share(order: dict[str, Any]) -> dict[str, Any]:
    """What one site does in one wave of a run."""
    return _conductor().share(order)


@DBOS.workflow(name="lane")
def lane(order: dict[str, Any]) -> dict[str, Any]:
    """Some tracks of a share, one after another, beside its other lanes."""
    return _conductor().lane(order)


@DBOS.step(name="take")
def take(lane_id: str, times: int) -> dict[str, Any]:
    """The next track of a lane; it is recorded, so that a lane that is resumed takes the same ones again."""
    return _conductor().take(lane_id, times)


@DBOS.step(name="perform")
def perform(doer: str, step: dict[str, Any], times: int, part: str, closes: int | None) -> dict[str, Any]:
    """One step of a share or a lane; its outcome is recorded, and it is not performed again once it is."""
    return _conductor().perform(doer, step, times, part, closes)


def decide(name: str, act: Callable[[], Document]) -> Document:
    """What was decided the first time; recorded, so that a newer version of the code does not decide otherwise."""
    return DBOS.run_step({"name": name}, act)


def enqueue_share(queue: str, share_id: str, order: Document, about: dict[str, Json]) -> ShareHandle:
    """Put one share on a queue; a share that is there already is not put there again."""
    with SetWorkflowID(share_id), SetWorkflowAttributes(cast("dict[str, Any]", about)):
        return cast("ShareHandle", DBOS.enqueue_workflow(queue, share, order))


def enqueue_lane(queue: str, lane_id: str, order: Document) -> ShareHandle:
    """Put one lane on the queue of this process; one that is there already is not put there again."""
    with SetWorkflowID(lane_id):
        return cast("ShareHandle", DBOS.enqueue_workflow(queue, lane, order))


def start_run(run_id: str, order: Document, about: dict[str, Json]) -> None:
    """Start a run in this process, on a thread of the engine."""
    with SetWorkflowID(run_id), SetWorkflowAttributes(cast("dict[str, Any]", about)):
        DBOS.start_workflow(run, order)


def result_of(handle: ShareHandle) -> Document:
    """The result of a share that has ended; raises what it ended with."""
    return handle.get_result(polling_interval_sec=0.05)
