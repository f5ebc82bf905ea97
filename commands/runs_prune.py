"""`runs.prune`: old runs leave the ledger, but for those that something rests on."""

from datetime import timedelta
from typing import TYPE_CHECKING

from invoke import Exit

from commands.command import Asked, command
from commands.conduct import CHANGES_EXIT_CODE
from commands.context import answer, say
from groundwork.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from groundwork.change.step import Json
    from groundwork.run.ledger import Ledger
    from groundwork.run.prune import PrunePlan

_LEAST_DAYS = 30  # a younger run may still be asked for: by a resume, by an undo, by an exporter that was away


@command("settings", "json", "live", "reason", help={"days": "runs that ended more than so many days ago"})
def prune(asked: Asked, *, days: int = 365) -> None:
    """Take runs that ended long ago out of the ledger, and give their room back. Rehearses unless --live.

    What is not at its end stays, and so do drills, runs with approvals, the newest and the newest good run of each
    operation, and those that a metric rests on. Reports and approvals on disk are never touched. Killed half-way, it is
    ended by typing it again.

    Example: inv runs.prune --days 730
    Example: inv runs.prune --days 730 --live --reason "yearly"
    """
    if days < _LEAST_DAYS:
        raise UsageError(f"--days {days} is too young to go", hint=f"give {_LEAST_DAYS} or more")
    if asked.live and not asked.reason.strip():
        raise RefusedError("a prune needs a reason", hint='add --reason "why", for the record')
    with asked.context.open_ledger() as ledger:
        plan, half_gone, size = _plan(ledger, days), _half_gone(ledger), ledger.size_bytes()
        if half_gone:
            say(f"a prune was killed: {len(half_gone)} runs more are half gone")
        ids = list(dict.fromkeys([*half_gone, *(one.id for one in plan.going)]))
        if asked.live and ids:
            _remove(ledger, ids, asked.reason)
        document = _document(plan, half_gone, (size, ledger.size_bytes()))
    answer(document, lambda: _table(plan, (size, ledger.size_bytes())), as_json=asked.json)
    if ids and not asked.live:
        say("a rehearsal: nothing was touched; --live --reason … takes them out")
        raise Exit(code=CHANGES_EXIT_CODE)


def _plan(ledger: "Ledger", days: int) -> "PrunePlan":
    from exporters.sources import runs_in_use
    from groundwork.run.prune import PrunePlan, plan_prune
    from groundwork.shell.clock import SystemClock

    before = SystemClock().now() - timedelta(days=days)
    if not ledger.list_runs(limit=1):
        return PrunePlan(before=before)
    return plan_prune(ledger.iterate_runs(), before=before, in_use=runs_in_use(ledger))


def _half_gone(ledger: "Ledger") -> "Sequence[str]":
    return ledger.removal().half_gone() if ledger.list_runs(limit=1) else ()


def _remove(ledger: "Ledger", ids: "Sequence[str]", reason: str) -> None:
    from groundwork.run.redaction import Redactor
    from groundwork.settings.secret import known_secrets
    from groundwork.shell.clock import SystemClock
    from groundwork.shell.login import login

    def report(gone: int) -> None:
        say(f"{gone} of {len(ids)} runs taken out")

    said = Redactor(known_secrets).text(reason)
    ledger.removal().remove(ids, at=SystemClock().now(), by=login(), reason=said, report=report)
    if not ledger.compact():
        say("the ledger is in use: its file keeps its size, and new runs use the room; the next prune gives it back")


def _document(plan: "PrunePlan", half_gone: "Sequence[str]", sizes: tuple[int | None, int | None]) -> "dict[str, Json]":
    return {
        "before": plan.before.isoformat(),
        "runs": [{"id": one.id, "operation": one.operation, "ended": one.ended} for one in plan.going],
        "half_gone": list(half_gone),
        "staying": [
            {"id": one.id, "operation": one.operation, "ended": one.ended, "why": one.kept} for one in plan.staying
        ],
        "ledger_bytes": {"before": sizes[0], "after": sizes[1]},
    }


def _table(plan: "PrunePlan", sizes: tuple[int | None, int | None]) -> "RenderableType":
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table("operation", "runs", "the oldest ended", "the newest ended", box=None, caption_justify="left")
    by_operation: dict[str, list[str]] = {}
    for one in plan.going:
        by_operation.setdefault(one.operation, []).append(one.ended)
    for operation, ended in sorted(by_operation.items()):
        table.add_row(*map(Text, (operation, str(len(ended)), min(ended)[:10], max(ended)[:10])))
    table.caption = f"{len(plan.going)} runs that ended before {plan.before:%Y-%m-%d} go"
    staying = [Text(f"stays: {count}, {why}") for why, count in plan.counted().items()]
    before, after = sizes
    now = f", now {(after or 0) / 2**20:.1f}" if after != before else ""
    size = [Text(f"the ledger: {before / 2**20:.1f} MiB{now}")] if before and after else []
    return Group(table, *staying, *size)
