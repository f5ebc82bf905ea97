"""A run whose record is a list: what the engine does to an operation, kills included, without the engine."""

from collections.abc import Callable
from typing import Any

from groundwork.change.operation import Operation, Stage
from groundwork.change.outcome import Conclusion, Failure, Outcome, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Share, Wave
from groundwork.change.step import Attempt, Json, Perform, Step
from groundwork.change.walk import carry_out, walk_share
from groundwork.errors import OpsError
from groundwork.run.failures import failure_of
from groundwork.run.redaction import Redactor

Injure = Callable[[int, Step], None]


class Killed(BaseException):
    """SIGKILL, as far as the run can tell."""


class RunInMemory:
    """Carries a plan out; after a kill, `carry_out` again resumes: recorded steps are not performed again."""

    def __init__(self, operation: Operation[Any], run_id: str = "20261121-101500-backup-0a1b") -> None:
        self._operation = operation
        self._attempt = Attempt(run_id=run_id, say=lambda _: None)
        self._recorded: list[StepOutcome] = []
        self._position = 0
        self._injure: Injure = lambda _position, _step: None

    def carry_out(self, plan: Plan, *, injure: Injure | None = None) -> tuple[Outcome, Conclusion]:
        """Walk the plan; `injure(position, step)` is called when a step is done and not yet recorded."""
        self._position = 0
        self._injure = injure or (lambda _position, _step: None)
        outcome = carry_out(plan, self)
        return outcome, self._operation.conclude((Stage(plan=plan, outcome=outcome),))

    def perform_once(self, site: str, step: Step) -> Json:
        """Perform one step for this run, outside any plan: what an undo does."""
        with self._operation.performer(site) as perform:
            return perform(step, self._attempt)

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        """One share after another, each with drivers of its own."""
        return tuple(track for share in wave.shares for track in self._walk(share))

    def _walk(self, share: Share) -> tuple[TrackOutcome, ...]:
        with self._operation.performer(share.site) as perform:
            return walk_share(share, lambda step: self._perform(step, perform))

    def _perform(self, step: Step, perform: Perform[Any]) -> StepOutcome:
        position, self._position = self._position, self._position + 1
        if position < len(self._recorded):
            return self._recorded[position]
        failure: Failure | None = None
        result: Json = None
        codec = self._operation.codec
        try:
            result = perform(codec.decode_step(codec.encode_step(step)), self._attempt)
        except OpsError as error:
            failure = failure_of(error, Redactor(lambda: ()))
        self._injure(position, step)
        outcome = StepOutcome(kind=step.kind, target=step.target, started="", ended="", result=result, failure=failure)
        self._recorded.append(outcome)
        return outcome
