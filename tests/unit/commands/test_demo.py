"""The demo: what it types, what it does with a killed one's runs, and its summary."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

from pydantic import TypeAdapter

from commands.demo import Screen, Stage, render_summary, settle_predecessor, stages
from groundwork.model.drill import DrillOutcome, ServiceRecovery
from tests.builders.drill_values import LOST_AT

HOUR = timedelta(hours=1)
MET = ServiceRecovery(
    service="pass", rto=timedelta(seconds=41.6), rto_objective=HOUR, rpo=timedelta(seconds=300), rpo_objective=HOUR
)
OUTCOME = DrillOutcome(
    scenario="central-lost",
    result="passed",
    lost_at=LOST_AT,
    ended_at=LOST_AT + HOUR,
    recoveries=(MET, ServiceRecovery(service="files", rto=HOUR, rto_objective=HOUR, rpo=HOUR, rpo_objective=HOUR)),
    isolated=True,
    leftovers=(),
)
PAGE = """\
# HELP cityops_drill_success 1 when the service met its objectives, cut off from production.
cityops_drill_success{scenario="central-lost",service="pass"} 1.0
cityops_drill_success{scenario="central-lost",service="files"} 0.0
cityops_drill_success{scenario="other",service="pass"} 1.0
"""


@dataclass
class Typed:
    """A screen that types nothing: `runs` are what the ledger lists, `resumed` how each is after it was resumed."""

    runs: list[dict[str, str]]
    resumed: dict[str, str]
    stages: list[Stage] = field(default_factory=list)

    def ask(self, *arguments: str) -> str:
        if arguments[0] == "runs.list":
            return json.dumps(self.runs)
        return json.dumps({"status": self.resumed[arguments[1]]})

    def run(self, stage: Stage) -> str:
        self.stages.append(stage)
        return ""


def summary(outcome: DrillOutcome) -> list[str]:
    drill = {"summary": TypeAdapter(DrillOutcome).dump_python(outcome, mode="json")}
    answers = {
        "backup.run": json.dumps({"summary": {"points": [{}, {}, {}]}}),
        "backup.replicate": json.dumps({"summary": {"pulls": [{"proven": 4}, {"proven": 5}]}}),
        "exporters.show": PAGE,
    }
    return render_summary(drill, {"files": ["r.json", "r.md"]}, answers, seconds=149.6).splitlines()


def test_the_summary_has_what_was_done_and_measured() -> None:
    assert summary(OUTCOME) == [
        "drill central-lost: passed",
        "services recovered  2 of 2",
        "slowest recovery    3600 s (RTO)",
        "most data lost      3600 s (RPO)",
        "left behind         nothing",
        "copies              3 restore points, 9 files proven on 2 hops",
        "metrics             cityops_drill_success is 1 for 1 of 2 services (`inv exporters.show`)",
        "report              r.md",
        "took                150 s",
        "the lab stays up: `inv lab.status` shows it, `inv lab.down` takes it down",
    ]


def test_a_service_that_never_came_back_is_not_measured() -> None:
    lines = summary(replace(OUTCOME, recoveries=(MET, replace(MET, service="files", rto=None)), leftovers=("a", "b")))
    assert lines[1:5] == [
        "services recovered  1 of 2",
        "slowest recovery    not measured (RTO)",
        "most data lost      300 s (RPO)",
        "left behind         a, b",
    ]
    assert summary(replace(OUTCOME, recoveries=()))[2] == "slowest recovery    not measured (RTO)"


def test_each_command_that_changes_something_is_live_and_has_the_reason() -> None:
    for stage in stages("ticket 7"):
        assert ("--live" in stage.arguments) == (
            stage.arguments[0].split(".")[1] in {"apply", "prepare", "run", "replicate"}
        )
        assert "--live" not in stage.arguments or "ticket 7" in stage.arguments
        assert stage.good == ((0, 6) if stage.arguments[0] == "drill.run" else (0,))


def test_what_a_killed_demo_left_is_resumed_and_cancelled_where_that_does_not_help() -> None:
    runs = [
        {"id": "done", "status": "succeeded"},
        {"id": "goes-on", "status": "interrupted"},
        {"id": "stuck", "status": "interrupted"},
    ]
    screen = Typed(runs, {"goes-on": "succeeded", "stuck": "interrupted"})
    settle_predecessor(cast("Screen", screen))
    assert [stage.arguments[:2] for stage in screen.stages] == [
        ("runs.resume", "goes-on"),
        ("runs.resume", "stuck"),
        ("runs.cancel", "stuck"),
    ]
    assert 7 not in screen.stages[0].good, "one that is interrupted again ends the demo"
    assert screen.stages[2].good == (0, 3), "another version's run stays"
