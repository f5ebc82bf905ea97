"""Exceptions as values that may be kept for years: an expected one with its words, an unexpected one without."""

import traceback
from pathlib import Path

from groundwork.change.outcome import Failure
from groundwork.errors import OpsError
from groundwork.run.redaction import Redactor

_CHECKOUT = Path(__file__).resolve().parents[2]


def failure_of(error: Exception, redactor: Redactor) -> Failure:
    """What is kept of an exception. An unexpected one's message may hold anything, so its type and place are kept."""
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
        message=f"a defect of cityops itself: {type(error).__name__}{_place(error)}",
        hint="report it; the other targets are not touched by it",
        exit_code=1,
    )


def _place(error: Exception) -> str:
    """The innermost line of ours that the exception went through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_CHECKOUT) and ".venv" not in path.parts:
            return f" at {path.relative_to(_CHECKOUT)}:{frame.lineno}"
    return ""
