"""Which runs may begin, go on, be cancelled or undone, and in which words the others are refused."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from dbos import WorkflowStatus
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from groundwork.change.approval import NO_APPROVAL, Permit, Requirement, refuse_unapproved
from groundwork.change.codec import fingerprint
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan
from groundwork.change.step import Json
from groundwork.errors import RefusedError
from groundwork.model.window import Window
from groundwork.run.lane_rows import ENDED
from groundwork.run.naming import APPLICATION_VERSION, name_undo, share_of
from groundwork.run.saved import Document, save_permit
from groundwork.store.store import Store
from groundwork.store.tables import PLANS_USED

Stated = Callable[[str], Requirement]  # what the estate asks for of an operation


def nothing_stated(operation: str) -> Requirement:
    """What an estate without approvals asks for."""
    del operation
    return NO_APPROVAL


def admit(operation: Operation[Any], plan: Plan, permit: Permit, stated: Stated, *, now: datetime) -> Json:
    """What the run's record keeps of the permit. Raises RefusedError when an approval is missing, or outside a window.

    An emergency needs neither.
    """
    plan_hash = fingerprint(operation.codec.encode_plan(plan))
    requirement = operation.approvals(plan, stated(plan.operation))
    refuse_unapproved(requirement, permit, plan=plan_hash, operation=plan.operation)
    refuse_closed(plan.window, now, what=plan.operation, emergency=permit.emergency)
    return save_permit(replace(permit, plan=plan_hash))


def refuse_closed(window: Window | None, now: datetime, *, what: str, emergency: str = "") -> None:
    """Raises RefusedError that says when it opens next, unless it is open now, there is none, or in an emergency."""
    if window is None or emergency.strip() or window.is_open(now):
        return
    raise RefusedError(
        f"{what} may begin only in its window, {window.describe()}, which {window.state(now)}",
        hint='wait until then, or where it cannot wait: --emergency "why", which is recorded',
    )


def use_once(tables: Store, plan_id: str, run_id: str, *, exists: Callable[[str], bool]) -> None:
    """Note that the run uses the plan; a run that the ledger does not know did nothing, and gives its plan back.

    Raises RefusedError naming the run that used it.
    """
    with tables.open() as connection:
        user = connection.execute(select(PLANS_USED.c.run).where(PLANS_USED.c.plan == plan_id)).scalar()
    if user is not None and exists(str(user)):
        raise _used(plan_id, str(user))
    with tables.open() as connection:
        connection.execute(PLANS_USED.delete().where(PLANS_USED.c.plan == plan_id, PLANS_USED.c.run == user))
        try:
            connection.execute(PLANS_USED.insert().values(plan=plan_id, run=run_id))
        except IntegrityError:
            raise _used(plan_id, "that began just now") from None


def _used(plan_id: str, run: str) -> RefusedError:
    return RefusedError(
        f"the plan {plan_id} was used already, by run {run}: a plan is carried out once",
        hint="see what that run did with `inv runs.show`, then plan again",
    )


def list_left(
    shares: Iterable[WorkflowStatus], lanes: Iterable[WorkflowStatus], *, worker_sites: frozenset[str]
) -> tuple[str, ...]:
    """The lanes and shares that are not at their end, but for those that a site's worker goes on with."""
    ours = [one.workflow_id for one in shares if one.status not in ENDED and one.queue_name not in worker_sites]
    own = (one.workflow_id for one in lanes if one.status not in ENDED and share_of(one.workflow_id) in ours)
    return (*own, *ours)


def refuse_resume(row: WorkflowStatus) -> None:
    """Raises RefusedError for a run that has ended, was cancelled, or was started by another version of cityops."""
    about: Document = row.attributes or {}
    if row.status in ENDED or "cancel_reason" in about:
        how = "was cancelled" if "cancel_reason" in about else "is at its end"
        raise RefusedError(f"run {row.workflow_id} {how}", hint=_hint_of_ended(row.workflow_id))
    _refuse_other_version(row, "resumed")


def refuse_cancel(row: WorkflowStatus, *, undoes: bool) -> None:
    """Raises RefusedError for a run that has ended, undoes another one, or was started by another version."""
    gone_on_with = "cancel_reason" in (row.attributes or {})  # its undo may have been killed
    if undoes or (row.status in ENDED and not gone_on_with):
        what = "undoes another run; resume it" if undoes and row.status not in ENDED else "has ended"
        raise RefusedError(f"run {row.workflow_id} {what}", hint=_hint_of_ended(row.workflow_id))
    _refuse_other_version(row, "cancelled")


def refuse_undo(row: WorkflowStatus, *, undoes: bool, undo_state: str | None) -> None:
    """Raises RefusedError for a run that has not ended, undoes another, was undone, or was another version's.

    `undo_state` is the engine's word for the run that undoes it, None when there is none.
    """
    run = row.workflow_id
    if "cancel_reason" in (row.attributes or {}):
        hint = f"see `inv runs.show {name_undo(run)}`; if that was cut off, `inv runs.resume` goes on with it"
        raise RefusedError(f"run {run} was cancelled: that took back what it began", hint=hint)
    if row.status not in ENDED:
        hint = f"stop it and take it back with `inv runs.cancel {run} --reason …`"
        raise RefusedError(f"run {run} is not at its end", hint=hint)
    if undoes:
        raise RefusedError(f"run {run} undoes another run", hint="an undo is not undone: plan again what should be")
    if undo_state in ENDED:
        hint = f"see what it took back: `inv runs.show {name_undo(run)}`; plan again what should be otherwise"
        raise RefusedError(f"run {run} was undone by {name_undo(run)}", hint=hint)
    _refuse_other_version(row, "undone")


def _refuse_other_version(row: WorkflowStatus, act: str) -> None:
    """The engine hands a run's work only to its own version; another's would wait for ever."""
    version = row.app_version or "unknown"
    if version != APPLICATION_VERSION:
        raise RefusedError(
            f"run {row.workflow_id} was started by a cityops whose runs are of version {version}, "
            f"and ours are of version {APPLICATION_VERSION}: it cannot be {act} here",
            hint="do it from a checkout of that version (groundwork/run/naming.py names it); "
            "or leave the run as it is, see what it did with `inv runs.show`, and plan again",
        )


def _hint_of_ended(run_id: str) -> str:
    undo = f"`inv runs.undo {run_id} --reason …`"
    return f"see `inv runs.show {run_id}`; plan again for a new run, or take back what it did with {undo}"
