"""Drills: rehearse a disaster for real, in a bubble, and hand its report to the auditor."""

from typing import TYPE_CHECKING

from invoke import Context, task

from commands.conduct import conduct
from commands.context import (
    CITY_HELP,
    EMERGENCY_HELP,
    JSON_HELP,
    LIVE_HELP,
    ONLY_HELP,
    OUT_HELP,
    PLAN_HELP,
    REASON_HELP,
    SETTINGS_HELP,
    CommandContext,
    answer,
)
from commands.evidence import DRILL, evidence_folder, write_drill_report
from commands.options import names_in
from groundwork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from groundwork.model.drill import DrillScenario
    from groundwork.run.record import RunRecord


@task(
    positional=["scenario"],
    help={
        "scenario": "the scenario's name, as drill.list shows it",
        "only": ONLY_HELP,
        "live": LIVE_HELP,
        "reason": REASON_HELP,
        "settings": SETTINGS_HELP,
        "city": CITY_HELP,
        "json": JSON_HELP,
        "out": OUT_HELP,
        "plan": PLAN_HELP,
        "emergency": EMERGENCY_HELP,
    },
)
def run(
    _context: Context,
    scenario: str,
    *,
    only: str = "",
    live: bool = False,
    reason: str = "",
    settings: str = "",
    city: str = "",
    json: bool = False,
    out: str = "",
    plan: str = "",
    emergency: str = "",
) -> None:
    """Lose a site, bring services back in a bubble from another site's own copy, measure, prove the clean-up.

    Without --live the first stage is shown; the later ones are decided on what the surviving site then holds.
    Ends with 0 only if every objective was met and nothing was left behind, else with 6.

    --only selects services of the scenario, by themselves or by their machines; what they depend on comes back too, and
    such a drill does not count as the scenario's.

    Example: inv drill.run central-lost --only payment
    Example: inv drill.run central-lost --live --reason "fourth quarter"
    """
    from dr_drills.proposal import DrillRequest

    context = CommandContext(settings=settings, city=city)
    request = DrillRequest(scenario=scenario, only=tuple(names_in(only)))
    conduct(
        context, DRILL, request, live=live, reason=reason, as_json=json, out=out, plan_file=plan, emergency=emergency
    )


@task(name="list", help={"settings": SETTINGS_HELP, "city": CITY_HELP, "json": JSON_HELP})
def list_drills(_context: Context, *, settings: str = "", city: str = "", json: bool = False) -> None:
    """List the drill scenarios of the estate.

    Example: inv drill.list
    """
    from groundwork.model.drill import DrillScenario

    scenarios = tuple(CommandContext(settings=settings, city=city).estate_without_settings.drills.values())

    from pydantic import TypeAdapter

    document = TypeAdapter(tuple[DrillScenario, ...]).dump_python(scenarios, mode="json")
    answer(document, lambda: _scenarios_table(scenarios), as_json=json)


@task(
    optional=["run"],
    help={
        "run": "the drill's run (default: the newest that ended)",
        "out": "the folder to write into (default: the run's folder of evidence)",
        "settings": SETTINGS_HELP,
        "city": CITY_HELP,
        "json": JSON_HELP,
    },
)
def report(
    _context: Context, *, run: str = "", out: str = "", settings: str = "", city: str = "", json: bool = False
) -> None:
    """Write a drill's report from its record: Markdown and HTML in Chinese and English, and JSON.

    Example: inv drill.report
    Example: inv drill.report --run 20261121-101500-drill-3f2a --out /srv/audit
    """
    from pathlib import Path

    context = CommandContext(settings=settings, city=city)
    record = _read(context, run)
    files = write_drill_report(record, Path(out) if out else evidence_folder(context.settings.state, record))
    answer({"run": record.id, "files": [str(file) for file in files]}, lambda: "\n".join(map(str, files)), as_json=json)


def _scenarios_table(scenarios: "Iterable[DrillScenario]") -> "RenderableType":
    """The scenarios a line each; only the services' column is broken where the line has no room left."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("drill", "lost", "recovered at", "loss", "every", "services"):
        table.add_column(column, no_wrap=column not in ("services", "recovered at"))
    for one in scenarios:
        table.add_row(
            one.name, one.lost_site, one.recovery_site, one.loss, f"{one.every.days} d", ", ".join(one.services)
        )
    return table


def _read(context: CommandContext, run: str) -> "RunRecord":
    with context.open_ledger() as ledger:
        if run:
            return ledger.read_run(run)
        ended = [one for one in ledger.list_runs(operation=DRILL) if one.summary and not one.undo_of]
        if not ended:
            raise UsageError("no drill has ended yet", hint="run one: inv drill.run NAME --live --reason …")
        return ledger.read_run(ended[0].id)
