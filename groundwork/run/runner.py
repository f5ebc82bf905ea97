"""A run, or a worker, at work in this process: locks held, the engine launched, followed to where it ends."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from secrets import token_hex
from typing import Any

from groundwork.change.operation import Operation
from groundwork.errors import ConfigurationError, InterruptedRunError, OpsError, RefusedError
from groundwork.run import workflows
from groundwork.run.conductor import StepConductor
from groundwork.run.fences import FencedLocks, OvertakenError
from groundwork.run.follow import Follower
from groundwork.run.holders import command_locks, is_at_work
from groundwork.run.interruption import interruptible
from groundwork.run.lane_rows import ENDED
from groundwork.run.launch import launched
from groundwork.run.ledger import Ledger
from groundwork.run.locks import Holder, RunLocks
from groundwork.run.naming import lock_of_run, name_undo, queue_of_command
from groundwork.run.record import RunRecord
from groundwork.run.redaction import Redactor
from groundwork.run.share_conductor import Tools
from groundwork.run.worker import Say, ShareLocks, SiteWorker
from groundwork.shell.clock import Clock
from groundwork.store.location import LedgerLocation

_POLL_SECONDS = 0.25
_POLLS_SHARE = 30  # for each second of reading what was recorded, so many in which all else is left to its work
_POLL_SECONDS = 0.1  # of the queue that only we listen to; each share waits for it once, and its lanes once more


class Runner:
    """Conducts runs here, one at a time; `worker_sites` are those whose shares a worker takes."""

    def __init__(
        self,
        operations: Mapping[str, Operation[Any]],
        ledger: Ledger,
        *,
        worker_sites: frozenset[str],
        redactor: Redactor,
        clock: Clock,
    ) -> None:
        self._operations = operations
        self._ledger = ledger
        self._location = ledger.location
        self.worker_sites = worker_sites
        self._redactor = redactor
        self._clock = clock

    def operation(self, name: str) -> Operation[Any]:
        """The operation of that name. Raises ConfigurationError where there is none."""
        try:
            return self._operations[name]
        except KeyError:
            raise ConfigurationError(
                f"this version of cityops knows no operation {name!r}", hint="use the version that started the run"
            ) from None

    def serve(self, site: str, *, say: Say) -> None:
        """Do a site's shares until a stop is asked for. Raises ConfigurationError with a ledger on SQLite."""
        if not self._location.is_shared:
            raise ConfigurationError(
                "a worker needs a ledger on PostgreSQL; with SQLite the command itself does every site's share",
                hint="set `ledger: postgresql://…` in the settings",
            )
        locks = self._locks(f"worker-{site}", f"worker of {site}")
        worker = SiteWorker(self._location, self._ledger, redactor=self._redactor, clock=self._clock, say=say)
        worker.serve(site, locks, lambda share_locks: StepConductor(self._tools(locks, share_locks, say, site)))

    def conduct(
        self,
        run_id: str,
        targets: Iterable[str],
        *,
        reason: str,
        say: Say,
        queue_again: Callable[[], None] = lambda: None,
        begin: Callable[[], None] = lambda: None,
    ) -> RunRecord:
        """Hold the locks, queue again what was left, launch, begin, and follow the run to its end or where it stops."""
        locks = self._locks(run_id, reason)
        try:
            locks.take_alone(lock_of_run(run_id))
            if run_id.endswith(name_undo("")):
                self._ledger.fence(run_id).forget()
            locks.take(targets)
            queue = queue_of_command(run_id)
            conductor = StepConductor(self._tools(locks, lambda _order: nullcontext(locks), say, queue))
            follower = Follower(self._ledger, run_id, say)
            follower.skip_past()
            workflows.set_conductor(conductor)
            self._ledger.open_queue(queue, poll_seconds=_POLL_SECONDS)
            queue_again()
            executor = f"command-{token_hex(8)}"
            with launched(self._location, executor=executor, queues=[queue]), interruptible(conductor.stop, say):
                try:
                    begin()
                except RefusedError:  # nothing was recorded, and nobody would use the queue again
                    self._ledger.close_queue(queue)
                    raise
                self._follow(run_id, conductor, follower)
            self._ledger.close_queue(queue)
        finally:
            locks.release()
        return self._ledger.read_run(run_id)

    def _follow(self, run_id: str, conductor: StepConductor, follower: Follower) -> None:
        """Say what is recorded until the run is at its end, or nothing is at work on it here any more."""
        while True:
            began = self._clock.monotonic()
            state = self._ledger.states((run_id,)).get(run_id)
            follower.poll()
            if state in ENDED or (state == "CANCELLED" and conductor.idle()):
                return
            if conductor.halted and conductor.idle():
                if self._ledger.is_cancelled(run_id):
                    return
                raise _stopped(run_id, conductor.halted.cause, self._location)
            took = self._clock.monotonic() - began
            self._clock.sleep(max(_POLL_SECONDS, took * _POLLS_SHARE))

    def clear_lock(self, run_id: str, reason: str) -> None:
        """Leave no lock of a command that was killed: nobody takes it again once the run is cancelled."""
        locks = self._locks(run_id, reason)
        try:
            locks.take_alone(lock_of_run(run_id))
        finally:
            locks.release()

    def await_boundary(self, run_id: str, say: Say) -> None:
        """Wait until nobody is at work on the run any more."""
        if is_at_work(self._location, run_id):
            say(f"waiting until the step in flight of {run_id} is at its end")
        while is_at_work(self._location, run_id):
            self._clock.sleep(_POLL_SECONDS)

    def _locks(self, run_id: str, reason: str) -> RunLocks:
        since = self._clock.now().isoformat(timespec="seconds")
        holder = Holder(run=run_id, reason=self._redactor.text(reason), since=since, pid=os.getpid())
        held = command_locks(self._location, holder, self._clock, reason_of=self._ledger.reason_of)
        return FencedLocks(held, self._ledger.fence(run_id))

    def _tools(self, locks: RunLocks, share: ShareLocks, say: Say, queue: str) -> Tools:
        return Tools(
            operations=self._operations,
            run_locks=locks,
            share_locks=share,
            shares=self._ledger,
            worker_sites=self.worker_sites,
            own_queue=queue,
            say=lambda line: say(self._redactor.text(line)),
            clock=self._clock,
            redactor=self._redactor,
        )


def _stopped(run_id: str, cause: OpsError | None, location: LedgerLocation) -> InterruptedRunError:
    """What is said of a run that stopped before its end."""
    hint = f"resume with `inv runs.resume {run_id}`, or take it back with `inv runs.cancel {run_id} --reason …`"
    if not location.is_shared and not location.file.exists():
        hint = f"its ledger was moved away from {location.file} meanwhile: bring that back first, then {hint}"
    return InterruptedRunError(
        f"run {run_id} stopped between two steps{f': {cause.message}' if cause else ''}",
        hint=cause.hint if isinstance(cause, OvertakenError) else hint,
    )
