"""What a run does between its steps: stages in order, shares onto queues, the lock looked at, the end concluded."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from groundwork.change.operation import History, Operation, Stage, conclude_by_failures, conclude_in_full
from groundwork.change.outcome import Conclusion, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Share, Wave
from groundwork.change.step import Attempt, Json, Step
from groundwork.change.walk import carry_out, refuse_unwalkable, walk_share
from groundwork.errors import ConfigurationError, OpsError
from groundwork.run import workflows
from groundwork.run.failures import failure_of
from groundwork.run.halt import Halted
from groundwork.run.locks import RunLocks
from groundwork.run.naming import name_share, queue_of_command
from groundwork.run.redaction import Redactor
from groundwork.run.saved import Document, read_failure, read_step_outcome, read_tracks, save_failure, save_tracks
from groundwork.run.share_work import ShareWork
from groundwork.shell.clock import Clock

_PAUSE_SECONDS = 0.05
_LOOK_SECONDS = 5.0  # how often a waiting run sees that its locks are still its own
_LATE_SECONDS = 10.0  # a share that nobody has taken by then is talked about


class SharesAtWork(Protocol):
    """What the ledger knows of shares."""

    def states(self, share_ids: tuple[str, ...]) -> dict[str, str]:
        """The engine's word for the state of each."""

    def take_up(self, share_id: str) -> int:
        """Count that the share is being carried out, from its beginning or again; how many times that makes."""

    def put_down(self, share_id: str, times: int) -> None:
        """Take that count back: the share was left between two steps, with none in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a conductor works with.

    `run_locks` are the command's own, `share_locks` what a share at work here holds; `worker_sites` are the sites whose
    shares a worker there takes.
    """

    operations: Mapping[str, Operation[Any]]
    run_locks: RunLocks
    share_locks: Callable[[Document], AbstractContextManager[RunLocks]]
    shares: SharesAtWork
    worker_sites: frozenset[str]
    say: Callable[[str], None]
    clock: Clock
    redactor: Redactor


