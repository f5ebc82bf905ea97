"""Drills: rehearse a disaster for real, in a bubble, and hand its report to the auditor."""

from typing import TYPE_CHECKING

from commands.command import CHANGE, READ, Asked, command
from commands.conduct import conduct
from commands.context import (
    CommandContext,
    answer,
)
from commands.evidence import DRILL, evidence_folder, write_drill_report
from groundwork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from groundwork.model.drill import DrillScenario
    from groundwork.run.record import RunRecord

_COLUMNS = 80  # of a plain terminal


@command(*CHANGE, "only", help={"scenario": "the scenario's name, as drill.list shows it"})
def run(asked: Asked, scenario: str) -> None:
    """Lose a site, bring services back in a bubble from another site's own copy, measure, prove the clean-up.

    Without --live the first stage is shown; the later ones are decided on what the surviving site then holds.
    Ends with 0 only if every objective was met and nothing was left behind, else with 6.

    --only selects services of the scenario, by themselves or by their machines; what they depend on comes back too, and
    such a drill does not count as the scenario's.

    Example: inv drill.run central-lost --only payment
    Example: inv drill.run central-lost --live --reason "fourth quarter"
    """
    from dr_drills.proposal import DrillRequest

    request = DrillRequest(scenario=scenario, only=asked.names)
    conduct(asked, DRILL, request)


@command(*READ, name="list")
def list_drills(asked: Asked) -> None:
    """List the drill scenarios of the estate.

    Example: inv drill.list
    """
    from groundwork.model.drill import DrillScenario

    scenarios = tuple(asked.context.estate_without_settings.drills.values())

    from pydantic import TypeAdapter

    document = TypeAdapter(tuple[DrillScenario, ...]).dump_python(scenarios, mode="json")
    answer(document, lambda: _scenarios_table(scenarios), as_json=asked.json)


@command(
    *READ,
    help={
        "run": "the drill's run (default: the newest that ended)",
        "out": "the folder to write into (default: the run's folder of evidence)",
    },
    optional=("run",),
)
def report(asked: Asked, *, run: str = "", out: str = "") -> None:
    """Write a drill's report from its record: Markdown and HTML in Chinese and English, and JSON.

    Example: inv drill.report
    Example: inv drill.report --run 20261121-101500-drill-3f2a --out /srv/audit
    """
    from pathlib import Path

    context = asked.context
    record = _read(context, run)
    files = write_drill_report(record, Path(out) if out else evidence_folder(context.settings.state, record))
    answer(
        {"run": record.id, "files": [str(file) for file in files]},
        lambda: "\n".join(map(str, files)),
        as_json=asked.json,
    )


def _scenarios_table(scenarios: "Iterable[DrillScenario]") -> "RenderableType":
    """The scenarios a line each, broken between services; one below the other where the names are too long for that."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    head = ("drill", "lost", "recovered at", "loss", "every", "services")
    rows = [
        (one.name, one.lost_site, one.recovery_site, one.loss, f"{one.every.days} d", ", ".join(one.services))
        for one in scenarios
    ]
    widths = [
        max(len(word) for cell in column for word in cell.split(", ")) for column in zip(head, *rows, strict=True)
    ]
    if sum(widths) + 2 * (len(widths) - 1) > _COLUMNS:
        below = [
            Padding(Text("\n".join(map(" ".join, zip(head[1:], row[1:], strict=True)))), (0, 0, 0, 4)) for row in rows
        ]
        return Group(*(part for row, rest in zip(rows, below, strict=True) for part in (Text(row[0]), rest)))
    table = Table(box=None, pad_edge=False)
    for column in head:
        table.add_column(column, no_wrap=column != "services")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _read(context: CommandContext, run: str) -> "RunRecord":
    with context.open_ledger() as ledger:
        if run:
            return ledger.read_run(run)
        ended = [one for one in ledger.list_runs(operation=DRILL) if one.summary and not one.undo_of]
        if not ended:
            raise UsageError("no drill has ended yet", hint="run one: inv drill.run NAME --live --reason …")
        return ledger.read_run(ended[0].id)
