from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from pydantic import TypeAdapter

from dr_drills.model import AwaitService, ProveClean, ProveIsolation, RecordLoss, ServiceSeen, Survey, SurveySurvivor
from dr_drills.plan import advance, conclude, outcome_of, plan_drill, select_services
from groundwork.change.operation import History, Stage
from groundwork.change.outcome import Failure, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Wave
from groundwork.change.step import Json, Step
from groundwork.change.walk import carry_out, walk_share
from groundwork.errors import UsageError
from groundwork.model.service import Probe
from tests.builders.drill_values import LOST_AT, MARK, SCENARIO, SERVICE, survey
from tests.builders.estate_values import small_estate

FIRST = plan_drill(SCENARIO, city="testville", mark=MARK, basis="0" * 64)


class Scripted:
    """A Run whose steps return what the script says for their type; an exception there is a failure."""

    def __init__(self, script: Mapping[type, Json | Failure]) -> None:
        self.script = script
        self.performed: list[str] = []

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        return tuple(outcome for share in wave.shares for outcome in walk_share(share, self.perform))

    def perform(self, step: Step) -> StepOutcome:
        self.performed.append(step.describe())
        answer = self.script.get(type(step))
        failure = answer if isinstance(answer, Failure) else None
        result = None if isinstance(answer, Failure) else answer
        moment = LOST_AT.isoformat()
        return StepOutcome(
            kind=step.kind, target=step.target, started=moment, ended=moment, result=result, failure=failure
        )


def script(*, found: Survey | None = None, **changed: Json | Failure) -> dict[type, Json | Failure]:
    seen = ServiceSeen(
        service="pass",
        green_at=LOST_AT + timedelta(seconds=40),
        canary=LOST_AT - timedelta(minutes=5),
        looks=(("http pass-web-1", True, "200"),),
    )
    answers: dict[type, Json | Failure] = {
        RecordLoss: LOST_AT.isoformat(),
        SurveySurvivor: cast("Json", TypeAdapter(Survey).dump_python(found or survey(), mode="json")),
        AwaitService: cast("Json", TypeAdapter(ServiceSeen).dump_python(seen, mode="json")),
        ProveClean: [],
    }
    names = {one.__name__: one for one in (*answers, ProveIsolation)}
    return {**answers, **{names[name]: answer for name, answer in changed.items()}}


def drill(answers: Mapping[type, Json | Failure]) -> tuple[History, list[str]]:
    run = Scripted(answers)
    history: list[Stage] = []
    stage: Plan | None = FIRST
    while stage:
        history.append(Stage(plan=stage, outcome=carry_out(stage, run)))
        stage = advance(tuple(history))
    return tuple(history), run.performed


def test_a_drill_loses_surveys_isolates_recovers_in_order_and_cleans_up() -> None:
    history, performed = drill(script())
    assert performed == [
        "record the moment at which alpha is lost",
        "lose alpha: cut it off and stop it",
        "read the estate, the restore points and the before-image from gamma alone",
        "make the bubble network drill-0a1b2c3d at gamma, without any uplink",
        "put prober p0a1b2c3d into drill-0a1b2c3d, its only leg",
        "prove that drill-0a1b2c3d cannot reach vCenter of gamma",
        "restore pass-db-1 of 2026-11-21 09:55:00 UTC as drill-0a1b2c3d-pass-db-1 into drill-0a1b2c3d",
        "power drill-0a1b2c3d-pass-db-1 on",
        "restore pass-web-1 of 2026-11-21 09:55:00 UTC as drill-0a1b2c3d-pass-web-1 into drill-0a1b2c3d",
        "power drill-0a1b2c3d-pass-web-1 on",
        "probe pass from inside drill-0a1b2c3d until it is green (2 probes)",
        "destroy drill-0a1b2c3d-pass-web-1 with its disks",
        "destroy drill-0a1b2c3d-pass-db-1 with its disks",
        "take prober p0a1b2c3d away",
        "remove the bubble network drill-0a1b2c3d at gamma",
        "prove that gamma stands as before the drill",
        "heal alpha",
    ]
    conclusion = conclude(history)
    assert conclusion.exit_code == 0
    assert conclusion.summary["result"] == "passed"