class StepConductor:
    """Conducts runs and shares in this process; `stop` asks it to leave everything at the next step boundary."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._stopping = threading.Event()
        self._counter = threading.Condition()
        self._busy = 0
        self._shares: dict[str, tuple[ShareWork, RunLocks, Operation[Any]]] = {}
        self.halted: Halted | None = None

    def stop(self) -> None:
        """Ask for a stop at the next step boundary."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stopping.is_set()

    def idle(self) -> bool:
        """True when nothing is at work in this process."""
        return self._busy == 0

    def run(self, order: Document) -> Document:
        """Walk the stages of a run; see Conductor."""
        with self._at_work():
            conclusion = self._stages(order)
            summary = self._tools.redactor.json(conclusion.summary)
            return {"exit_code": conclusion.exit_code, "summary": summary}

    def share(self, order: Document) -> Document:
        """Walk one site's share; see Conductor."""
        with self._at_work(), self._tools.share_locks(order) as locks:
            operation = self._operation(order["operation"])
            share, share_id = operation.codec.decode_share(order["share"]), str(order["id"])
            attempt = Attempt(run_id=order["undo_of"] or order["run"], say=self._tools.say)
            work = ShareWork(operation, share.site, attempt, clock=self._tools.clock, redactor=self._tools.redactor)
            self._shares[share_id] = (work, locks, operation)
            times = self._tools.shares.take_up(share_id)

            def perform(step: Step) -> StepOutcome:
                done = workflows.perform(share_id, operation.codec.encode_step(step), times)
                return read_step_outcome(done["outcome"])

            try:
                return {"tracks": save_tracks(walk_share(share, perform))}
            except Halted as halted:
                if halted.cause is None:  # else it may be the ledger that is away
                    self._tools.shares.put_down(share_id, times)
                raise
            finally:
                del self._shares[share_id]
                work.close()

    def perform(self, share_id: str, step: Document, times: int) -> Document:
        """Perform one step unless the run must stop here; see Conductor."""
        work, locks, operation = self._shares[share_id]
        if self._stopping.is_set():
            raise Halted
        try:
            locks.check()
        except OpsError as error:
            raise Halted(error) from error
        return {**work.perform(operation.codec.decode_step(step)), "times": times}

    def wait_for(self, share_ids: tuple[str, ...]) -> None:
        """Wait until the shares have ended; stops when the run must stop, or was cancelled."""
        late = self._tools.clock.monotonic() + _LATE_SECONDS
        looked = self._tools.clock.monotonic()
        while True:
            states = self._tools.shares.states(share_ids)
            if "CANCELLED" in states.values() or (self._leaving() and set(states.values()) != {"SUCCESS"}):
                raise Halted
            if all(states.get(one) in {"SUCCESS", "ERROR"} for one in share_ids):
                return
            if self._tools.clock.monotonic() > looked + _LOOK_SECONDS:  # workers may do all the steps
                self._tools.run_locks.check()
                looked = self._tools.clock.monotonic()
            if self._tools.clock.monotonic() > late:
                late = float("inf")
                self._tell_waiting(one for one in share_ids if states.get(one) == "ENQUEUED")
            self._tools.clock.sleep(_PAUSE_SECONDS)

    def unwalked(self, share: Share, error: Exception) -> Iterator[TrackOutcome]:
        """The tracks of a share that broke outside its steps, as failed: nobody knows how far it came."""
        failure, now = failure_of(error, self._tools.redactor), self._tools.clock.now().isoformat()
        for track in share.tracks:
            first = track.all_steps()[:1]
            steps = (
                StepOutcome(kind=one.kind, target=one.target, started=now, ended=now, failure=failure) for one in first
            )
            yield TrackOutcome(name=track.name, site=share.site, steps=tuple(steps))

    def _leaving(self) -> bool:
        """Whether this process goes no further: it was asked to stop, or a share of the run here had to."""
        return self._stopping.is_set() or self.halted is not None

    def _tell_waiting(self, share_ids: Iterable[str]) -> None:
        for share_id in share_ids:
            site = share_id.rpartition("/")[2]
            self._tools.say(
                f"{site}: waiting for its worker (is `inv worker.serve --site {site}` of this version running?)"
            )

    def queue_for(self, run_id: str, site: str) -> str:
        """The queue that a site's share goes to: its worker's, or the one only this command listens to."""
        return site if site in self._tools.worker_sites else queue_of_command(run_id)

    def _stages(self, order: Document) -> Conclusion:
        operation, undoes = self._operation(order["operation"]), order["undo_of"] is not None
        history: list[Stage] = []
        plan: Plan | None = operation.codec.decode_plan(order["plan"])
        while plan is not None:
            self._tools.run_locks.take(plan.locks)
            outcome = carry_out(plan, DurableRun(self, order, operation, plan, stage=len(history) + 1))
            history.append(Stage(plan=plan, outcome=outcome))
            decided = (
                {"plan": None} if undoes else workflows.decide("advance", lambda: self._advance(operation, history))
            )
            if "failure" in decided:
                failure = read_failure(decided["failure"])
                return Conclusion(exit_code=failure.exit_code, summary={"failure": decided["failure"]})
            plan = operation.codec.decode_plan(decided["plan"]) if decided["plan"] else None
        return self._conclude(conclude_by_failures if undoes else operation.conclude, tuple(history))

    def _advance(self, operation: Operation[Any], history: list[Stage]) -> Document:
        try:
            plan = operation.advance(tuple(history))
            if plan:
                refuse_unwalkable(plan)
            return {"plan": operation.codec.encode_plan(plan) if plan else None}
        except Exception as error:  # noqa: BLE001 - a run that cannot go on ends as failed, with the reason
            return {"plan": None, "failure": save_failure(failure_of(error, self._tools.redactor))}

    def _conclude(self, conclude: Callable[[History], Conclusion], history: History) -> Conclusion:
        try:
            return conclude_in_full(conclude(history), history)
        except Exception as error:  # noqa: BLE001 - see _advance
            failure = failure_of(error, self._tools.redactor)
            return Conclusion(exit_code=failure.exit_code, summary={"failure": save_failure(failure)})

    def _operation(self, name: str) -> Operation[Any]:
        try:
            return self._tools.operations[name]
        except KeyError:
            raise ConfigurationError(
                f"this version of cityops knows no operation {name!r}", hint="use the version that started the run"
            ) from None

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Count what is at work; what goes wrong between steps leaves the run where it is."""
        with self._counter:
            self._busy += 1
        try:
            yield
        except OpsError as error:
            self.halted = Halted(error)
            raise self.halted from error
        except Halted as halted:
            self.halted = self.halted or halted
            raise
        except BaseException as error:
            if not isinstance(error, Exception):  # the engine records nothing, so we must not wait for it
                self.halted = self.halted or Halted()
            raise
        finally:
            with self._counter:
                self._busy -= 1


class DurableRun:
    """The Run that makes each step a durable record: a wave's shares go onto queues and are waited for."""

    def __init__(
        self, conductor: StepConductor, order: Document, operation: Operation[Any], plan: Plan, *, stage: int
    ) -> None:
        self._conductor = conductor
        self._order = order
        self._operation = operation
        self._plan = plan
        self._stage = stage
        self._wave = 0

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        """Enqueue the wave's shares and wait until all have ended."""
        self._wave += 1
        named = [(name_share(self._run, stage=self._stage, wave=self._wave, site=one.site), one) for one in wave.shares]
        handles = [self._enqueue(share_id, share) for share_id, share in named]
        self._conductor.wait_for(tuple(share_id for share_id, _ in named))
        tracks: list[TrackOutcome] = []
        for handle, (_, share) in zip(handles, named, strict=True):
            try:
                tracks.extend(read_tracks(workflows.result_of(handle)["tracks"]))
            except Exception as error:  # noqa: BLE001 - a share that could not be walked must not take the others with it
                tracks.extend(self._conductor.unwalked(share, error))
        return tuple(tracks)

    @property
    def _run(self) -> str:
        return str(self._order["run"])

    def _enqueue(self, share_id: str, share: Share) -> workflows.ShareHandle:
        order = {
            "id": share_id,
            "run": self._run,
            "undo_of": self._order["undo_of"],
            "operation": self._operation.name,
            "locks": list(self._plan.locks),
            "share": self._operation.codec.encode_share(share),
        }
        about: dict[str, Json] = {
            "run": self._run,
            "stage": self._stage,
            "site": share.site,
            "title": self._plan.title,
            "planned": sum(1 for _ in self._plan.steps()),
        }
        return workflows.enqueue_share(self._conductor.queue_for(self._run, share.site), share_id, order, about)
