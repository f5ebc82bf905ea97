"""Runs as a person and a pipeline see them: tables of 80 columns, what went wrong first, and JSON documents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import TYPE_CHECKING

from commands.context import as_document

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from groundwork.change.step import Json
    from groundwork.run.failures import Cause
    from groundwork.run.record import RunRecord, StepRecord

_STYLES = {"succeeded": "green", "failed": "red", "running": "cyan", "interrupted": "yellow", "cancelled": "magenta"}
_TOLD_APART = {"failed", "failure", "unread", "not_begun"}  # of a summary: what went wrong has lines of its own
_MOST_STEPS = 40  # a run of more is summed up, unless every step is asked for
_SHOWN = 8  # names in one line
_MINUTE = 60
_HOUR = 3600
_WIDTH = 78


def record_document(record: "RunRecord") -> "Json":
    """One run as JSON."""
    return as_document(record)


def runs_table(records: "Iterable[RunRecord]") -> "RenderableType":
    """Many runs, a line each; a run's id begins with its moment, in UTC."""
    from rich.table import Table
    from rich.text import Text

    shown = list(records)
    table = Table(box=None, pad_edge=False, expand=True)  # the reason alone has what room is left
    for name in ("run (began, UTC)", "operation", "status"):
        table.add_column(name, no_wrap=True)
    table.add_column("reason", no_wrap=True, overflow="ellipsis", ratio=1)
    for one in shown:
        table.add_row(one.id, one.operation, Text(one.status, _STYLES[one.status]), Text(one.reason))
    return table if shown else "no runs"


def run_table(record: "RunRecord", *, every_step: bool = False) -> "RenderableType":
    """One run: how it ended, what went wrong once for each cause, what was never begun, and its steps."""
    from rich.console import Group
    from rich.text import Text

    steps = [step for stage in record.stages for step in stage.steps]
    summed_up = len(steps) > _MOST_STEPS and not every_step
    more = f"{len(steps)} steps; each of them: inv runs.show {record.id} --steps"
    return Group(
        _headline(record),
        *(Text(line) for line in _facts(record)),
        *_wrong(record, steps),
        *(Text(line) for line in _left_out(record)),
        Text(),
        _sums_table(record) if summed_up else _steps_table(record),
        *([Text(more)] if summed_up else []),
    )


def took(started: str, ended: str | None) -> str:
    """A time span as a person reads it."""
    if ended is None:
        return "—"
    seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
    return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"


def _headline(record: "RunRecord") -> "Text":
    from rich.text import Text

    code = f" (exit code {record.exit_code})" if record.exit_code else ""
    return Text.assemble((record.id, "bold"), "  ", (f"{record.status}{code}", _STYLES[record.status]))


def _facts(record: "RunRecord") -> Iterator[str]:
    from groundwork.run.naming import APPLICATION_VERSION

    yield _wrapped(record.title)
    yield _wrapped(f"reason: {record.reason}")
    for one in record.permit.approvals:
        yield _wrapped(f"approved by {one.signer} ({', '.join(one.roles)}) until {one.until}")
    if record.permit.emergency:
        yield _wrapped(f"without waiting, as an emergency: {record.permit.emergency}")
    by = f", started by {record.started_by}" if record.started_by else ""
    lasted = f", took {took(record.started, record.ended)}" if record.ended else ""
    yield f"{record.operation} of {record.city}{by}"
    yield f"began {_moment(record.started)} UTC{lasted}"
    if record.resumed:
        yield f"resumed {_times(len(record.resumed))}, last at {_moment(record.resumed[-1])} UTC"
    if record.undo_of:
        yield f"undoes {record.undo_of}"
    if record.cancel_reason:
        yield _wrapped(f"cancelled: {record.cancel_reason}")
    if record.undone_by:
        yield f"undone by {record.undone_by}"
    if summary := _summary(record.summary):
        yield _wrapped(f"summary: {summary}")
    undoes_or_undone = bool(record.undo_of or record.undone_by)
    if record.status == "interrupted" and record.version != APPLICATION_VERSION:
        yield f"begun by version {record.version} of cityops: it can be resumed or cancelled by that alone"
    elif record.status == "interrupted":
        yield f"go on with it:   inv runs.resume {record.id}"
        if not record.undo_of:
            yield f"or take it back: inv runs.cancel {record.id} --reason …"
    elif record.status == "failed" and record.version == APPLICATION_VERSION and not undoes_or_undone:
        yield f"take it back:   inv runs.undo {record.id} --reason …"