def test_rto_counts_from_the_loss_and_rpo_from_the_newest_canary() -> None:
    history, _ = drill(script())
    recovery = cast("list[dict[str, Json]]", conclude(history).summary["recoveries"])[0]
    assert recovery["rto"] == "PT40S"
    assert recovery["rpo"] == "PT5M"


@pytest.mark.parametrize("broken", ["SurveySurvivor", "ProveIsolation"])
def test_the_lost_site_is_healed_whatever_fails(broken: str) -> None:
    failure = Failure(error="OutsideError", message="no", hint="look", exit_code=5)
    history, performed = drill(script(found=None, **{broken: failure}))
    assert performed[-1] == "heal alpha"
    assert not any(line.startswith("restore") for line in performed)
    assert conclude(history).exit_code == 6


def test_a_leftover_fails_the_drill() -> None:
    history, _ = drill(script(ProveClean=["machines drill-0a1b2c3d-pass-db-1"]))
    assert conclude(history).summary["result"] == "failed"


def test_a_drill_that_cannot_even_record_the_loss_fails_and_heals() -> None:
    failure = Failure(error="OutsideError", message="no", hint="look", exit_code=5)
    history, performed = drill(script(RecordLoss=failure, SurveySurvivor=failure))
    assert performed[-1] == "heal alpha"
    assert conclude(history).exit_code == 6


def test_a_service_probed_on_a_machine_that_is_not_recovered_is_not_waited_for_and_fails() -> None:
    elsewhere = Probe(machine="pass-web-9", kind="http", port=80)
    service = replace(SERVICE, probes=(*SERVICE.probes, elsewhere))
    history, performed = drill(script(found=replace(survey(), services=(service,))))
    assert not any(line.startswith("probe") for line in performed)
    assert conclude(history).exit_code == 6


def test_a_restricted_drill_says_so_in_its_plan_and_its_outcome() -> None:
    estate = small_estate()
    only = select_services(estate, estate.drill("alpha-lost"), ["pass-db-01"])
    plan = plan_drill(estate.drill("alpha-lost"), city="toytown", mark=MARK, basis="0" * 64, only=only)
    assert only == ("pass",)
    assert plan.title == "drill alpha-lost: lose alpha, recover pass at gamma"
    history = (Stage(plan=plan, outcome=carry_out(plan, Scripted(script()))),)
    assert outcome_of(history).only == ("pass",)


@pytest.mark.parametrize("words", [["pass"], ["bureau"], ["pass-web-01", "pass"]])
def test_a_service_is_selected_by_its_name_its_agency_or_a_machine(words: list[str]) -> None:
    estate = small_estate()
    assert select_services(estate, estate.drill("alpha-lost"), words) == ("pass",)


def test_a_word_that_selects_nothing_of_a_drill_is_refused_by_name() -> None:
    estate = small_estate()
    with pytest.raises(UsageError, match="'files-01' is no service of the drill alpha-lost"):
        select_services(estate, estate.drill("alpha-lost"), ["pass", "files-01"])


def test_a_service_of_which_a_machine_has_no_restore_point_is_not_waited_for_and_fails() -> None:
    history, performed = drill(script(found=survey(missing=("pass-db-1",))))
    assert not any(line.startswith("probe") for line in performed)
    assert conclude(history).exit_code == 6


def test_an_objective_missed_fails_the_drill() -> None:
    late = ServiceSeen(service="pass", green_at=LOST_AT + timedelta(hours=2), canary=LOST_AT, looks=())
    history, _ = drill(script(AwaitService=cast("Json", TypeAdapter(ServiceSeen).dump_python(late, mode="json"))))
    assert conclude(history).exit_code == 6


def test_one_service_that_is_back_does_not_excuse_another_that_is_not() -> None:
    other = replace(SERVICE, name="payment")
    history, _ = drill(script(found=replace(survey(), services=(SERVICE, other))))
    assert [(one.service, one.met) for one in outcome_of(history).recoveries] == [("pass", True), ("payment", False)]
    assert outcome_of(history).result == "failed"


def test_a_drill_whose_isolation_was_not_proven_fails_though_all_came_back() -> None:
    history, _ = drill(script())
    unproven = tuple(
        stage for stage in history if not any(isinstance(step, ProveIsolation) for *_, step in stage.plan.steps())
    )
    outcome = outcome_of(unproven)
    assert [one.met for one in outcome.recoveries] == [True]
    assert (outcome.isolated, outcome.result) == (False, "failed")
