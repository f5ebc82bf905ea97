"""What is shown of the last drill of a scenario."""

import math
from dataclasses import replace
from datetime import timedelta

from exporters.collectors import collect_drills
from exporters.readings import ScenarioReading, ServiceObjectives
from groundwork.model.drill import DrillOutcome, ServiceRecovery
from tests.builders.drill_values import LOST_AT

HOUR = timedelta(hours=1)
MET = ServiceRecovery(service="pass", rto=HOUR, rto_objective=HOUR, rpo=HOUR, rpo_objective=HOUR)
OUTCOME = DrillOutcome(
    scenario="alpha-lost",
    result="passed",
    lost_at=LOST_AT,
    ended_at=LOST_AT + HOUR,
    recoveries=(replace(MET, service="files", rto=2 * HOUR), MET),
    isolated=True,
    leftovers=(),
)
READING = ScenarioReading(
    scenario="alpha-lost",
    recovery_site="gamma",
    services=tuple(ServiceObjectives(service=name, agency="bureau", rto=HOUR, rpo=HOUR) for name in ("pass", "files")),
    every=91 * timedelta(days=1),
    last=OUTCOME,
    last_passed=None,
)


def shown(name: str, reading: ScenarioReading) -> dict[str, float]:
    """A family of services: each one's value."""
    (family,) = [one for one in collect_drills("toytown", [reading]) if one.name == f"cityops_drill_{name}"]
    return {sample.labels["service"]: sample.value for sample in family.samples}


def test_success_is_of_each_service_that_met_its_objectives_in_isolation() -> None:
    assert shown("success", READING) == {"pass": 1.0, "files": 0.0}
    assert shown("success", replace(READING, last=replace(OUTCOME, isolated=False))) == {"pass": 0.0, "files": 0.0}
    assert shown("success", replace(READING, last=None)) == {"pass": 0.0, "files": 0.0}


def test_each_service_has_its_own_figures() -> None:
    assert shown("rto_seconds", READING) == {"pass": 3600.0, "files": 7200.0}
    one = replace(OUTCOME, recoveries=(replace(MET, rto_objective=2 * HOUR),))
    figures = shown("rto_seconds", replace(READING, last=one))
    assert figures["pass"] == 3600.0
    assert math.isnan(figures["files"]), "it was not measured"
    assert shown("rto_objective_seconds", replace(READING, last=one)) == {"pass": 7200.0, "files": 3600.0}
