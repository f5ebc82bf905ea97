"""What came of steps: outcomes as values, so that one target's failure does not steer the others."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator

from groundwork.change.step import Json, current_kind

MOVED = "MovedError"  # the name of basis.py's error


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a step failed, as shown to the operator; `exit_code` is that of the error's class, `figures` its counts."""

    error: str
    message: str
    hint: str
    exit_code: int
    figures: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What came of one step: its result, or the failure. Times are ISO 8601, UTC; an older kind is read as today's."""

    kind: Annotated[str, AfterValidator(current_kind)]
    target: str
    started: str
    ended: str
    result: Json = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackOutcome:
    """What came of one track; steps that were skipped are absent."""

    name: str
    site: str
    steps: tuple[StepOutcome, ...]

    @property
    def failure(self) -> Failure | None:
        """The first failure of the track, or None."""
        return next((step.failure for step in self.steps if step.failure), None)

    @property
    def moved(self) -> bool:
        """Whether it was refused because its target was no longer what it was decided on; nothing was changed then."""
        return self.failure is not None and self.failure.error == MOVED


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBegun:
    """A track of which no step was begun, with the wave and site it stands in; `reason` names a need that failed."""

    wave: str
    site: str
    track: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one plan: the tracks that were begun, in order, and those of the waves that were left out.

    Waves are left out (`stopped`) when more tracks failed than the plan's failure budget bears.
    """

    tracks: tuple[TrackOutcome, ...]
    stopped: bool = False
    not_begun: tuple[NotBegun, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """One failure per failed track."""
        return tuple(track.failure for track in self.tracks if track.failure)

    def results(self, kind: str) -> tuple[StepOutcome, ...]:
        """The successful steps of one kind, in order."""
        return tuple(
            step for track in self.tracks for step in track.steps if step.kind == kind and step.failure is None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """How a run ended: the exit code of its command and the summary its record keeps (JSON object)."""

    exit_code: int
    summary: dict[str, Json]
