"""A site's worker: takes the site's queue, and does each share under the run's own locks."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from groundwork.errors import InterruptedRunError, OpsError, OutsideError, RefusedError
from groundwork.run import workflows
from groundwork.run.conductor import StepConductor
from groundwork.run.fences import FencedLocks, OvertakenError
from groundwork.run.holders import share_locks
from groundwork.run.interruption import Halted, interruptible
from groundwork.run.launch import launched
from groundwork.run.ledger import Ledger
from groundwork.run.locks import Holder, RunLocks
from groundwork.run.naming import lock_of_worker
from groundwork.run.patient_locks import PatientLocks
from groundwork.run.redaction import Redactor
from groundwork.run.saved import Document
from groundwork.shell.clock import Clock
from groundwork.store.location import LedgerLocation

Say = Callable[[str], None]
ShareLocks = Callable[[Document], AbstractContextManager[RunLocks]]

_POLL_SECONDS = 0.25
_POLL_SECONDS = 1.0


class SiteWorker:
    """Does one site's shares in this process."""

    def __init__(self, location: LedgerLocation, ledger: Ledger, *, redactor: Redactor, clock: Clock, say: Say) -> None:
        self._location = location
        self._ledger = ledger
        self._redactor = redactor
        self._clock = clock
        self._say = say

    def serve(self, site: str, locks: RunLocks, conduct: Callable[[ShareLocks], StepConductor]) -> None:
        """Serve until a stop is asked for; `locks` are the worker's own, `conduct` makes what conducts its shares.

        Raises RefusedError when the site's worker is at work already, or another took its place.
        """
        conductor = conduct(lambda order: self._locks_of_share(order, conductor))
        try:
            locks.take_alone(lock_of_worker(site))
            workflows.set_conductor(conductor)
            self._ledger.open_queue(site, poll_seconds=_POLL_SECONDS)
            executor = f"worker-{site}"
            with launched(self._location, executor=executor, queues=[site]), interruptible(conductor.stop, self._say):
                self._say(f"the worker of {site} is ready")
                self._watch(locks, conductor)
        except (RefusedError, InterruptedRunError) as error:
            raise RefusedError(
                f"another worker of {site} is at work: {error.message}", hint="a site has one worker; stop the other"
            ) from error
        finally:
            locks.release()
        self._say(f"the worker of {site} has stopped")

    def _watch(self, locks: RunLocks, conductor: StepConductor) -> None:
        """Wait until a stop is asked for and nothing is at work. Raises when another took the worker's place."""
        lost: OpsError | None = None
        while not (conductor.stopping and conductor.idle()):
            self._clock.sleep(_POLL_SECONDS)
            try:
                locks.check()
            except OutsideError:
                continue  # the ledger is away, and the engine waits for it too
            except OpsError as error:
                lost = error
                conductor.stop()
        if lost:
            raise lost

    @contextmanager
    def _locks_of_share(self, order: Document, conductor: StepConductor) -> Iterator[RunLocks]:
        """The run's own locks, held by this worker too while it does a share of it; it waits for them.

        Nobody would start the share again, so it is given up only with the worker, when the run was cancelled, or when
        a later run took its locks meanwhile.
        """
        holder = Holder(run=order["run"], reason="", since=self._clock.now().isoformat(), pid=os.getpid())
        share_id = str(order["id"])

        def say_of_run(line: str) -> None:
            self._say(self._redactor.text(f"{share_id}: {line}"))

        patient = PatientLocks(
            lambda: share_locks(self._location, holder, self._clock, reason_of=self._ledger.reason_of),
            given_up=lambda: conductor.stopping or self._ledger.states((share_id,)).get(share_id) != "PENDING",
            say=say_of_run,
            clock=self._clock,
        )
        locks = FencedLocks(patient, self._ledger.fence(order["run"]))
        try:
            locks.take(order["locks"])
            yield locks
        except (OvertakenError, Halted) as stop:
            cause = stop.cause if isinstance(stop, Halted) else stop
            if isinstance(cause, OvertakenError):
                say_of_run(f"left undone: {cause.message}")
            raise
        finally:
            locks.release()
