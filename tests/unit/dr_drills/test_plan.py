from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import cast, get_args

import pytest
from pydantic import TypeAdapter

from dr_drills.bubble import EndWatch, ProveIsolation
from dr_drills.evidence import IsolationSeen, ServiceSeen, Survey, WatchSeen
from dr_drills.model import (
    AwaitService,
    DrillStep,
    HealSite,
    ProveClean,
    RecordLoss,
    RestoreMachine,
    SurveySurvivor,
)
from dr_drills.plan import advance, conclude, outcome_of, plan_drill, select_services
from groundwork.change.operation import History, Stage
from groundwork.change.outcome import Failure, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Wave
from groundwork.change.step import Json, Step
from groundwork.change.walk import carry_out, walk_share
from groundwork.errors import UsageError
from groundwork.model.service import Probe
from tests.builders.drill_values import ISOLATION, LOST_AT, MARK, SCENARIO, SERVICE, WATCH, machine, point, survey
from tests.builders.estate_values import small_estate

NO = Failure(error="OutsideError", message="no", hint="look", exit_code=5)
TRIPPED = Failure(error="GuardTrippedError", message="alpha answers again", hint="look", exit_code=6)
FIRST = plan_drill(SCENARIO, city="testville", mark=MARK, basis="0" * 64)


class Scripted:
    """A Run whose steps return what the script says for their type; an exception there is a failure."""

    def __init__(self, script: Mapping[type | str, Json | Failure]) -> None:
        self.script = script
        self.performed: list[str] = []

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        return tuple(outcome for share in wave.shares for outcome in walk_share(share, self.perform))

    def perform(self, step: Step) -> StepOutcome:
        self.performed.append(step.describe())
        answer = self.script.get(step.target, self.script.get(type(step)))
        failure = answer if isinstance(answer, Failure) else None
        result = None if isinstance(answer, Failure) else answer
        moment = LOST_AT.isoformat()
        return StepOutcome(
            kind=step.kind, target=step.target, started=moment, ended=moment, result=result, failure=failure
        )


def script(*, found: Survey | None = None, **changed: Json | Failure) -> dict[type | str, Json | Failure]:
    seen = ServiceSeen(
        service="pass",
        green_at=LOST_AT + timedelta(seconds=40),
        data_from=LOST_AT - timedelta(minutes=5),
        results=(("http pass-web-1", True, "200"),),
    )
    answers: dict[type | str, Json | Failure] = {
        RecordLoss: LOST_AT.isoformat(),
        SurveySurvivor: cast("Json", TypeAdapter(Survey).dump_python(found or survey(), mode="json")),
        AwaitService: cast("Json", TypeAdapter(ServiceSeen).dump_python(seen, mode="json")),
        RestoreMachine: {"passed_over": []},
        ProveIsolation: cast("Json", TypeAdapter(IsolationSeen).dump_python(ISOLATION, mode="json")),
        EndWatch: cast("Json", TypeAdapter(WatchSeen).dump_python(WATCH, mode="json")),
        ProveClean: {"leftovers": [], "changed_by_others": []},
        HealSite: {"stayed_lost": True},
    }
    names = {one.__name__: one for one in get_args(DrillStep)}
    return {**answers, **{names[name]: answer for name, answer in changed.items()}}


def drill(answers: Mapping[type | str, Json | Failure], first: Plan = FIRST) -> tuple[History, list[str]]:
    run = Scripted(answers)
    history: list[Stage] = []
    stage: Plan | None = first
    while stage:
        history.append(Stage(plan=stage, outcome=carry_out(stage, run)))
        stage = advance(tuple(history))
    return tuple(history), run.performed


