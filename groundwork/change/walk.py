"""The walk over a plan: waves in order, shares side by side, tracks apart, failures as values."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from groundwork.change.outcome import NotBegun, Outcome, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.step import Step
from groundwork.errors import RefusedError


class Run(Protocol):
    """Who carries a wave out, and so the mode: one only describes, one makes each step a durable record."""

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        """Carry out all shares of the wave side by side and wait for them."""


def carry_out(plan: Plan, run: Run) -> Outcome:
    """Walk the plan's waves with `run` until the end, or until more tracks failed than its budget or the wave's bears.

    A track that was refused because its target had moved says nothing of the others, and is borne.
    """
    tracks: list[TrackOutcome] = []
    for number, wave in enumerate(plan.waves, start=1):
        ended = run.carry_out_wave(wave)
        tracks.extend(ended)
        borne = plan.failure_budget if wave.failure_budget is None else wave.failure_budget
        if _failed(tracks) > plan.failure_budget or _failed(ended) > borne:
            left_out = plan.waves[number:]
            return Outcome(tracks=tuple(tracks), stopped=bool(left_out), not_begun=tuple(_not_begun(left_out)))
    return Outcome(tracks=tuple(tracks))


def _failed(tracks: Iterable[TrackOutcome]) -> int:
    return sum(track.failure is not None and not track.moved for track in tracks)


def _not_begun(waves: Iterable[Wave]) -> Iterator[NotBegun]:
    for wave in waves:
        for share in wave.shares:
            yield from (NotBegun(wave=wave.name, site=share.site, track=track.name) for track in share.tracks)


def refuse_unwalkable(plan: Plan) -> None:
    """Raises RefusedError for a plan that asks for what a walk in order does not do: lanes, needs, rolling back."""
    for wave in plan.waves:
        for share in wave.shares:
            if not share.walks_in_order or any(track.roll_back for track in share.tracks):
                raise RefusedError(
                    f"wave {wave.name!r} asks {share.site} for lanes, needs or rolling back, and this version of "
                    "cityops carries tracks out one after another",
                    hint="carry it out with the version that planned it, or plan again with this one",
                )


def walk_share(share: Share, perform: Callable[[Step], StepOutcome]) -> tuple[TrackOutcome, ...]:
    """Walk one share's tracks one after another; a track's failure skips its other steps but not its `always`."""
    return tuple(
        TrackOutcome(name=track.name, site=share.site, steps=tuple(_walk_track(track, perform)))
        for track in share.tracks
    )


def _walk_track(track: Track, perform: Callable[[Step], StepOutcome]) -> list[StepOutcome]:
    done: list[StepOutcome] = []
    for step in track.steps:
        done.append(perform(step))
        if done[-1].failure:
            break
    done.extend(perform(step) for step in track.always)
    return done
