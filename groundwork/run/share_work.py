"""One site's share while it is at work: its drivers, opened when a step remains to do, and what came of each step."""

from contextlib import ExitStack
from typing import Any

from groundwork.change.basis import CheckBasis, check_basis
from groundwork.change.operation import Operation
from groundwork.change.outcome import Failure, StepOutcome
from groundwork.change.step import Attempt, Json, Perform, Step
from groundwork.run.failures import failure_of
from groundwork.run.redaction import Redactor
from groundwork.run.saved import save_step_outcome
from groundwork.shell.clock import Clock


class ShareWork:
    """Performs steps of one share; a failure, whatever its kind, is a value without secrets."""

    def __init__(
        self, operation: Operation[Any], site: str, attempt: Attempt, *, clock: Clock, redactor: Redactor
    ) -> None:
        self._operation = operation
        self._site = site
        self._attempt = attempt
        self._clock = clock
        self._redactor = redactor
        self._open = ExitStack()
        self._performer: Perform[Any] | None = None

    def perform(self, step: Step) -> dict[str, Json]:
        """Carry the step out and give its outcome as the ledger keeps it, with the line that describes it."""
        started = self._clock.now().isoformat()
        result: Json = None
        failure: Failure | None = None
        try:
            result = self._redactor.json(self._act(step))
        except Exception as error:  # noqa: BLE001 - one step's defect must not take the other tracks with it
            failure = failure_of(error, self._redactor)
        outcome = StepOutcome(
            kind=step.kind,
            target=step.target,
            started=started,
            ended=self._clock.now().isoformat(),
            result=result,
            failure=failure,
        )
        return {"description": self._redactor.text(step.describe()), "outcome": save_step_outcome(outcome)}

    def _act(self, step: Step) -> Json:
        if isinstance(step, CheckBasis):
            check_basis(self._drivers(), step)
            return None
        return self._drivers()(step, self._attempt)

    def close(self) -> None:
        """Close the site's drivers; a failure to close is said, not raised: the steps are done."""
        try:
            self._open.close()
        except Exception as error:  # noqa: BLE001 - see above
            self._attempt.say(f"{self._site}: closing the drivers failed ({type(error).__name__})")

    def _drivers(self) -> Perform[Any]:
        if self._performer is None:
            self._performer = self._open.enter_context(self._operation.performer(self._site))
        return self._performer