def test_a_drill_loses_surveys_isolates_recovers_in_order_and_cleans_up() -> None:
    history, performed = drill(script())
    assert performed == [
        "see that gamma has all that the drill needs, before anything is cut",
        "record the moment at which alpha is lost",
        "lose alpha: cut it off and stop it",
        "read the estate, the restore points and the before-image from gamma alone",
        "make the bubble network drill-0a1b2c3d at gamma, without any uplink",
        "put prober p0a1b2c3d and its decoy into drill-0a1b2c3d, and begin the watch",
        "prove that drill-0a1b2c3d is isolated from 2 production addresses",
        "give prober p0a1b2c3d the gateways 10.1.1.1/24",
        "restore pass-db-1 of 2026-11-21 09:55:00 UTC as drill-0a1b2c3d-pass-db-1 into drill-0a1b2c3d",
        "power drill-0a1b2c3d-pass-db-1 on",
        "restore pass-web-1 of 2026-11-21 09:55:00 UTC as drill-0a1b2c3d-pass-web-1 into drill-0a1b2c3d",
        "power drill-0a1b2c3d-pass-web-1 on",
        "probe pass from inside drill-0a1b2c3d until it is green (2 probes)",
        "read the whole watch of drill-0a1b2c3d: gaps, and who was heard",
        "destroy drill-0a1b2c3d-pass-web-1 with its disks",
        "destroy drill-0a1b2c3d-pass-db-1 with its disks",
        "take prober p0a1b2c3d and its decoy away",
        "remove the bubble network drill-0a1b2c3d at gamma",
        "prove that nothing of the drill is left at gamma",
        "heal alpha",
    ]
    conclusion = conclude(history)
    assert conclusion.exit_code == 0
    assert conclusion.summary["result"] == "passed"


def test_machines_are_restored_and_services_probed_side_by_side_each_after_what_it_needs() -> None:
    history, _ = drill(script())
    (share,) = history[2].plan.waves[0].shares
    assert share.lanes > 1
    assert dict(share.caps) == {"import": 4}
    assert {track.name: (track.needs, track.uses) for track in share.tracks} == {
        "pass-db-1": ((), ("import",)),
        "pass-web-1": (("pass-db-1",), ("import",)),
        "service pass": (("pass-db-1", "pass-web-1"), ()),
    }


def test_a_service_may_bear_the_name_of_a_machine() -> None:
    alike = replace(survey(), services=(replace(SERVICE, name="pass-web-1"),))
    answers = script(found=replace(alike, machines=tuple(replace(one, service="pass-web-1") for one in alike.machines)))
    history, _ = drill(answers)
    assert not any(stage.outcome.failures for stage in history)


def test_what_an_earlier_version_recorded_of_a_recovery_is_gone_on_with() -> None:
    """It restored in one stage and probed in the next, and named a service's track as the service."""
    history, _ = drill(script())
    plan, outcome = history[2].plan, history[2].outcome
    (share,) = plan.waves[0].shares
    before = replace(share, tracks=tuple(replace(one, needs=(), uses=()) for one in share.tracks[:2]), caps=(), lanes=1)
    restored = Stage(
        plan=replace(plan, waves=(replace(plan.waves[0], shares=(before,)),)),
        outcome=replace(outcome, tracks=outcome.tracks[:2]),
    )
    probing = advance((*history[:2], restored))
    assert probing is not None
    assert [step.describe() for *_, step in probing.steps()] == [
        "probe pass from inside drill-0a1b2c3d until it is green (2 probes)"
    ]
    (probed,) = probing.waves[0].shares
    named = replace(probed, tracks=(replace(probed.tracks[0], name="pass"),))
    last = Stage(
        plan=replace(probing, waves=(replace(probing.waves[0], shares=(named,)),)),
        outcome=replace(outcome, tracks=(replace(outcome.tracks[2], name="pass"),)),
    )
    clean_up = advance((*history[:2], restored, last))
    assert clean_up is not None
    assert clean_up.waves[-1].name == "heal"


def test_rto_counts_from_the_loss_and_rpo_from_the_newest_data() -> None:
    history, _ = drill(script())
    recovery = cast("list[dict[str, Json]]", conclude(history).summary["recoveries"])[0]
    assert recovery["rto"] == "PT40S"
    assert recovery["rpo"] == "PT5M"


def test_the_data_lost_of_a_service_that_does_not_say_how_new_its_data_is_goes_by_the_oldest_point_used() -> None:
    silent = replace(SERVICE, data_age=())
    older = replace(survey().points[0], taken=LOST_AT - timedelta(hours=3))  # there was a newer one to use
    seen = ServiceSeen(service="pass", green_at=LOST_AT, data_from=None, results=())
    answers = script(
        found=replace(survey(), services=(silent,), points=(*survey().points, older)),
        AwaitService=cast("Json", TypeAdapter(ServiceSeen).dump_python(seen, mode="json")),
    )
    used: dict[type | str, Json | Failure] = {
        f"gamma/machine/drill-{MARK}-{one.machine}": {"point": one.key, "passed_over": []} for one in survey().points
    }
    history, _ = drill({**answers, **used})
    recovery = outcome_of(history).recoveries[0]
    assert (recovery.rpo, recovery.rpo_by) == (timedelta(minutes=5), "restore point")


