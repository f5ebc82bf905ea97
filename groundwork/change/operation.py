"""An operation: all the engine must know to carry out, resume, go on with and undo one sort of change."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from groundwork.change.codec import StepCodec
from groundwork.change.outcome import Conclusion, Outcome
from groundwork.change.plan import Plan
from groundwork.change.step import Perform


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A plan that was carried out, and what came of it."""

    plan: Plan
    outcome: Outcome


History = tuple[Stage, ...]


def no_further_stage(history: History) -> Plan | None:
    """The `advance` of an operation of one stage."""
    del history
    return None


def conclude_by_failures(history: History) -> Conclusion:
    """The first failure's exit code, or 0; the summary counts tracks and names the failures."""
    tracks = [track for stage in history for track in stage.outcome.tracks]
    failures = [track for track in tracks if track.failure]
    code = failures[0].failure.exit_code if failures and failures[0].failure else 0
    return Conclusion(
        exit_code=code,
        summary={
            "tracks": len(tracks),
            "failed": {track.name: track.failure.message for track in failures if track.failure},
        },
    )


def conclude_with_unread(conclusion: Conclusion, history: History) -> Conclusion:
    """The conclusion, and what its first plan could not see: all that was planned may be done, and yet not all."""
    unread = history[0].plan.unread if history else ()
    if not unread:
        return conclusion
    return Conclusion(
        exit_code=conclusion.exit_code or unread[0].exit_code,
        summary={**conclusion.summary, "unread": {one.source: one.message for one in unread}},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One sort of change, offered by a product and listed in commands/wiring.py.

    `performer(site)` opens the site's drivers and gives what performs steps there; it is entered once per share.
    `advance(history)` is pure: it decides the next stage from what earlier stages recorded, failures included, or
    None at the end (plan no further than you can see; then observe again: an observation is a step whose result the
    next stage is decided on). `conclude(history)` is pure too.
    """

    name: str
    codec: StepCodec
    performer: Callable[[str], AbstractContextManager[Perform]]
    advance: Callable[[History], Plan | None] = no_further_stage
    conclude: Callable[[History], Conclusion] = conclude_by_failures
