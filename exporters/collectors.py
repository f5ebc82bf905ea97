"""What Prometheus reads: one pure function a reading, from frozen values to metric families.

What was never seen is there too: a timestamp of 0, a measure of NaN, a success of 0.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric

from exporters.readings import HopReading, MachineBackup, ScenarioReading, ServiceObjectives
from groundwork.model.drill import DrillOutcome, ServiceRecovery

# On every series: the city, and the site where what is measured stands; then the agency, where it belongs to one.
_SERVICE = ("city", "site", "agency", "scenario", "service")
_SCENARIO = ("city", "site", "scenario")
_MACHINE = ("city", "site", "agency", "machine")
_HOP = ("city", "site", "sender", "receiver")


def collect_drills(city: str, scenarios: Sequence[ScenarioReading]) -> Iterator[Metric]:
    """The last drill of each scenario: what was measured, against which objectives, when, and what it left behind.

    Their site is the one of recovery.
    """
    rto = _gauge("drill_rto_seconds", "From the loss to the last probe green, in the last drill; NaN: never.", _SERVICE)
    rto_goal = _gauge("drill_rto_objective_seconds", "The longest the service may take to come back.", _SERVICE)
    rpo = _gauge("drill_rpo_seconds", "Data lost, in the last drill; NaN: never measured.", _SERVICE)
    rpo_goal = _gauge("drill_rpo_objective_seconds", "The most data that the service may lose.", _SERVICE)
    success = _gauge("drill_success", "1 when the service met its objectives, cut off from production.", _SERVICE)
    last = _gauge("drill_last_timestamp_seconds", "When the last drill ended; 0: never.", _SCENARIO)
    passed = _gauge("drill_last_success_timestamp_seconds", "When a drill last passed; 0: never.", _SCENARIO)
    every = _gauge("drill_expected_interval_seconds", "How often the scenario is to be drilled.", _SCENARIO)
    left = _gauge("drill_leftover_objects", "What the last drill left behind; NaN: never drilled.", _SCENARIO)
    for one in scenarios:
        scenario = (city, one.recovery_site, one.scenario)
        for wanted in one.services:
            labels = (city, one.recovery_site, wanted.agency, one.scenario, wanted.service)
            seen = _recovery(one.last, wanted)
            rto.add_metric(labels, _seconds(seen.rto))
            rto_goal.add_metric(labels, seen.rto_objective.total_seconds())
            rpo.add_metric(labels, _seconds(seen.rpo))
            rpo_goal.add_metric(labels, seen.rpo_objective.total_seconds())
            success.add_metric(labels, float(seen.met and one.last is not None and one.last.isolated))
        last.add_metric(scenario, _timestamp(one.last.ended_at if one.last else None))
        passed.add_metric(scenario, _timestamp(one.last_passed))
        every.add_metric(scenario, one.every.total_seconds())
        left.add_metric(scenario, float(len(one.last.leftovers)) if one.last else math.nan)
    yield from (rto, rto_goal, rpo, rpo_goal, success, last, passed, every, left)


def collect_backups(city: str, machines: Sequence[MachineBackup]) -> Iterator[Metric]:
    """The newest restore point of every machine whose policy wants backups."""
    last = _gauge(
        "backup_last_success_timestamp_seconds", "When the newest restore point was taken; 0: never.", _MACHINE
    )
    every = _gauge("backup_expected_interval_seconds", "How often the machine's policy wants one.", _MACHINE)
    for one in machines:
        labels = (city, one.site, one.agency, one.machine)
        last.add_metric(labels, _timestamp(one.last_success))
        every.add_metric(labels, one.every.total_seconds())
    yield from (last, every)


def collect_replication(city: str, hops: Sequence[HopReading]) -> Iterator[Metric]:
    """Each hop of the copies' way from site to site; its site is the receiver, who pulls."""
    last = _gauge("replication_last_success_timestamp_seconds", "When the hop last went well; 0: never.", _HOP)
    refused = _gauge("replication_refused_files", "Files that the newest pull found not to be what they say.", _HOP)
    for one in hops:
        labels = (city, one.receiver, one.sender, one.receiver)
        last.add_metric(labels, _timestamp(one.last_success))
        refused.add_metric(labels, float(one.refused_files))
    yield from (last, refused)


def _gauge(name: str, text: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"cityops_{name}", text, labels=labels)


def _recovery(outcome: DrillOutcome | None, wanted: ServiceObjectives) -> ServiceRecovery:
    """What the last drill measured of the service; nothing, against the estate's objectives, when it measured none."""
    measured = outcome.recoveries if outcome else ()
    unseen = ServiceRecovery(
        service=wanted.service, rto=None, rto_objective=wanted.rto, rpo=None, rpo_objective=wanted.rpo
    )
    return next((one for one in measured if one.service == wanted.service), unseen)


def _seconds(span: timedelta | None) -> float:
    return math.nan if span is None else span.total_seconds()


def _timestamp(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()