def test_data_of_after_the_loss_proves_nothing() -> None:
    seen = ServiceSeen(service="pass", green_at=LOST_AT, data_from=LOST_AT + timedelta(seconds=1), results=())
    history, _ = drill(script(AwaitService=cast("Json", TypeAdapter(ServiceSeen).dump_python(seen, mode="json"))))
    assert outcome_of(history).recoveries[0].rpo is None


@pytest.mark.parametrize("broken", ["SurveySurvivor", "ProveIsolation"])
def test_the_lost_site_is_healed_whatever_fails(broken: str) -> None:
    history, performed = drill(script(found=None, **{broken: NO}))
    assert performed[-1] == "heal alpha"
    assert not any(line.startswith("restore") for line in performed)
    assert conclude(history).exit_code == 6


def test_a_leftover_fails_the_drill() -> None:
    history, _ = drill(script(ProveClean={"leftovers": ["machines drill-0a1b2c3d-pass-db-1"]}))
    assert conclude(history).summary["result"] == "failed"


def test_what_others_changed_is_kept_and_fails_no_drill() -> None:
    history, _ = drill(script(ProveClean={"leftovers": [], "changed_by_others": ["machines new-01"]}))
    outcome = outcome_of(history)
    assert (outcome.result, outcome.leftovers, outcome.changed_by_others) == ("passed", (), ("machines new-01",))


def test_every_difference_of_a_record_of_before_is_the_drills() -> None:
    assert outcome_of(drill(script(ProveClean=["machines new-01"]))[0]).leftovers == ("machines new-01",)


def test_a_drill_that_cannot_even_record_the_loss_cuts_nothing() -> None:
    history, performed = drill(script(RecordLoss=NO))
    assert performed[-1] == "record the moment at which alpha is lost"
    assert conclude(history).exit_code == 5


def test_a_drill_that_lacks_something_cuts_nothing_and_ends_with_its_code() -> None:
    lacks = Failure(error="ConfigurationError", message="no key", hint="look", exit_code=4)
    history, performed = drill(script(CheckReadiness=lacks))
    assert performed == ["see that gamma has all that the drill needs, before anything is cut"]
    assert conclude(history).exit_code == 4
    assert conclude(history).summary["result"] == "failed"


def test_a_loss_that_failed_half_way_is_healed() -> None:
    _, performed = drill(script(LoseSite=NO))
    assert performed[-2:] == ["lose alpha: cut it off and stop it", "heal alpha"]


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
    with pytest.raises(UsageError, match="'files-01' selects no service of the drill alpha-lost"):
        select_services(estate, estate.drill("alpha-lost"), ["pass", "files-01"])


def test_a_service_of_which_a_machine_has_no_restore_point_is_not_waited_for_and_fails() -> None:
    history, performed = drill(script(found=survey(missing=("pass-db-1",))))
    assert not any(line.startswith("probe") for line in performed)
    assert conclude(history).exit_code == 6


def test_an_objective_missed_fails_the_drill() -> None:
    late = ServiceSeen(service="pass", green_at=LOST_AT + timedelta(hours=2), data_from=LOST_AT, results=())
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


def two_services() -> Survey:
    """`pass` as ever, and `permit`, whose one machine is restored only once `pass` is green."""
    permit = replace(SERVICE, name="permit", depends_on=("pass",), probes=())
    other = replace(machine("permit-1", "10.1.1.12"), service="permit")
    found = survey()
    return replace(
        found,
        services=(permit, SERVICE),
        machines=(*found.machines, other),
        points=(*found.points, point("permit-1", "10.1.1.12")),
    )


def restored(performed: list[str]) -> list[str]:
    return [line.split()[1] for line in performed if line.startswith("restore ")]


def test_a_service_comes_back_after_those_it_depends_on_are_green() -> None:
    history, performed = drill(script(found=two_services()))
    order = [line.split()[1] for line in performed if line.startswith(("restore ", "probe "))]
    assert order == ["pass-db-1", "pass-web-1", "pass", "permit-1", "permit"]
    assert len(history) == 5  # look and lose, isolate, one service after the other, clean up


