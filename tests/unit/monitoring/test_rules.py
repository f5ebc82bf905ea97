"""The rules, runbooks and dashboard name only what is there."""

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.wiring.products import sources
from exporters.board import Board
from exporters.city import Origin
from exporters.page import Page, render
from groundwork.run.record import RunRecord
from groundwork.shell.clock import SystemClock
from tests.builders.estate_values import small_estate

ROOT = Path(__file__).parents[3]
METRIC = re.compile(r"\bcityops_[a-z_]+")


class NoRuns:
    """A ledger before the first run."""

    def identity(self) -> str:
        return "empty"

    def iterate_runs(self, *, operation: str, since: datetime | None) -> Iterator[RunRecord]:
        del operation, since
        return iter(())

    def read_run(self, run_id: str) -> RunRecord:
        raise AssertionError(run_id)


def host_metrics() -> set[str]:
    """What a repository host's program writes for its exporter."""
    program = ROOT / "playbooks/roles/repository/files/repository_host/metrics.py"
    return {f"cityops_repository_{name}" for name in re.findall(r'"([a-z]+_[a-z_]+)"', program.read_text())}


def rules() -> Iterator[dict[str, Any]]:
    for path in sorted((ROOT / "monitoring/rules").glob("*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


@pytest.mark.parametrize("rule", list(rules()), ids=lambda rule: str(rule["alert"]))
def test_an_alert_speaks_both_languages_and_has_a_runbook_of_its_name(rule: dict[str, Any]) -> None:
    words = {f"{text}_{language}" for text in ("summary", "description") for language in ("zh", "en")}
    runbook = ROOT / rule["annotations"]["runbook"]

    assert set(rule["annotations"]) == words | {"runbook"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert runbook.read_text(encoding="utf-8").startswith(f"# {rule['alert']}\n")


def test_rules_and_dashboards_ask_only_for_what_is_exported() -> None:
    origin = Origin(city="toytown", estate=small_estate, open_ledger=lambda: nullcontext(NoRuns()))
    page = Page(Board(sources(origin), clock=SystemClock()), city="toytown")
    exported = set(METRIC.findall(render(page))) | host_metrics()
    panels = json.loads((ROOT / "monitoring/dashboards/recovery.json").read_text(encoding="utf-8"))["panels"]
    asked = [str(rule["expr"]) for rule in rules()] + [
        target["expr"] for panel in panels for target in panel["targets"]
    ]

    assert set(METRIC.findall(" ".join(asked))) - exported == set()
