"""A plan: steps in order, by wave, site and track, with the hash of what they were based on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from groundwork.change.graph import levels
from groundwork.change.step import Step
from groundwork.errors import ConfigurationError, RefusedError
from groundwork.model.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Steps on one thing, in order; the first failure skips the rest, and `always` is carried out whatever happens.

    `basis` is the SHA-256 (hex) of what was seen of that thing; where it is given, it is read again, under the lock,
    before the first step (see basis.py). `needs` names tracks of the same share that must have ended well before this
    one is begun; `uses` names what it takes up meanwhile, once for each unit. With `roll_back` a
    failure makes the track take its own steps back, newest first, before `always`.
    """

    name: str
    steps: tuple[Step, ...]
    always: tuple[Step, ...] = ()
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    roll_back: bool = False
    basis: str = ""

    def all_steps(self) -> tuple[Step, ...]:
        """Every step in the order of a walk without failures."""
        return self.steps + self.always


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one site does in one wave, on as many lanes as `lanes` says: at most so many tracks at a time.

    `caps` says of what tracks use how many units there are; what has no cap is there without end. Raises RefusedError
    for needs that no track of the share answers, that go in a circle or leave open which track is meant, and for a
    track that uses more than there is: it would never be begun.
    """

    site: str
    tracks: tuple[Track, ...]
    caps: tuple[tuple[str, int], ...] = ()
    lanes: int = 1

    def __post_init__(self) -> None:
        if self.lanes < 1:
            raise self._refusal(f"has {self.lanes} lanes, and at least one must carry its tracks")
        if any(track.needs for track in self.tracks):
            self._refuse_needs()
        caps = dict(self.caps)
        for track in self.tracks:
            for resource, units in Counter(track.uses).items():
                if units > caps.get(resource, units):
                    raise self._refusal(f"has {caps[resource]} of {resource}, and {track.name!r} uses {units}")

    @property
    def walks_in_order(self) -> bool:
        """Whether its tracks are simply carried out one after another, as they stand."""
        return self.lanes == 1 and not any(track.needs or track.roll_back for track in self.tracks)

    def _refuse_needs(self) -> None:
        names = Counter(track.name for track in self.tracks)
        twice = sorted(name for name, times in names.items() if times > 1)
        if twice:
            raise self._refusal(f"has several tracks named {', '.join(twice)}, and needs name tracks")
        for track in self.tracks:
            unknown = sorted(set(track.needs) - names.keys())
            if unknown:
                raise self._refusal(f"has no track {', '.join(unknown)}, which {track.name!r} needs")
        try:
            levels({track.name: track.needs for track in self.tracks})
        except ConfigurationError as error:
            raise self._refusal(f"has tracks that wait for each other: {error.message}") from None

    def _refusal(self, fact: str) -> RefusedError:
        return RefusedError(
            f"the plan's share of {self.site} {fact}", hint="report it: a plan that cannot be carried out was made"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """The shares of several sites carried out side by side; the next wave starts when all have ended.

    A site has one share in a wave, because a share is recorded under its stage, wave and site. Raises RefusedError
    for a second one. More failed tracks than `failure_budget` leave the remaining waves out; None: the plan alone says.
    """

    name: str
    shares: tuple[Share, ...]
    failure_budget: int | None = None

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
    Each wave of it, and of the stages that follow, is begun within the `window`, where it has one.
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
    window: Window | None = None

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
