"""What is done of a share in this process: its tracks in their order, or side by side on its lanes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from groundwork.change.approval import Permit
from groundwork.change.operation import Operation
from groundwork.change.outcome import StepOutcome, TrackOutcome
from groundwork.change.plan import Share
from groundwork.change.step import Attempt, Step
from groundwork.change.turns import Turn, walk_track
from groundwork.change.walk import walk_share
from groundwork.errors import OpsError
from groundwork.run import workflows
from groundwork.run.interruption import Halted
from groundwork.run.lane_rows import ENDED, TakenTrack
from groundwork.run.lanes import Lanes
from groundwork.run.locks import RunLocks
from groundwork.run.naming import name_lane
from groundwork.run.redaction import Redactor
from groundwork.run.saved import Document, read_step_outcome, save_tracks
from groundwork.run.share_work import ShareWork
from groundwork.shell.clock import Clock

_PAUSE_SECONDS = 0.05
_CHECK_SECONDS = 1.0  # how often one that waits sees what the ledger says meanwhile


class SharesAtWork(Protocol):
    """What the ledger knows of shares, and of the run they belong to."""

    def states(self, share_ids: tuple[str, ...]) -> dict[str, str]:
        """The engine's word for the state of each."""

    def take_up(self, share_id: str) -> int:
        """Count that the share is being carried out, from its beginning or again; how many times that makes."""

    def put_down(self, share_id: str, times: int) -> None:
        """Take that count back: the share was left between two steps, with none in flight."""

    def taken(self, share_id: str) -> tuple[TakenTrack, ...]:
        """The tracks of a share that its lanes took before."""

    def permit_of(self, run_id: str) -> Permit:
        """What the run came with, or was gone on with: an emergency, say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a conductor works with.

    `run_locks` are the command's own, `share_locks` what a share at work here holds; `worker_sites` are the sites whose
    shares a worker there takes; `own_queue` is one that this process alone listens to.
    """

    operations: Mapping[str, Operation[Any]]
    run_locks: RunLocks
    share_locks: Callable[[Document], AbstractContextManager[RunLocks]]
    shares: SharesAtWork
    worker_sites: frozenset[str]
    own_queue: str
    say: Callable[[str], None]
    clock: Clock
    redactor: Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """A share at work here; `times` says how often it was taken up, `guard` lets one lane check the locks at once."""

    id: str
    share: Share
    operation: Operation[Any]
    attempt: Attempt
    locks: RunLocks
    guard: threading.Lock
    times: int
    lanes: Lanes | None


