"""A plan: steps in order, by wave, site and track, with the hash of what they were based on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from groundwork.change.step import Step
from groundwork.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Steps on one thing, in order; the first failure skips the rest, and `always` is carried out whatever happens.

    `basis` is the SHA-256 (hex) of what was seen of that thing; where it is given, it is read again, under the lock,
    before the first step (see basis.py).
    """

    name: str
    steps: tuple[Step, ...]
    always: tuple[Step, ...] = ()
    basis: str = ""

    def all_steps(self) -> tuple[Step, ...]:
        """Every step in the order of a walk without failures."""
        return self.steps + self.always


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one site does in one wave: independent tracks, one after another, beside what they touch."""

    site: str
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """The shares of several sites carried out side by side; the next wave starts when all have ended.

    A site has one share in a wave, because a share is recorded under its stage, wave and site. Raises RefusedError
    for a second one.
    """

    name: str
    shares: tuple[Share, ...]

    def __post_init__(self) -> None:
        twice = [site for site, times in Counter(share.site for share in self.shares).items() if times > 1]
        if twice:
            raise RefusedError(
                f"wave {self.name!r} of the plan has several shares of {', '.join(twice)}, and only one would be done",
                hint="report it: a plan puts all tracks of a site into one share of the wave",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A source (a site, a host) that could not be read when the plan was made; `exit_code` is its error's."""

    source: str
    message: str
    hint: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything one stage of a run does, decided before any of it is done.

    `operation` names the Operation that performs it; `basis` is the SHA-256 (hex) of what it was decided on (a plan
    whose base has moved is refused); `locks` are the targets no other run may touch meanwhile;
    `failure_budget` is how many failed tracks are borne before the remaining waves are left out. `unread` are the
    sources that were asked for and not seen, so that nothing is planned for them: whoever carries the plan out well
    has not done all, and ends with their exit code. A plan that was saved for review has an `id`, and is used once.
    """

    operation: str
    city: str
    title: str
    basis: str
    locks: tuple[str, ...]
    waves: tuple[Wave, ...]
    failure_budget: int = 0
    unread: tuple[Unread, ...] = ()
    id: str = ""

    def steps(self) -> Iterator[tuple[Wave, Share, Track, Step]]:
        """Every step with the wave, share and track it belongs to, in order."""
        for wave in self.waves:
            for share in wave.shares:
                for track in share.tracks:
                    for step in track.all_steps():
                        yield wave, share, track, step

    @property
    def empty(self) -> bool:
        """True when there is nothing to do."""
        return next(self.steps(), None) is None


def single_wave(name: str, tracks_by_site: dict[str, list[Track]]) -> tuple[Wave, ...]:
    """One wave of the non-empty shares, sites in the order given; no wave at all when every share is empty."""
    shares = tuple(Share(site=site, tracks=tuple(tracks)) for site, tracks in tracks_by_site.items() if tracks)
    return (Wave(name=name, shares=shares),) if shares else ()
