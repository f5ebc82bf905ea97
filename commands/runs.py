"""Runs: what was done, is being done, and stopped half-way."""

from commands.command import Asked, command
from commands.conduct import conclude
from commands.context import answer, say
from commands.run_tables import record_document, run_table, runs_table
from commands.runs_prune import prune
from groundwork.errors import RefusedError, UsageError

__all__ = ["cancel", "list_runs", "prune", "resume", "show", "undo"]  # the namespace's commands

_LEDGER = ("settings", "json")
_ID_HELP = "the run's id, as runs.list shows it"


@command(
    *_LEDGER,
    name="list",
    help={"operation": "only runs of this operation, e.g. backup.run", "limit": "at most so many, the newest first"},
)
def list_runs(asked: Asked, *, operation: str = "", limit: int = 30) -> None:
    """List the runs of this city, the newest first.

    Example: inv runs.list --operation backup.run
    """
    if limit < 1:
        raise UsageError(f"--limit {limit} lists no run", hint="give 1 or more")
    with asked.context.open_ledger() as ledger:
        records = ledger.list_runs(operation=operation or None, limit=limit)
    answer([record_document(one) for one in records], lambda: runs_table(records), as_json=asked.json)


@command(
    *_LEDGER,
    help={"run": _ID_HELP, "steps": "list every step of a long run, instead of its sums by site and kind"},
)
def show(asked: Asked, run: str, *, steps: bool = False) -> None:
    """Show one run: how it ended, what went wrong, what was never begun, and its steps.

    Steps that failed for one cause are one entry; --json has every step with all its words.

    Example: inv runs.show 20261121-101500-backup-3f2a
    """
    with asked.context.open_ledger() as ledger:
        record = ledger.read_run(run)
    answer(record_document(record), lambda: run_table(record, every_step=steps), as_json=asked.json)


@command(*_LEDGER, "emergency", help={"run": _ID_HELP})
def resume(asked: Asked, run: str) -> None:
    """Go on with a run that stopped half-way: what is recorded is not done again.

    Refused (3) while a process is at work on it, when it is at its end, and outside its maintenance window.

    Example: inv runs.resume 20261121-101500-backup-3f2a
    """
    context = asked.context
    with context.open_engine() as engine:
        record = engine.resume(run, say=say, emergency=asked.emergency)
    conclude(context, record, as_json=asked.json)


@command(*_LEDGER, help={"run": _ID_HELP, "reason": "why, for the record"})
def undo(asked: Asked, run: str, *, reason: str = "") -> None:
    """Take back what a run that has ended did, its newest step first, in a second run.

    What a step cannot take back stays as it is. Refused (3) when a later run changed the same things, when the run was
    undone before, and when it left nothing that can be taken back. Typed again after a kill, it goes on.

    Example: inv runs.undo 20261121-101500-machines-3f2a --reason "wrong ticket"
    """
    if not reason.strip():
        raise RefusedError("an undo needs a reason", hint='add --reason "why", for the record')
    context = asked.context
    with context.open_engine() as engine:
        record = engine.undo(run, reason=reason, say=say)
    conclude(context, record, as_json=asked.json)


@command(*_LEDGER, help={"run": _ID_HELP, "reason": "why, for the record"})
def cancel(asked: Asked, run: str, *, reason: str = "") -> None:
    """Stop a run at its next step boundary, then undo what it began, in a second run.

    Example: inv runs.cancel 20261121-101500-backup-3f2a --reason "wrong site"
    """
    if not reason.strip():
        raise RefusedError("a cancel needs a reason", hint='add --reason "why", for the record')
    context = asked.context
    with context.open_engine() as engine:
        record = engine.cancel(run, reason=reason, say=say)
    conclude(context, record, as_json=asked.json)
