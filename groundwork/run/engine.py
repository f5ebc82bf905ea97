"""The engine under a run: start it, resume it, cancel it and undo it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from groundwork.change.approval import NO_PERMIT, Permit
from groundwork.change.basis import with_checks
from groundwork.change.codec import window_of
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan
from groundwork.change.step import Json
from groundwork.errors import ConfigurationError, RefusedError
from groundwork.run import workflows
from groundwork.run.admission import (
    Stated,
    admit,
    list_left,
    nothing_stated,
    refuse_cancel,
    refuse_closed,
    refuse_resume,
    refuse_undo,
)
from groundwork.run.lane_rows import ENDED
from groundwork.run.launch import prepare, quieten
from groundwork.run.ledger import Ledger, inputs_of, open_ledger
from groundwork.run.naming import name_run, name_undo, queue_of_command
from groundwork.run.reading import read_begun
from groundwork.run.record import RunRecord
from groundwork.run.redaction import Redactor
from groundwork.run.runner import Runner
from groundwork.run.saved import Document, save_permit
from groundwork.run.undo import plan_undo
from groundwork.run.worker import Say
from groundwork.shell.clock import Clock, SystemClock
from groundwork.shell.login import login
from groundwork.store.location import LedgerLocation

_SETTLE_SECONDS = 5.0  # a call that was sent before a kill may take so long until what it makes can be seen


class Engine:
    """Carries runs out in this process, one at a time; open it with `open_engine`."""

    def __init__(self, runner: Runner, ledger: Ledger, *, redactor: Redactor, clock: Clock, stated: Stated) -> None:
        self._runner = runner
        self._ledger = ledger
        self._redactor = redactor
        self._clock = clock
        self._stated = stated

    def start(self, plan: Plan, *, reason: str, say: Say, permit: Permit = NO_PERMIT) -> RunRecord:
        """Carry a plan out as a new run and wait for its end, saying each step as it is recorded.

        Raises RefusedError when another run holds one of the plan's locks or used the saved plan already, when the
        `permit` lacks an approval that is asked for, or outside the plan's window (nothing is recorded then), and
        InterruptedRunError when the run stopped before its end and can be resumed.
        """
        operation, now = self._runner.operation(plan.operation), self._clock.now()
        admitted = self._redactor.json(admit(operation, plan, permit, self._stated, now=now))
        run_id = name_run(plan.operation, now)
        return self._begin(run_id, with_checks(plan), undo_of=None, reason=reason, say=say, permit=admitted)

    def resume(self, run_id: str, *, say: Say, emergency: str = "") -> RunRecord:
        """Go on with a run whose process is gone, and wait for its end; an `emergency` says why outside its window.

        Raises RefusedError when it has ended, was cancelled, is being carried out, is another version's, when a
        later run took one of its locks, or outside its window: what counts is when it is gone on with.
        """
        row = self._ledger.row(run_id)
        refuse_resume(row)
        about: Document = row.attributes or {}
        plan, permit, now = inputs_of(row)["plan"], self._ledger.permit_of(run_id), self._clock.now()
        permit = replace(permit, emergency=self._redactor.text(emergency) or permit.emergency)
        refuse_closed(window_of(plan), now, what=f"what is left of {run_id}", emergency=permit.emergency)

        def queue_again() -> None:
            noted: dict[str, Json] = {"permit": save_permit(permit)} if emergency else {}
            self._ledger.note(run_id, {"resumed": [*about.get("resumed", ()), now.isoformat()], **noted})
            shares = self._ledger.shares(run_id)
            lanes = self._ledger.lanes([share.workflow_id for share in shares])
            left = list_left(shares, lanes, worker_sites=self._runner.worker_sites)
            self._ledger.queue_again((*left, run_id), queue_of_command(run_id))

        return self._runner.conduct(run_id, plan["locks"], reason=about["reason"], say=say, queue_again=queue_again)

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
        self._runner.await_boundary(run_id, say)
        self._runner.clear_lock(run_id, reason)
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
        self._runner.serve(site, say=say)

    def _undo_plan(self, run_id: str, order: Document, say: Say) -> Plan:
        """What takes back the steps that were begun; when one was cut off, after what it asked of others came about."""
        operation = self._runner.operation(order["operation"])
        begun, locks = [], set(order["plan"]["locks"])
        for rows in self._ledger.share_rows(run_id, load_input=True):
            share_order = inputs_of(rows.row)
            locks.update(share_order["locks"])
            begun.append(read_begun(rows, operation.codec.decode_share(share_order["share"])))
        if any(one.may_be_in_flight for one in begun):
            say(f"a step was cut off: waiting {_SETTLE_SECONDS:.0f} s for what it asked of other systems")
            self._clock.sleep(_SETTLE_SECONDS)
        return plan_undo(operation.codec.decode_plan(order["plan"]), begun, locks=locks)

    def _begin(
        self, run_id: str, plan: Plan, *, undo_of: str | None, reason: str, say: Say, permit: Json = None
    ) -> RunRecord:
        if not reason.strip():
            raise RefusedError("a run needs a reason", hint='give it with --reason "…"')
        saved = self._runner.operation(plan.operation).codec.encode_plan(plan)
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

        return self._runner.conduct(run_id, plan.locks, reason=reason, say=say, begin=begin)


@contextmanager
def open_engine(
    operations: Mapping[str, Operation[Any]],
    *,
    ledger: LedgerLocation,
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
        redactor, clock = Redactor(secrets), clock or SystemClock()
        runner = Runner(operations, opened, worker_sites=worker_sites, redactor=redactor, clock=clock)
        yield Engine(runner, opened, redactor=redactor, clock=clock, stated=stated)
