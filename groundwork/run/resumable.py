"""Which runs can be gone on with, and in which words the others are refused."""

from dbos import WorkflowStatus

from groundwork.errors import RefusedError
from groundwork.run.naming import APPLICATION_VERSION, name_undo
from groundwork.run.reading import ENDED
from groundwork.run.saved import Document


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
