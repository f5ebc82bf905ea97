"""What the ledger keeps of a run: who started it and why, its stages and steps, and how it ended."""

from dataclasses import dataclass
from typing import Literal

from groundwork.change.approval import NO_PERMIT, Permit
from groundwork.change.outcome import Failure, NotBegun
from groundwork.change.step import Json

RunStatus = Literal["running", "succeeded", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step that ended; times are ISO 8601, UTC, of its last attempt.

    `attempts` counts how often it was begun: more than once when the process at work on it died. `rolls_back` says that
    its track failed and took a step of its own back.
    """

    site: str
    kind: str
    target: str
    description: str
    started: str
    ended: str
    result: Json = None
    failure: Failure | None = None
    attempts: int = 1
    rolls_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRecord:
    """One stage, with the steps that ended, in order; `planned` counts the steps of its plan.

    `not_begun` are the tracks of which no step was begun: left out because too many others failed, or still to do when
    the run stopped.
    """

    number: int
    title: str
    planned: int
    steps: tuple[StepRecord, ...]
    not_begun: tuple[NotBegun, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. `interrupted`: not at its end and nobody at work on it, so it can be resumed.

    `started_by` is a login and its machine, `name@machine`. `exit_code` and `summary` are the conclusion's, once there
    is one. `version` is that of the cityops that began it; only the same one goes on with it. `undo_of` names the run
    that this one undoes, `undone_by` the run that undoes this one. `resumed` are the moments it was taken up again.
    Lists have no `stages`. `permit` is what its plan came with: its hash, who approved it, or what the emergency was.
    """

    id: str
    operation: str
    city: str
    title: str
    reason: str
    status: RunStatus
    started: str
    ended: str | None
    exit_code: int | None
    summary: dict[str, Json]
    started_by: str = ""
    version: str = ""
    undo_of: str | None = None
    undone_by: str | None = None
    cancel_reason: str | None = None
    resumed: tuple[str, ...] = ()
    stages: tuple[StageRecord, ...] = ()
    permit: Permit = NO_PERMIT

    def results(self, kind: str) -> tuple[StepRecord, ...]:
        """The successful steps of one kind, in order."""
        return tuple(
            step for stage in self.stages for step in stage.steps if step.kind == kind and step.failure is None
        )
