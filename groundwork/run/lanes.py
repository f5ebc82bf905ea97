"""A share's tracks while its lanes are at work on them in this process: who takes which, and what came of each."""

import threading
from collections.abc import Callable, Iterable
from itertools import count

from groundwork.change.outcome import TrackOutcome
from groundwork.change.plan import Share
from groundwork.change.schedule import Schedule
from groundwork.errors import OpsError
from groundwork.run.interruption import Halted
from groundwork.run.lane_rows import TakenTrack

_PAUSE_SECONDS = 0.2


class Lanes:
    """Hands the tracks of one share to its lanes, after those that the ledger says were taken before.

    A lane that is resumed is given by the engine what it took before, so nobody else may have that.
    """

    def __init__(self, share: Share, taken: Iterable[TakenTrack], *, stopping: Callable[[], bool]) -> None:
        self._share = share
        self._stopping = stopping
        self._schedule = Schedule(share)
        self._changed = threading.Condition()
        self._ended: dict[int, TrackOutcome] = {}
        self._closed = False
        self.halted = False
        self.cause: OpsError | None = None
        self.cut_off = False
        recorded = tuple(taken)
        for track in recorded:
            self._schedule.begin(track.number)
        for track in recorded:
            if track.left:
                self.end(track.number, TrackOutcome(name="", site=share.site, steps=track.outcomes))
        known = (int(step["turn"]) for track in recorded for step in track.steps)
        self._turns = count(max(known, default=0) + 1)

    def take(self) -> int | None:
        """The number of the next track, once there is one; None when no more will come. Raises Halted."""
        with self._changed:
            while True:
                self.refuse_stop()
                number = None if self._closed else self._schedule.take()
                if number is not None or self._closed or self._schedule.over:
                    return number
                self._changed.wait(_PAUSE_SECONDS)

    def go_on(self, number: int) -> dict[str, int]:
        """A track went well: what is recorded of that, the next track of its lane if one can be begun at once.

        The track is at its `end` once that is recorded: nothing that needs it is begun before.
        """
        with self._changed:
            if self._closed or self.halted or self._stopping():
                return {}
            following = self._schedule.take(instead_of=number)
            return {} if following is None else {"next": following}

    def end(self, number: int, outcome: TrackOutcome) -> None:
        """A track is at its end; what was known before is repeated by a lane that is resumed."""
        with self._changed:
            name = self._share.tracks[number].name
            self._ended[number] = TrackOutcome(name=name, site=self._share.site, steps=outcome.steps)
            self._schedule.end(number, well=outcome.failure is None)
            self._changed.notify_all()

    def await_end(self, seconds: float) -> None:
        """Wait until no track is at work and none will come, or all are to stop; no longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.halted or self._schedule.idle, seconds)

    def next_turn(self) -> int:
        """A number for a step that has just ended, larger than all before."""
        return next(self._turns)

    def halt(self, stop: BaseException | None = None) -> None:
        """One lane had to stop: no other one goes on past the step it is in.

        `cause` says why, and `cut_off` that the engine stopped one in the middle of what may not be recorded.
        """
        with self._changed:
            self.halted = True
            if isinstance(stop, Halted):
                self.cause = self.cause or stop.cause
            elif stop is not None:
                self.cut_off = True
            self._changed.notify_all()

    def close(self) -> None:
        """One lane broke: the others end the tracks they have, and no more is begun."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def refuse_stop(self) -> None:
        """Raises Halted when the lanes are to stop."""
        if self.halted or self._stopping():
            raise Halted

    def outcomes(self) -> tuple[TrackOutcome, ...]:
        """What came of the tracks that were begun, in the plan's order."""
        with self._changed:
            return tuple(self._ended[number] for number in sorted(self._ended))