class ShareConductor:
    """Walks shares; `stopping` says that everything is to be left at the next step boundary."""

    def __init__(self, tools: Tools, *, stopping: Callable[[], bool]) -> None:
        self._tools = tools
        self._stopping = stopping
        self._shares: dict[str, _Share] = {}
        self._works: dict[str, tuple[ShareWork, _Share]] = {}
        self._left: set[str] = set()

    def share(self, order: Document, operation: Operation[Any]) -> Document:
        """Walk one site's share."""
        with self._tools.share_locks(order) as locks:
            share, share_id = operation.codec.decode_share(order["share"]), str(order["id"])
            times = self._tools.shares.take_up(share_id)
            taken = () if share.walks_in_order else self._tools.shares.taken(share_id)
            about = _Share(
                id=share_id,
                share=share,
                operation=operation,
                attempt=Attempt(run_id=order["undo_of"] or order["run"], say=self._tools.say),
                locks=locks,
                guard=threading.Lock(),
                times=times,
                lanes=None if share.walks_in_order else Lanes(share, taken, stopping=self._stopping),
            )
            try:
                tracks = self._in_order(about) if about.lanes is None else self._on_lanes(about, about.lanes)
                return {"tracks": save_tracks(tracks)}
            except Halted as halted:
                cut_off = about.lanes is not None and about.lanes.cut_off
                if halted.cause is None and not cut_off:  # else it may be the ledger that is away
                    self._tools.shares.put_down(share_id, times)
                raise

    def lane(self, order: Document) -> Document:
        """Walk one track after another that the share has for this lane."""
        about = self._await_share(str(order["share"]))
        if about is None or about.lanes is None:
            return {"tracks": 0}
        tracks = 0
        try:
            with self._work(str(order["id"]), about):
                number = workflows.take(str(order["id"]), about.times)["track"]
                while number is not None:
                    number = self._on_lane(str(order["id"]), about, about.lanes, number)
                    tracks += 1
        except Exception:
            about.lanes.close()
            raise
        except BaseException as stop:
            about.lanes.halt(stop)
            raise
        return {"tracks": tracks}

    def take(self, lane_id: str, times: int) -> Document:
        """Claim the next track for a lane."""
        _, about = self._works[lane_id]
        if about.lanes is None:
            raise AssertionError(f"{lane_id} is a lane of a share that has none")
        return {"track": about.lanes.take(), "times": times}

    def perform(self, doer: str, step: Document, times: int, part: str, closes: int | None) -> Document:
        """Perform one step of a share or of a lane unless it must stop here.

        What is recorded of a step that closes its track names the lane's next one, if there is one at once: `next`.
        """
        work, about = self._works[doer]
        if self._stopping():
            raise Halted
        if about.lanes is not None:
            about.lanes.refuse_stop()
        try:
            with about.guard:
                about.locks.check()
        except OpsError as error:
            raise Halted(error) from error
        done: Document = {**work.perform(about.operation.codec.decode_step(step)), "times": times}
        if about.lanes is not None:
            done["turn"] = about.lanes.next_turn()
            if closes is not None and read_step_outcome(done["outcome"]).failure is None:
                done |= about.lanes.go_on(closes)
        if part == "roll-back":
            done["part"] = part
        return done

    def _in_order(self, about: _Share) -> tuple[TrackOutcome, ...]:
        def perform(step: Step) -> StepOutcome:
            return read_step_outcome(self._durably(about.id, about, Turn(step=step, part="step"))["outcome"])

        with self._work(about.id, about):
            return walk_share(about.share, perform)

    def _on_lane(self, lane_id: str, about: _Share, lanes: Lanes, number: int) -> int | None:
        """Walk a track on a lane; the number of the lane's next track, None when no more will come."""
        track = about.share.tracks[number]
        last: Document = {}

        def perform(turn: Turn) -> StepOutcome:
            nonlocal last
            last = self._durably(lane_id, about, turn, closes=number if turn.closing else None)
            return read_step_outcome(last["outcome"])

        steps = walk_track(track, perform)
        lanes.end(number, TrackOutcome(name=track.name, site=about.share.site, steps=steps))
        following: int | None = last["next"] if "next" in last else workflows.take(lane_id, about.times)["track"]
        return following

    def _durably(self, doer: str, about: _Share, turn: Turn, *, closes: int | None = None) -> Document:
        step = about.operation.codec.encode_step(turn.step)
        return workflows.perform(doer, step, about.times, turn.part, closes)

    def _on_lanes(self, about: _Share, lanes: Lanes) -> tuple[TrackOutcome, ...]:
        """Open the share to its lanes, and wait until they have left it."""
        names = [name_lane(about.id, number + 1) for number in range(min(about.share.lanes, len(about.share.tracks)))]
        if not names:
            return ()
        self._shares[about.id] = about
        try:
            handles = [
                workflows.enqueue_lane(self._tools.own_queue, name, {"id": name, "share": about.id}) for name in names
            ]
            self._await_lanes(lanes, tuple(names))
            for handle in handles:
                workflows.result_of(handle)
            return lanes.outcomes()
        finally:
            self._left.add(about.id)
            del self._shares[about.id]

    def _await_lanes(self, lanes: Lanes, names: tuple[str, ...]) -> None:
        """Wait until all lanes are at their end. Raises Halted when they were stopped, or cancelled."""
        while True:
            lanes.await_end(_CHECK_SECONDS)
            states = self._tools.shares.states(names)
            if set(states.values()) <= ENDED:
                return
            if "CANCELLED" in states.values() or self._stopping():
                lanes.halt()
            if lanes.halted and not any(name in self._works for name in names):
                raise Halted(lanes.cause)
            self._tools.clock.sleep(_PAUSE_SECONDS)

    def _await_share(self, share_id: str) -> _Share | None:
        """The share, once it is at work here: a lane may be resumed before it. None when it has come to its end."""
        check_at = self._tools.clock.monotonic()
        while share_id not in self._shares:
            if self._stopping() or share_id in self._left:
                raise Halted
            if self._tools.clock.monotonic() > check_at:
                check_at = self._tools.clock.monotonic() + _CHECK_SECONDS
                if self._tools.shares.states((share_id,)).get(share_id) not in {"PENDING", "ENQUEUED"}:
                    return None
            self._tools.clock.sleep(_PAUSE_SECONDS)
        return self._shares.get(share_id)

    @contextmanager
    def _work(self, doer: str, about: _Share) -> Iterator[None]:
        """Drivers of its own for whoever performs steps."""
        tools = self._tools
        work = ShareWork(about.operation, about.share.site, about.attempt, clock=tools.clock, redactor=tools.redactor)
        self._works[doer] = (work, about)
        try:
            yield
        finally:
            work.close()
            del self._works[doer]
