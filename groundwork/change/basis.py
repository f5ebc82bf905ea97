"""What a track was decided on, read again before its first change: a target that moved refuses its own track."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.step import Act
from groundwork.errors import RefusedError

KIND: Literal["change.check-basis"] = "change.check-basis"


class MovedError(RefusedError):
    """A target is no longer what its track was decided on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBasis(Act):
    """Reads what a track was decided on again; `of` is the target of the track's first step."""

    of: str
    basis: str
    kind: Literal["change.check-basis"] = KIND
    acts_on = "{0.of}"

    def describe(self) -> str:
        """One line for the record."""
        return f"see that {self.of.rpartition('/')[2]} is still what was planned on"


@runtime_checkable
class ReadsBasis(Protocol):
    """A performer whose tracks bear a basis."""

    def read_basis(self, target: str) -> str:
        """The basis of a target as it is now, made as the plan made it. Raises OpsError when it cannot be read."""


def check_basis(performer: object, step: CheckBasis) -> None:
    """Raises MovedError when the target is no longer what the track was decided on."""
    if not isinstance(performer, ReadsBasis):
        raise TypeError(f"{type(performer).__name__} has no read_basis, and its plan's tracks bear one")
    now = performer.read_basis(step.of)
    if now != step.basis:
        raise MovedError(
            f"{step.of} is no longer what its steps were decided on ({step.basis[:12]} → {now[:12]}): it is left alone",
            hint="plan again, and review that; the other targets were not held up by it",
        )


def with_checks(plan: Plan) -> Plan:
    """The plan as it is carried out: each track that bears a basis begins with a check of it."""
    return replace(plan, waves=tuple(replace(wave, shares=tuple(map(_share, wave.shares))) for wave in plan.waves))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """Tracks of a saved plan (``site: name``) whose targets moved since, and those that would be other steps now."""

    moved: tuple[str, ...] = ()
    replanned: tuple[str, ...] = ()


def compare_tracks(saved: Plan, now: Plan, read: Callable[[str, str], str]) -> Drifted:
    """Each track of a saved plan beside that of a plan decided now; sources that are unread now are passed over.

    `read(site, target)` gives a target's basis as it is now, for those that have nothing to do any more. A target that
    moved refuses its own track, later and under the lock. A track that is planned otherwise although its target is
    what it was: what the estate wants has changed, or the plan was asked for with other options.
    """
    hidden = {one.source for one in now.unread}
    current = {(share.site, track.name): track for _, share, track in _tracks(now)}
    moved: list[str] = []
    replanned: list[str] = []
    for _, share, track in _tracks(saved):
        other = current.get((share.site, track.name))
        if share.site in hidden or track == other:
            continue
        basis = other.basis if other is not None else read(share.site, track.steps[0].target)
        (moved if basis != track.basis else replanned).append(f"{share.site}: {track.name}")
    return Drifted(moved=tuple(moved), replanned=tuple(replanned))


def _tracks(plan: Plan) -> Iterator[tuple[Wave, Share, Track]]:
    for wave in plan.waves:
        for share in wave.shares:
            yield from ((wave, share, track) for track in share.tracks if track.all_steps())


def moves_alone(plan: Plan) -> bool:
    """Whether each track that does something bears its own basis, so that the plan needs no check of the whole."""
    tracks = [track for _, _, track in _tracks(plan)]
    return bool(tracks) and all(track.basis and track.steps for track in tracks)


def _share(share: Share) -> Share:
    return replace(share, tracks=tuple(map(_track, share.tracks)))


def _track(track: Track) -> Track:
    if not track.basis or not track.steps:
        return track
    return replace(track, steps=(CheckBasis(of=track.steps[0].target, basis=track.basis), *track.steps))
