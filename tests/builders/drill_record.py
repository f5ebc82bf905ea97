"""The record of a drill that passed, as the ledger would give it."""

from datetime import timedelta
from typing import cast

from pydantic import TypeAdapter

from dr_drills.evidence import IsolationSeen, ServiceSeen, Survey, WatchSeen
from groundwork.change.outcome import Failure
from groundwork.change.step import Json
from groundwork.model.drill import DrillOutcome, ServiceRecovery
from groundwork.run.record import RunRecord, StageRecord, StepRecord
from tests.builders.drill_values import ISOLATION, LOST_AT, WATCH, survey

SEEN = ServiceSeen(
    service="pass",
    green_at=LOST_AT + timedelta(seconds=40),
    data_from=LOST_AT - timedelta(minutes=5),
    results=(
        ("http pass-web-1", True, "200: <p>record | 42</p>"),
        ("data age, command pass-db-1", True, "data of 2026-11-21T09:55:00+00:00"),
    ),
)


_BAD: Json = {
    "machine": "pass-db-1",
    "point": "alpha/pass-db-1@2026-11-21T09:58:00+00:00",
    "reason": "damaged | disk-0",
}


def record(*, leftovers: tuple[str, ...] = (), failure: Failure | None = None, watch: WatchSeen = WATCH) -> RunRecord:
    """A drill of 90 seconds that recovered `pass` in 40 seconds with 5 minutes of data lost."""
    outcome = DrillOutcome(
        scenario="alpha-lost",
        result="failed" if leftovers or failure or not watch.clean else "passed",
        lost_at=LOST_AT,
        ended_at=LOST_AT + timedelta(seconds=90),
        recoveries=(
            ServiceRecovery(
                service="pass",
                rto=timedelta(seconds=40),
                rto_objective=timedelta(hours=1),
                rpo=timedelta(minutes=5),
                rpo_objective=timedelta(minutes=30),
            ),
        ),
        isolated=watch.clean,
        leftovers=leftovers,
    )
    steps = _steps(leftovers, failure, watch)
    return RunRecord(
        id="20261121-100000-drill-0a1b",
        operation="drill.run",
        city="testville",
        title="drill",
        reason="quarterly | drill",
        started_by="duty@ops-01",
        status="succeeded",
        started=LOST_AT.isoformat(),
        ended=(LOST_AT + timedelta(seconds=90)).isoformat(),
        exit_code=0,
        summary=cast("dict[str, Json]", TypeAdapter(DrillOutcome).dump_python(outcome, mode="json")),
        stages=(StageRecord(number=1, title="drill", planned=len(steps), steps=steps),),
    )


def _steps(leftovers: tuple[str, ...], failure: Failure | None, watch: WatchSeen) -> tuple[StepRecord, ...]:
    return (
        _step("drill.check-readiness", "gamma/site/gamma", -2, 0, {"machines": 2, "points": 2, "passed_over": 0}),
        _step("drill.record-loss", "alpha/site/alpha", 0, 0.01, LOST_AT.isoformat()),
        _step("drill.lose-site", "alpha/site/alpha", 0.01, 2, None),
        _step("drill.survey", "gamma/site/gamma", 2, 5, _json(Survey, survey())),
        _step("drill.prove-isolation", "gamma/network/drill-0a1b", 5, 6, _json(IsolationSeen, ISOLATION)),
        *(
            _step(
                "drill.restore-machine",
                f"gamma/machine/drill-0a1b-{one.machine}",
                6 + 7 * number,
                13 + 7 * number,
                {"point": one.key, "passed_over": [_BAD] if one.machine == "pass-db-1" else []},
            )
            for number, one in enumerate(reversed(survey().points))
        ),
        _step("drill.await-service", "gamma/service/pass", 20, 40, _json(ServiceSeen, SEEN)),
        _step("drill.end-watch", "gamma/network/drill-0a1b", 60, 60, _json(WatchSeen, watch)),
        _step("drill.prove-clean", "gamma/site/gamma", 60, 61, {"leftovers": list(leftovers)}),
        _step("drill.heal-site", "alpha/site/alpha", 80, 90, {"stayed_lost": True}, failure),
    )


def _json(kind: type[object], value: object) -> Json:
    return cast("Json", TypeAdapter(kind).dump_python(value, mode="json"))


def _step(kind: str, target: str, start: float, end: float, result: Json, failure: Failure | None = None) -> StepRecord:
    return StepRecord(
        site="gamma",
        kind=kind,
        target=target,
        description=kind,
        started=(LOST_AT + timedelta(seconds=start)).isoformat(),
        ended=(LOST_AT + timedelta(seconds=end)).isoformat(),
        result=result,
        failure=failure,
    )
