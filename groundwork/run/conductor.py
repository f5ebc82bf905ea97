"""What a run does between its steps: stages in order, shares onto queues, the locks checked, the end concluded."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from groundwork.change.codec import window_of
from groundwork.change.operation import History, Operation, Stage, conclude_by_failures, conclude_in_full
from groundwork.change.outcome import Conclusion, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Share, Wave
from groundwork.change.step import Json
from groundwork.change.walk import carry_out
from groundwork.errors import ConfigurationError, OpsError, RefusedError
from groundwork.model.window import Window
from groundwork.run import workflows
from groundwork.run.admission import refuse_closed
from groundwork.run.failures import failure_of
from groundwork.run.interruption import Halted
from groundwork.run.naming import name_share, queue_of_command
from groundwork.run.saved import Document, read_failure, read_tracks, save_failure
from groundwork.run.share_conductor import ShareConductor, Tools

_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0  # between two readings of shares that take their time; the end of one here is seen at once
_CHECK_SECONDS = 5.0  # how often a waiting run sees that its locks are still its own
_LATE_SECONDS = 10.0  # a share that nobody has taken by then is talked about


class StepConductor:
    """Conducts runs and shares in this process; `stop` asks it to leave everything at the next step boundary."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._stopping = threading.Event()
        self._counter = threading.Condition()
        self._busy = 0
        self._shares = ShareConductor(tools, stopping=self._stopping.is_set)
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
        """Walk the stages of a run."""
        with self._at_work():
            conclusion = self._stages(order)
            summary = self._tools.redactor.json(conclusion.summary)
            return {"exit_code": conclusion.exit_code, "summary": summary}

    def share(self, order: Document) -> Document:
        """Walk one site's share."""
        with self._at_work():
            return self._shares.share(order, self._operation(order["operation"]))

    def lane(self, order: Document) -> Document:
        """Walk some of a share's tracks, beside others."""
        with self._at_work():
            return self._shares.lane(order)

    def take(self, lane_id: str, times: int) -> Document:
        """Claim the next track for a lane."""
        return self._shares.take(lane_id, times)

    def perform(self, doer: str, step: Document, times: int, part: str, closes: int | None) -> Document:
        """Perform one step unless the run must stop here."""
        return self._shares.perform(doer, step, times, part, closes)

    def wait_for(self, share_ids: tuple[str, ...]) -> None:
        """Wait until the shares have ended; stops when the run must stop, or was cancelled."""
        late = self._tools.clock.monotonic() + _LATE_SECONDS
        checked = self._tools.clock.monotonic()
        pause = _PAUSE_SECONDS
        while True:
            states = self._tools.shares.states(share_ids)
            if "CANCELLED" in states.values() or (self._leaving() and set(states.values()) != {"SUCCESS"}):
                raise Halted
            if all(states.get(one) in {"SUCCESS", "ERROR"} for one in share_ids):
                return
            if self._tools.clock.monotonic() > checked + _CHECK_SECONDS:  # workers may do all the steps
                self._tools.run_locks.check()
                checked = self._tools.clock.monotonic()
            if self._tools.clock.monotonic() > late:
                late = float("inf")
                self._tell_waiting(one for one in share_ids if states.get(one) == "ENQUEUED")
            with self._counter:
                ended_here = self._counter.wait(pause)
            pause = _PAUSE_SECONDS if ended_here else min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def begin_wave(self, order: Document, wave: Wave) -> None:
        """Record that a wave is begun, and when by this process's clock; once it is, it is begun in a resumed run too.

        Outside the run's window the run stops here instead, and nothing is recorded.
        """
        window = window_of(order["plan"])
        if window is not None:
            workflows.decide("window", lambda: self._begun(str(order["run"]), window, wave))

    def _begun(self, run_id: str, window: Window, wave: Wave) -> Document:
        now, permit = self._tools.clock.now(), self._tools.shares.permit_of(run_id)
        try:
            refuse_closed(window, now, what=f"wave {wave.name!r}", emergency=permit.emergency)
        except RefusedError as error:
            raise Halted(error) from error
        return {"begun": now.isoformat()}

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
                self._counter.notify_all()


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
        """Within the run's window, enqueue the wave's shares and wait until all have ended."""
        self._wave += 1
        self._conductor.begin_wave(self._order, wave)
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
