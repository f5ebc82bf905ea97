"""What went wrong: an exception as a value that may be kept for years, and many failures of one cause as one."""

import re
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from groundwork.change.outcome import Failure
from groundwork.errors import OpsError
from groundwork.run.record import StepRecord
from groundwork.run.redaction import Redactor

_CHECKOUT = Path(__file__).resolve().parents[2]
_DETAIL = re.compile(r" \([^\n]{60,}\)(?=:|$)")  # a program's own last words, behind ours
_ANY = "…"
_SHORTEST_NAME = 3  # a shorter one may be part of any word


def failure_of(error: Exception, redactor: Redactor) -> Failure:
    """What is kept of an exception. An unexpected one's message may hold anything, so its type and origin are kept."""
    if isinstance(error, OpsError):
        return Failure(
            error=type(error).__name__,
            message=redactor.text(error.message),
            hint=redactor.text(error.hint),
            exit_code=error.exit_code,
            figures=error.figures,
        )
    return Failure(
        error=type(error).__name__,
        message=f"a defect of cityops itself: {type(error).__name__}{_location(error)}",
        hint="report it; the other targets are not touched by it",
        exit_code=1,
    )


def _location(error: Exception) -> str:
    """The innermost line of ours that the exception went through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_CHECKOUT) and ".venv" not in path.parts:
            return f" at {path.relative_to(_CHECKOUT)}:{frame.lineno}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, and the steps that failed for it, in order; `message` has "…" where several targets are named."""

    message: str
    hint: str
    exit_code: int
    steps: tuple[StepRecord, ...]


def list_causes(steps: Iterable[StepRecord]) -> tuple[Cause, ...]:
    """The causes of the failures among the steps, in order of appearance."""
    found: dict[tuple[str, str], list[tuple[StepRecord, Failure]]] = {}
    for step in steps:
        if step.failure is not None:
            found.setdefault(cause_of(step, step.failure), []).append((step, step.failure))
    return tuple(
        Cause(
            message=brief(failed[0][1].message) if len(failed) == 1 else key[1],
            hint=failed[0][1].hint,
            exit_code=failed[0][1].exit_code,
            steps=tuple(step for step, _ in failed),
        )
        for key, failed in found.items()
    )


def cause_of(step: StepRecord, failure: Failure) -> tuple[str, str]:
    """What failures of one cause have in common: the kind of error, and its words without the target."""
    words = brief(failure.message)
    for name in _names(step):
        words = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", _ANY, words)
    return failure.error, words


def brief(message: str) -> str:
    """A message without the last words of the program behind it, which are in the record."""
    return _DETAIL.sub("", " ".join(message.split()))


def _names(step: StepRecord) -> tuple[str, ...]:
    """What stands for this step's target alone (``<site>/<sort>/<name>``): not its site, which others share."""
    name = step.target.split("/", 2)[2:]
    return tuple(one for one in (step.target, *name) if len(one) >= _SHORTEST_NAME and one.count("/") != 1)