def _summary(summary: "Mapping[str, Json]") -> str:
    """What a run came to: its values, and of what is a list or a table how many."""
    shown = {key: value for key, value in summary.items() if key not in _TOLD_APART and value not in (None, "", [], {})}
    values = {key: len(value) if isinstance(value, list | dict) else value for key, value in shown.items()}
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in values.items())


def _wrong(record: "RunRecord", steps: "Sequence[StepRecord]") -> "Iterator[RenderableType]":
    """What went wrong: sources that could not be read, and the causes of what failed; the lines of a reason wrap."""
    from rich.text import Text

    from groundwork.run.failures import list_causes

    unread = record.summary.get("unread")
    lines = [f"{source} could not be read: {why}" for source, why in unread.items()] if isinstance(unread, dict) else []
    failure = record.summary.get("failure")
    if isinstance(failure, dict):  # between two stages, or at the end
        lines.append(f"{failure.get('message')}\n  what to do: {failure.get('hint')}")
    causes = list_causes(steps)
    if lines or causes:
        yield Text("\nwhat went wrong", "bold red")
    for line in lines:
        yield Text(_wrapped(line))
    for cause in causes:
        yield Text(_wrapped(_message_of(cause)))


def _message_of(cause: "Cause") -> str:
    names = list(dict.fromkeys(step.target.rpartition("/")[2] for step in cause.steps))
    where = f"\n  {len(cause.steps)} times: {_some(names)}" if len(cause.steps) > 1 else ""
    first = cause.steps[0]
    doing = f"{first.site}: {first.description}\n  " if len(cause.steps) == 1 else ""
    return f"{doing}{cause.message}{where}\n  what to do: {cause.hint}"


def _left_out(record: "RunRecord") -> Iterator[str]:
    """The tracks that were never begun, by stage, wave and site."""
    whys = {"running": "not begun yet", "interrupted": "not begun", "cancelled": "not begun when it was cancelled"}
    why = whys.get(record.status, "not begun, because too many others failed")
    for stage in record.stages:
        by_share: dict[tuple[str, str], list[str]] = {}
        for one in stage.not_begun:
            by_share.setdefault((one.wave, one.site), []).append(one.track)
        if by_share:
            yield ""
            noun = "track" if len(stage.not_begun) == 1 else "tracks"
            yield f"{why}: {len(stage.not_begun)} {noun} of stage {stage.number}"
        for (wave, site), tracks in by_share.items():
            yield _wrapped(f"  {wave}, {site}: {_some(tracks)}")


def _steps_table(record: "RunRecord") -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in ("", "site", "step", "took"):
        table.add_column(name, no_wrap=name in {"", "took"}, ratio=1 if name == "step" else None)
    for stage in record.stages:
        if len(record.stages) > 1:
            title = f": {stage.title}" if stage.title != record.title else ""
            table.add_row("", "", Text(f"stage {stage.number}{title}", "bold"), "")
        for step in stage.steps:
            again = f" (begun {_times(step.attempts)})" if step.attempts > 1 else ""
            mark = Text("✗", "red") if step.failure else Text("✓", "green")
            table.add_row(mark, step.site, Text(f"{step.description}{again}"), took(step.started, step.ended))
    return table


def _sums_table(record: "RunRecord") -> "RenderableType":
    """Steps of one kind at one site as one line."""
    from rich.table import Table
    from rich.text import Text

    table = Table("stage", "site", "step", "done", "failed", "longest", box=None, pad_edge=False)
    for stage in record.stages:
        alike: dict[tuple[str, str], list[StepRecord]] = {}
        for step in stage.steps:
            alike.setdefault((step.site, step.kind), []).append(step)
        for (site, kind), steps in alike.items():
            failed = sum(step.failure is not None for step in steps)
            longest = max(steps, key=lambda step: _seconds(step.started, step.ended))
            red = Text(str(failed or ""), "red")
            spent = took(longest.started, longest.ended)
            table.add_row(str(stage.number), site, kind, str(len(steps) - failed), red, spent)
    return table


def _some(names: "Sequence[str]") -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _wrapped(text: str) -> str:
    """The text in lines that fit, each of its own lines going on two columns further in."""
    return "\n".join(part for line in text.splitlines() for part in _wrap(line))


def _wrap(line: str) -> list[str]:
    further = " " * (len(line) - len(line.lstrip()) + 2)
    return wrap(line, _WIDTH, subsequent_indent=further, break_on_hyphens=False)


def _moment(iso: str) -> str:
    return iso[:19].replace("T", " ")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _seconds(started: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()
