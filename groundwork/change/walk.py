"""The walk over a plan: waves in order, shares side by side, tracks apart, failures as values."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from groundwork.change.outcome import NotBegun, Outcome, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Share, Wave
from groundwork.change.schedule import Schedule, why_not_begun
from groundwork.change.step import Step
from groundwork.change.turns import walk_track


class Run(Protocol):
    """Who carries a wave out, and so the mode: one only describes, one makes each step a durable record."""

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        """Carry out all shares of the wave side by side and wait for them."""


def carry_out(plan: Plan, run: Run) -> Outcome:
    """Walk the plan's waves with `run` until the end, or until more tracks failed than its budget or the wave's bears.

    A track that was refused because its target had moved says nothing of the others, and is borne.
    """
    tracks: list[TrackOutcome] = []
    not_begun: list[NotBegun] = []
    for number, wave in enumerate(plan.waves, start=1):
        ended = run.carry_out_wave(wave)
        tracks.extend(ended)
        not_begun.extend(_waiting_in_vain(wave, ended))
        borne = plan.failure_budget if wave.failure_budget is None else wave.failure_budget
        if _failed(tracks) > plan.failure_budget or _failed(ended) > borne:
            left_out = plan.waves[number:]
            not_begun.extend(_left_out(left_out))
            return Outcome(tracks=tuple(tracks), stopped=bool(left_out), not_begun=tuple(not_begun))
    return Outcome(tracks=tuple(tracks), not_begun=tuple(not_begun))


def _failed(tracks: Iterable[TrackOutcome]) -> int:
    return sum(track.failure is not None and not track.moved for track in tracks)


def _left_out(waves: Iterable[Wave]) -> Iterator[NotBegun]:
    for wave in waves:
        for share in wave.shares:
            yield from (NotBegun(wave=wave.name, site=share.site, track=track.name) for track in share.tracks)


def _waiting_in_vain(wave: Wave, tracks: Iterable[TrackOutcome]) -> Iterator[NotBegun]:
    """The tracks of a wave that was carried out which were not begun, because others failed."""
    failed = {(track.site, track.name) for track in tracks if track.failure is not None}
    for share in wave.shares:
        needs = {track.name: track.needs for track in share.tracks}
        reasons = why_not_begun(needs, (name for site, name in failed if site == share.site))
        for track in share.tracks:
            if track.name in reasons:
                yield NotBegun(wave=wave.name, site=share.site, track=track.name, reason=reasons[track.name])


def walk_share(share: Share, perform: Callable[[Step], StepOutcome]) -> tuple[TrackOutcome, ...]:
    """Walk one share's tracks one after another, in an order that meets their needs; the outcomes in the plan's order.

    A track's failure skips its other steps but not its `always`, and the tracks that need it.
    """
    schedule = Schedule(share)
    found: dict[int, TrackOutcome] = {}
    while (number := schedule.take()) is not None:
        steps = walk_track(share.tracks[number], lambda turn: perform(turn.step))
        found[number] = TrackOutcome(name=share.tracks[number].name, site=share.site, steps=steps)
        schedule.end(number, well=found[number].failure is None)
    return tuple(found[number] for number in sorted(found))
