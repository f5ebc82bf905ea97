"""Runs as a person and a pipeline see them: tables and JSON documents."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from commands.context import as_document

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from groundwork.change.step import Json
    from groundwork.run.record import RunRecord, StepRecord

_STYLES = {"succeeded": "green", "failed": "red", "running": "cyan", "interrupted": "yellow", "cancelled": "magenta"}


def record_document(record: "RunRecord") -> "Json":
    """One run as JSON."""
    return as_document(record)


def runs_table(records: "Iterable[RunRecord]") -> "RenderableType":
    """Many runs, a line each."""
    from rich.table import Table
    from rich.text import Text

    table = Table("run", "operation", "city", "started (UTC)", "took", "status", "reason", box=None)
    for one in records:
        table.add_row(
            one.id,
            one.operation,
            one.city,
            one.started[:19].replace("T", " "),
            _took(one.started, one.ended),
            Text(one.status, _STYLES[one.status]),
            Text(one.reason),
        )
    return table if table.rows else "no runs"


def run_table(record: "RunRecord") -> "RenderableType":
    """One run: how it ended, and its steps with their durations."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    told = [
        f"[bold]{record.id}[/]  {_styled(record.status)}  {_plain(record.title)}",
        f"reason: {_plain(record.reason)}",
        f"started by: {_plain(record.started_by)}",
    ]
    told += [f"undoes {record.undo_of}"] if record.undo_of else []
    told += (
        [f"cancelled ({_plain(record.cancel_reason)}), undone by {record.undone_by}"] if record.cancel_reason else []
    )
    told += [f"resumed {len(record.resumed)} times, last {record.resumed[-1][:19]}"] if record.resumed else []
    if record.status == "interrupted":
        told.append(f"resume with: inv runs.resume {record.id}")
    table = Table("stage", "site", "step", "took", "outcome", box=None)
    for stage in record.stages:
        for step in stage.steps:
            table.add_row(
                str(stage.number), step.site, Text(step.description), _took(step.started, step.ended), _outcome(step)
            )
    if record.summary:
        told.append(f"summary: {_plain(json.dumps(record.summary, ensure_ascii=False))}")
    return Group(*(Text.from_markup(line) for line in told), table)


def _outcome(step: "StepRecord") -> "Text":
    from rich.text import Text

    tried = f" at attempt {step.attempts}" if step.attempts > 1 else ""
    return Text(f"failed{tried}: {step.failure.message}", "red") if step.failure else Text(f"done{tried}", "green")


def _styled(status: str) -> str:
    return f"[{_STYLES[status]}]{status}[/]"


def _plain(text: str | None) -> str:
    from rich.markup import escape

    return escape(text or "")


def _took(started: str, ended: str | None) -> str:
    if ended is None:
        return "—"
    return f"{(datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds():.1f} s"
