"""Taking a cancelled run back: which of its steps were begun, and the plan that undoes them, newest first."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from groundwork.change.outcome import StepOutcome
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.step import Json, Step
from groundwork.change.turns import Turn, turns
from groundwork.change.walk import walk_share


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunTrack:
    """One track that a lane of a share took: its number, what came of its steps, and when each of them ended.

    `ended` counts the steps of the whole share, in the order of time.
    """

    number: int
    outcomes: tuple[StepOutcome, ...]
    ended: tuple[int, ...]
    in_flight: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunShare:
    """One share of the cancelled run, with what the ledger recorded of it; stage and wave count from 1.

    `in_flight` says whether one more step than those recorded may have been begun. What lanes took stands in `tracks`.
    """

    stage: int
    wave: int
    share: Share
    outcomes: tuple[StepOutcome, ...] = ()
    in_flight: bool = True
    tracks: tuple[BegunTrack, ...] = ()

    @property
    def may_be_in_flight(self) -> bool:
        """Whether one more step than those recorded may have been begun, on any lane."""
        return self.in_flight if self.share.walks_in_order else any(track.in_flight for track in self.tracks)


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
    if not one.share.walks_in_order:
        return _begun_on_lanes(one)
    recorded = [outcome.result if outcome.failure is None else None for outcome in one.outcomes]
    begun = steps_begun(one.share, one.outcomes)
    return tuple(zip(begun, [*recorded, None] if one.in_flight else recorded, strict=False))


def _begun_on_lanes(one: BegunShare) -> tuple[tuple[Step, Json | None], ...]:
    """The steps of all tracks in the order of time; a step in flight is newer than all that ended.

    What needed a track was begun when that had ended: nothing that ended stands on a step in flight. A step that a
    track has taken back by itself is undone once more, which finds nothing to do; what took it back is left out.
    """
    begun: list[tuple[float, Step, Json | None]] = []
    for track in one.tracks:
        for number, turn in enumerate(_turns_begun(one.share.tracks[track.number], track.outcomes)):
            if turn.part == "roll-back":
                continue
            if number < len(track.ended):
                outcome = track.outcomes[number]
                begun.append((track.ended[number], turn.step, None if outcome.failure else outcome.result))
            elif track.in_flight:
                begun.append((float("inf"), turn.step, None))
    return tuple((step, recorded) for _, step, recorded in sorted(begun, key=lambda one: one[0]))


def _turns_begun(track: Track, outcomes: tuple[StepOutcome, ...]) -> list[Turn]:
    """The turns of which an outcome is recorded and, if there is one more, that."""
    walk = turns(track)
    begun: list[Turn] = []
    with suppress(StopIteration):
        begun.append(next(walk))
        begun.extend(map(walk.send, outcomes))
    return begun


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
