"""The JSON in which the engine saves orders and outcomes, and reading it back."""

from typing import Any, cast

from pydantic import TypeAdapter

from groundwork.change.approval import NO_PERMIT, Permit
from groundwork.change.outcome import Failure, StepOutcome, TrackOutcome
from groundwork.change.step import Json

Document = dict[str, Any]  # a JSON object as the engine gives it back

_STEP = TypeAdapter(StepOutcome)
_TRACKS = TypeAdapter(tuple[TrackOutcome, ...])
_FAILURE = TypeAdapter(Failure)
_PERMIT = TypeAdapter(Permit)


def save_step_outcome(outcome: StepOutcome) -> Json:
    """A step's outcome as JSON."""
    return cast("Json", _STEP.dump_python(outcome, mode="json"))


def read_step_outcome(saved: Json) -> StepOutcome:
    """What `save_step_outcome` saved."""
    return _STEP.validate_python(saved)


def save_tracks(tracks: tuple[TrackOutcome, ...]) -> Json:
    """Track outcomes as JSON."""
    return cast("Json", _TRACKS.dump_python(tracks, mode="json"))


def read_tracks(saved: Json) -> tuple[TrackOutcome, ...]:
    """What `save_tracks` saved."""
    return _TRACKS.validate_python(saved)


def save_failure(failure: Failure) -> Json:
    """A failure as JSON."""
    return cast("Json", _FAILURE.dump_python(failure, mode="json"))


def read_failure(saved: Json) -> Failure:
    """What `save_failure` saved."""
    return _FAILURE.validate_python(saved)


def save_permit(permit: Permit) -> Json:
    """A permit as JSON."""
    return cast("Json", _PERMIT.dump_python(permit, mode="json"))


def read_permit(saved: Json) -> Permit:
    """What `save_permit` saved; a run of a version without permits, and an undo, had none."""
    return _PERMIT.validate_python(saved) if saved else NO_PERMIT
