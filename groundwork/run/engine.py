"""The engine under a run: start it, resume it, cancel it and undo it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from secrets import token_hex
from typing import Any, cast

from dbos import DBOS

from groundwork.change.approval import NO_PERMIT, Permit
from groundwork.change.basis import with_checks
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan
from groundwork.change.step import Json
from groundwork.change.walk import refuse_unwalkable
from groundwork.errors import ConfigurationError, InterruptedRunError, OpsError, RefusedError
from groundwork.run import workflows
from groundwork.run.admission import Stated, admit, nothing_stated
from groundwork.run.conductor import StepConductor, Tools
from groundwork.run.fences import FencedLocks, OvertakenError
from groundwork.run.follow import Follower
from groundwork.run.holders import command_locks, is_at_work
from groundwork.run.interruption import interruptible
from groundwork.run.launch import launched, prepare
from groundwork.run.ledger import Ledger, inputs_of, open_ledger
from groundwork.run.locks import Holder, RunLocks
from groundwork.run.naming import (
    lock_of_run,
    name_run,
    name_undo,
    order_of_share,
    queue_of_command,
)
from groundwork.run.quiet import quieten
from groundwork.run.reading import ENDED, may_be_in_flight
from groundwork.run.record import RunRecord
from groundwork.run.redaction import Redactor
from groundwork.run.resumable import refuse_cancel, refuse_resume, refuse_undo
from groundwork.run.saved import Document, read_step_outcome
from groundwork.run.undo import BegunShare, plan_undo
from groundwork.run.worker import ShareLocks, SiteWorker
from groundwork.shell.clock import Clock, SystemClock
from groundwork.shell.login import login
from groundwork.store.place import LedgerPlace

Say = Callable[[str], None]

_LOOK_SECONDS = 0.25
_SETTLE_SECONDS = 5.0  # a call that was sent before a kill may take so long until what it makes can be seen
_POLL_SECONDS = 0.2  # of the queue that only we listen to; each share waits for it once


class Engine:
    """Carries runs out in this process, one at a time; open it with `open_engine`."""

    def __init__(
        self,
        operations: Mapping[str, Operation[Any]],
        ledger: Ledger,
        *,
        worker_sites: frozenset[str],
        redactor: Redactor,
        clock: Clock,
        stated: Stated,
    ) -> None:
        self._operations = operations
        self._ledger = ledger
        self._place = ledger.place
        self._worker_sites = worker_sites
        self._redactor = redactor
        self._clock = clock
        self._stated = stated

    def start(self, plan: Plan, *, reason: str, say: Say, permit: Permit = NO_PERMIT) -> RunRecord:
        """Carry a plan out as a new run and wait for its end, telling `say` each step as it is recorded.

        Raises RefusedError when another run holds one of the plan's locks or used the saved plan already, or when the
        `permit` lacks an approval that is asked for (nothing is recorded then), and InterruptedRunError when the run
        stopped before its end and can be resumed.
        """
        admitted = self._redactor.json(admit(self._operation(plan.operation), plan, permit, self._stated))
        run_id = name_run(plan.operation, self._clock.now())
        return self._begin(run_id, with_checks(plan), undo_of=None, reason=reason, say=say, permit=admitted)

    def resume(self, run_id: str, *, say: Say) -> RunRecord:
        """Go on with a run whose process is gone, and wait for its end.

        Raises RefusedError when it has ended, was cancelled, is being carried out, is another version's, or when a
        later run took one of its locks.
        """
        row = self._ledger.row(run_id)
        refuse_resume(row)
        about: Document = row.attributes or {}
        order = inputs_of(row)
        queue = queue_of_command(run_id)

        def begin() -> None:
            now = self._clock.now().isoformat()
            self._ledger.note(run_id, {"resumed": [*about.get("resumed", ()), now]})
            for share in self._ledger.shares(run_id):
                if share.status not in ENDED and share.queue_name not in self._worker_sites:
                    DBOS.resume_workflow(share.workflow_id, queue_name=queue)
            DBOS.resume_workflow(run_id, queue_name=queue)

        return self._conduct(run_id, order["plan"]["locks"], reason=about["reason"], say=say, begin=begin)

    def cancel(self, run_id: str, *, reason: str, say: Say) -> RunRecord:
        """Stop a run at its next step boundary, then undo what it began in a second durable run; give its record.

        Called again after a kill, it goes on where it was. Raises RefusedError when the run has ended by itself, and
        when it is another version's.
        """
        row = self._ledger.row(run_id)
        order = inputs_of(row)
        refuse_cancel(row, undoes=order["undo_of"] is not None)
        undo_id = name_undo(run_id)
        if not self._ledger.is_cancelled(run_id):
            self._ledger.note(run_id, {"cancel_reason": self._redactor.text(reason), "undone_by": undo_id})
        self._ledger.cancel(run_id)
        self._await_boundary(run_id, say)
        self._clear_lock(run_id, reason)
        if undo_id in self._ledger.states((undo_id,)):
            if self._ledger.states((undo_id,))[undo_id] in ENDED:
                return self._ledger.read_run(undo_id)
            return self.resume(undo_id, say=say)
        plan = self._undo_plan(run_id, order, say)
        return self._begin(undo_id, plan, undo_of=run_id, reason=reason, say=say)

    def undo(self, run_id: str, *, reason: str, say: Say) -> RunRecord:
        """Take back what a run that has ended did, its newest step first, in a second durable run; give its record.

        Called again after a kill, it goes on where it was. Raises RefusedError when the run has not ended, was undone,
        is an undo, left nothing that can be taken back, is another version's, or when a later run took its locks.
        """
        row, undo_id = self._ledger.row(run_id), name_undo(run_id)
        order = inputs_of(row)
        undo_state = self._ledger.states((undo_id,)).get(undo_id)
        refuse_undo(row, undoes=order["undo_of"] is not None, undo_state=undo_state)
        if undo_state is not None:
            return self.resume(undo_id, say=say)
        plan = self._undo_plan(run_id, order, say)
        if plan.empty:
            raise RefusedError(
                f"run {run_id} did nothing that can be taken back",
                hint=f"see what it did: `inv runs.show {run_id}`; what should be otherwise is planned anew",
            )
        return self._begin(undo_id, plan, undo_of=run_id, reason=reason, say=say)

    def serve(self, site: str, *, say: Say) -> None:
        """Do this site's shares of all runs, until SIGTERM or Ctrl-C; then finish the steps in flight and return.

        Shares left half-way go on when the site's worker is started again. Raises ConfigurationError with a ledger
        that workers cannot share, RefusedError when the site's worker is at work already.
        """
        if not self._place.is_shared:
            raise ConfigurationError(
                "a worker needs a ledger on PostgreSQL; with SQLite the command itself does every site's share",
                hint="set `ledger: postgresql://…` in the settings",
            )
        locks = self._locks(f"worker-{site}", f"worker of {site}")
        worker = SiteWorker(self._place, self._ledger, redactor=self._redactor, clock=self._clock, say=say)
        worker.serve(site, locks, lambda share_locks: StepConductor(self._tools(locks, share_locks, say)))

    def _locks(self, run_id: str, reason: str) -> RunLocks:
        since = self._clock.now().isoformat(timespec="seconds")
        holder = Holder(run=run_id, reason=self._redactor.text(reason), since=since, pid=os.getpid())
        held = command_locks(self._place, holder, self._clock, reason_of=self._ledger.reason_of)
        return FencedLocks(held, self._ledger.fence(run_id))

    def _tools(self, locks: RunLocks, share: ShareLocks, say: Say) -> Tools:
        return Tools(
            operations=self._operations,
            run_locks=locks,
            share_locks=share,
            shares=self._ledger,
            worker_sites=self._worker_sites,
            say=lambda line: say(self._redactor.text(line)),
            clock=self._clock,
            redactor=self._redactor,
        )

    def _undo_plan(self, run_id: str, order: Document, say: Say) -> Plan:
        """What takes back the steps that were begun; when one was cut off, after what it asked of others came about."""
        operation = self._operation(order["operation"])
        begun, locks = [], set(order["plan"]["locks"])
        for share in self._ledger.shares(run_id, load_input=True):
            share_order = inputs_of(share)
            locks.update(share_order["locks"])
            steps = self._ledger.steps(share.workflow_id)
            saved = [cast("dict[str, Json]", step["output"]) for step in steps]
            stage, wave, _ = order_of_share(share.workflow_id)
            begun.append(
                BegunShare(
                    stage=stage,
                    wave=wave,
                    share=operation.codec.decode_share(share_order["share"]),
                    outcomes=tuple(read_step_outcome(one["outcome"]) for one in saved),
                    in_flight=may_be_in_flight(share, steps),
                )
            )
        if any(one.in_flight for one in begun):
            say(f"a step was cut off: waiting {_SETTLE_SECONDS:.0f} s for what it asked of other systems")
            self._clock.sleep(_SETTLE_SECONDS)
        return plan_undo(operation.codec.decode_plan(order["plan"]), begun, locks=locks)

    def _clear_lock(self, run_id: str, reason: str) -> None:
        """Leave no lock of a command that was killed: nobody takes it again once the run is cancelled."""
        locks = self._locks(run_id, reason)
        try:
            locks.take_alone(lock_of_run(run_id))
        finally:
            locks.release()

    def _await_boundary(self, run_id: str, say: Say) -> None:
        if is_at_work(self._place, run_id):
            say(f"waiting until the step in flight of {run_id} is at its end")
        while is_at_work(self._place, run_id):
            self._clock.sleep(_LOOK_SECONDS)

    def _begin(
        self, run_id: str, plan: Plan, *, undo_of: str | None, reason: str, say: Say, permit: Json = None
    ) -> RunRecord:
        if not reason.strip():
            raise RefusedError("a run needs a reason", hint='give it with --reason "…"')
        refuse_unwalkable(plan)
        saved = self._operation(plan.operation).codec.encode_plan(plan)
        if self._redactor.holds(saved):
            raise ConfigurationError(
                f"a step of the plan {plan.title!r} holds a secret, and plans are kept for years",
                hint="let the performer read the secret from the settings instead",
            )
        order: Document = {"run": run_id, "operation": plan.operation, "plan": saved, "undo_of": undo_of}
        about: dict[str, Json] = {
            "operation": plan.operation,
            "city": plan.city,
            "title": plan.title,
            "reason": self._redactor.text(reason),
            "started_by": login(),
            "undo_of": undo_of,
            "permit": permit,
        }

        def begin() -> None:
            if undo_of and not self._ledger.is_cancelled(undo_of):
                self._ledger.fence(undo_of).refuse_undo(run_id)
                self._ledger.note(undo_of, {"undone_by": run_id})
            if plan.id:
                self._ledger.use_plan(plan.id, run_id)
            self._ledger.announce(run_id, self._clock.now())
            workflows.start_run(run_id, order, about)

        return self._conduct(run_id, plan.locks, reason=reason, say=say, begin=begin)

    def _conduct(
        self, run_id: str, targets: Iterable[str], *, reason: str, say: Say, begin: Callable[[], None]
    ) -> RunRecord:
        """Hold the locks, launch, begin, and follow the run to its end or to where it stops."""
        locks = self._locks(run_id, reason)
        try:
            locks.take_alone(lock_of_run(run_id))
            if run_id.endswith(name_undo("")):
                self._ledger.fence(run_id).forget()
            locks.take(targets)
            conductor = StepConductor(self._tools(locks, lambda _order: nullcontext(locks), say))
            queue = queue_of_command(run_id)
            follower = Follower(self._ledger, run_id, say)
            follower.skip_past()
            workflows.set_conductor(conductor)
            self._ledger.open_queue(queue, poll_seconds=_POLL_SECONDS)
            executor = f"command-{token_hex(8)}"
            with launched(self._place, executor=executor, queues=[queue]), interruptible(conductor.stop, say):
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
            state = self._ledger.states((run_id,)).get(run_id)
            follower.look()
            if state in ENDED or (state == "CANCELLED" and conductor.idle()):
                return
            if conductor.halted and conductor.idle():
                if self._ledger.is_cancelled(run_id):
                    return
                raise _stopped(run_id, conductor.halted.cause, self._place)
            self._clock.sleep(_LOOK_SECONDS)

    def _operation(self, name: str) -> Operation[Any]:
        try:
            return self._operations[name]
        except KeyError:
            raise ConfigurationError(
                f"this version of cityops knows no operation {name!r}", hint="use the version that started the run"
            ) from None


def _stopped(run_id: str, cause: OpsError | None, place: LedgerPlace) -> InterruptedRunError:
    """What is said of a run that stopped before its end."""
    hint = f"resume with `inv runs.resume {run_id}`, or take it back with `inv runs.cancel {run_id} --reason …`"
    if not place.is_shared and not place.file.exists():
        hint = f"its ledger was moved away from {place.file} meanwhile: bring that back first, then {hint}"
    return InterruptedRunError(
        f"run {run_id} stopped between two steps{f': {cause.message}' if cause else ''}",
        hint=cause.hint if isinstance(cause, OvertakenError) else hint,
    )


@contextmanager
def open_engine(
    operations: Mapping[str, Operation[Any]],
    *,
    ledger: LedgerPlace,
    worker_sites: frozenset[str] = frozenset(),
    secrets: Callable[[], Iterable[str]] = tuple,
    clock: Clock | None = None,
    stated: Stated = nothing_stated,
) -> Iterator[Engine]:
    """The engine on a ledger, which is made if it is not there yet.

    `worker_sites` are the sites whose shares a worker takes (PostgreSQL only); `secrets` gives every secret value known
    so far, so that none is ever recorded; `stated` gives the approvals that the estate asks for of an operation.
    """
    quieten()
    prepare(ledger)
    with open_ledger(ledger) as opened:
        yield Engine(
            operations,
            opened,
            worker_sites=worker_sites,
            redactor=Redactor(secrets),
            clock=clock or SystemClock(),
            stated=stated,
        )
