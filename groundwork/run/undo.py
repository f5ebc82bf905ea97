"""Taking a cancelled run back: which of its steps were begun, and the plan that undoes them, newest first."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from groundwork.change.outcome import StepOutcome
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.step import Json, Step
from groundwork.change.walk import walk_share


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunShare:
    """One share of the cancelled run, with what the ledger recorded of it; stage and wave count from 1.

    `in_flight` says whether one more step than those recorded may have been begun.
    """

    stage: int
    wave: int
    share: Share
    outcomes: tuple[StepOutcome, ...]
    in_flight: bool = True


def plan_undo(cancelled: Plan, begun: Iterable[BegunShare], *, locks: Iterable[str]) -> Plan:
    """The plan that undoes `begun`: wave by wave backwards, and each step that was begun, newest first.

    A step in flight counts as begun, a failed one too: an undo looks first whether there is anything to take back.
    Each undo is tried, whatever became of the others.
    """
    waves: dict[tuple[int, int], list[Share]] = {}
    for one in sorted(begun, key=lambda one: (one.stage, one.wave), reverse=True):
        undone = [(step.target, step.undo(recorded)) for step, recorded in reversed(_begun(one))]
        tracks = tuple(Track(name=target, steps=(), always=(step,)) for target, step in undone if step is not None)
        if tracks:
            waves.setdefault((one.stage, one.wave), []).append(Share(site=one.share.site, tracks=tracks))
    return Plan(
        operation=cancelled.operation,
        city=cancelled.city,
        title=f"undo: {cancelled.title}",
        basis=cancelled.basis,
        locks=tuple(sorted(set(locks))),
        waves=tuple(
            Wave(name=f"undo stage {stage}, wave {wave}", shares=tuple(shares))
            for (stage, wave), shares in waves.items()
        ),
        failure_budget=sum(len(share.tracks) for shares in waves.values() for share in shares),
    )


def _begun(one: BegunShare) -> tuple[tuple[Step, Json | None], ...]:
    """The steps that were begun, each with what was recorded of it when it ended well."""
    recorded = [outcome.result if outcome.failure is None else None for outcome in one.outcomes]
    begun = steps_begun(one.share, one.outcomes)
    return tuple(zip(begun, [*recorded, None] if one.in_flight else recorded, strict=False))


def steps_begun(share: Share, outcomes: tuple[StepOutcome, ...]) -> tuple[Step, ...]:
    """The steps of a share that were recorded and, if it was not at its end, the one that may have been in flight."""
    begun: list[Step] = []

    def replay(step: Step) -> StepOutcome:
        begun.append(step)
        if len(begun) > len(outcomes):
            raise _InFlightError
        return outcomes[len(begun) - 1]

    with suppress(_InFlightError):
        walk_share(share, replay)
    return tuple(begun)


class _InFlightError(Exception):
    """The replay has come to a step of which nothing is recorded."""
