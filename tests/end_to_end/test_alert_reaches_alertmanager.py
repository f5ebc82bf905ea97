"""A missed recovery objective reaches the lab's Alertmanager: exporter, Prometheus, rule, Alertmanager."""

import json
import sys
import urllib.request
from typing import Any

from commands.checkout import ROOT
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.namespace import entering
from tests.builders.standing_lab import StandingLab

LISTEN = "10.99.0.2:9464"
PATIENCE_SECONDS = 180.0
EXPORTER = """
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from pydantic import TypeAdapter
from exporters.board import reading
from commands.wiring.products import sources
from exporters.city import Origin
from exporters.serve import serve
from groundwork.estate.load import load_estate
from groundwork.model.drill import DrillOutcome, ServiceRecovery
from groundwork.run.record import RunRecord
from groundwork.shell.clock import SystemClock

inventory, city, scenario, listen = sys.argv[1:]
estate = load_estate(Path(inventory), city)
now = SystemClock().now()
recoveries = tuple(
    ServiceRecovery(service=name, rto=timedelta(days=9), rto_objective=estate.services[name].rto,
                    rpo=timedelta(0), rpo_objective=estate.services[name].rpo)
    for name in estate.drills[scenario].services
)
outcome = DrillOutcome(scenario=scenario, result="failed", lost_at=now - timedelta(days=9), ended_at=now,
                       recoveries=recoveries, isolated=True, leftovers=())
record = RunRecord(id="20261121-101500-drill-0a1b", operation="drill.run", city=city, title="", reason="",
                   status="failed", started=now.isoformat(), ended=now.isoformat(), exit_code=6,
                   summary=TypeAdapter(DrillOutcome).dump_python(outcome, mode="json"))

class Missed:
    def identity(self):
        return "of a test"

    def iterate_runs(self, *, operation, since):
        return iter([record] if operation == "drill.run" else [])

    def read_run(self, run_id):
        return record

origin = Origin(city=city, estate=lambda: estate, open_ledger=lambda: nullcontext(Missed()))
with reading(sources(origin), clock=SystemClock()) as board:
    serve(board, city=city, listen=listen, stop=Event(), say=print)
"""


def alerts(lab: StandingLab) -> list[dict[str, Any]]:
    """What the Alertmanager holds."""
    address = lab.parts.estate.hosts["monitoring-01"].address

    def ask() -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"http://{address}:9093/api/v2/alerts", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    return lab.inside(ask)


def test_a_missed_objective_reaches_the_alertmanager_in_both_languages(configured: StandingLab) -> None:
    estate = configured.parts.estate
    scenario = next(iter(estate.drills.values()))
    given = [str(ROOT / "inventory"), estate.city, scenario.name, LISTEN]
    argv = [*entering(configured.parts.layout.control), sys.executable, "-c", EXPORTER, *given]
    clock = SystemClock()

    with LocalCommands().start(argv, environment={"PYTHONPATH": str(ROOT)}):
        deadline = clock.monotonic() + PATIENCE_SECONDS
        found: list[dict[str, Any]] = []
        while not found and clock.monotonic() < deadline:
            clock.sleep(2)
            found = [one for one in alerts(configured) if one["labels"]["alertname"] == "DrillObjectiveMissed"]

    assert {one["labels"]["service"] for one in found} == set(scenario.services)
    first = found[0]
    assert first["labels"]["city"] == estate.city
    assert first["labels"]["site"] == scenario.recovery_site
    assert first["labels"]["severity"] == "page"
    assert "未達復原目標" in first["annotations"]["summary_zh"]
    assert "missed its recovery objective" in first["annotations"]["summary_en"]
    assert [one["name"] for one in first["receivers"]] == ["duty"]