def test_a_machine_that_cannot_be_restored_stops_its_branch_at_once() -> None:
    answers = script(found=two_services()) | {"gamma/machine/drill-0a1b2c3d-pass-db-1": NO}
    history, performed = drill(answers)
    assert restored(performed) == ["pass-db-1"]
    assert not any(line.startswith("probe") for line in performed)
    assert outcome_of(history).not_probed == (
        ("permit", "it needs pass, which did not come back"),
        ("pass", "pass-db-1 could not be restored: no"),
    )


def test_a_service_that_is_not_green_stops_those_that_depend_on_it_and_no_others() -> None:
    never = ServiceSeen(service="pass", green_at=None, data_from=None, results=())
    answers = script(found=two_services(), AwaitService=_json(never))
    history, performed = drill(answers)
    assert restored(performed) == ["pass-db-1", "pass-web-1"]
    assert outcome_of(history).not_probed == (("permit", "it needs pass, which did not come back"),)
    other = replace(SERVICE, name="permit")
    alone = replace(two_services(), services=(SERVICE, other))
    _, performed = drill(script(found=alone, AwaitService=_json(never)))
    assert restored(performed) == ["pass-db-1", "pass-web-1", "permit-1"]


def test_a_service_whose_probing_broke_is_not_probed_for_ever() -> None:
    history, performed = drill(script(AwaitService=NO))
    assert sum(line.startswith("probe") for line in performed) == 1
    assert outcome_of(history).not_probed == (("pass", "no"),)


def test_a_guard_that_trips_ends_the_recovery_and_the_clean_up_follows() -> None:
    answers = script(found=two_services(), RestoreMachine=TRIPPED)
    history, performed = drill(answers)
    assert len(restored(performed)) == 1
    assert performed[-1] == "heal alpha"
    assert outcome_of(history).result == "failed"


@pytest.mark.parametrize("healed", [{"stayed_lost": False, "seen": "alpha answers again"}, None, NO])
def test_a_drill_whose_site_did_not_stay_lost_fails_though_all_came_back(healed: Json | Failure) -> None:
    history, _ = drill(script(HealSite=healed))
    outcome = outcome_of(history)
    assert [one.met for one in outcome.recoveries] == [True]
    assert (outcome.stayed_lost, outcome.result) == (False, "failed")


def test_an_assumed_loss_cuts_nothing_heals_nothing_and_locks_nothing_of_the_lost_site() -> None:
    scenario = replace(SCENARIO, loss="assumed")
    first = plan_drill(scenario, city="testville", mark=MARK, basis="0" * 64)
    history, performed = drill(script(found=replace(survey(), scenario=scenario)), first)
    assert first.title == "drill alpha-lost: assume the loss of alpha, recover all of it at gamma"
    assert first.locks == ("site/gamma/drill",)
    assert not any(line.startswith(("lose", "heal")) for line in performed)
    assert all(getattr(step, "lost_site", "") in {"", "alpha"} for stage in history for *_, step in stage.plan.steps())
    assert outcome_of(history).result == "passed"


def test_a_cut_locks_the_lost_site_whole_and_where_it_recovers_only_what_drills_make() -> None:
    assert FIRST.locks == ("site/alpha", "site/gamma/drill")


def _json(seen: ServiceSeen) -> Json:
    return cast("Json", TypeAdapter(ServiceSeen).dump_python(seen, mode="json"))


@pytest.mark.parametrize(
    "spoiled",
    [
        replace(WATCH, gaps=("no watch from 10:00:02 to 10:00:12 UTC",)),
        replace(WATCH, sightings=("02:00:00:00:00:66 was heard",)),
        replace(WATCH, wrong=("somebody is attached",)),
        replace(WATCH, beats=0),
    ],
)
def test_a_watch_that_was_not_clean_fails_a_drill_in_which_all_came_back(spoiled: WatchSeen) -> None:
    history, _ = drill(script(EndWatch=cast("Json", TypeAdapter(WatchSeen).dump_python(spoiled, mode="json"))))
    outcome = outcome_of(history)
    assert (outcome.isolated, outcome.result) == (False, "failed")


def test_a_watch_that_could_not_be_read_fails_the_drill() -> None:
    history, performed = drill(script(EndWatch=NO))
    assert outcome_of(history).result == "failed"
    assert performed[-1] == "heal alpha"
