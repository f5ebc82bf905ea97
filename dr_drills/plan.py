"""Deciding a drill stage by stage: lose and survey, isolate, recover, clean up; and what it all showed."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import cast

from pydantic import TypeAdapter

from dr_drills.model import (
    AttachProber,
    AwaitService,
    CreateBubble,
    DestroyMachine,
    DetachProber,
    DrillStep,
    HealSite,
    LoseSite,
    ProveClean,
    ProveIsolation,
    RecordLoss,
    RemoveBubble,
    RestoreMachine,
    ServiceSeen,
    StartMachine,
    Survey,
    SurveySurvivor,
)
from groundwork.change.graph import levels
from groundwork.change.operation import History
from groundwork.change.outcome import Conclusion, StepOutcome
from groundwork.change.plan import Plan, Share, Track, Wave, single_wave
from groundwork.change.step import Json, Step
from groundwork.errors import UsageError, VerificationError
from groundwork.estate.estate import Estate
from groundwork.model.drill import DrillOutcome, DrillScenario, ServiceRecovery
from groundwork.model.machine import Machine

OPERATION = "drill.run"
_PATIENCE_SECONDS = 600  # how long a service is looked at after its machines are on before it counts as not recovered
_SURVEY = TypeAdapter(Survey)
_SEEN = TypeAdapter(ServiceSeen)
_OUTCOME = TypeAdapter(DrillOutcome)


def select_services(estate: Estate, scenario: DrillScenario, only: Iterable[str]) -> tuple[str, ...]:
    """The scenario's services that one of the words selects, in its order; none without a word.

    A word is the name of a service, or of a machine or an agency of one. Raises UsageError for one that is not.
    """
    selects = {
        service: {service, estate.service(service).agency}.union(
            *((machine.name, machine.agency) for machine in estate.machines_of(service))
        )
        for service in scenario.services
    }
    words = tuple(only)
    for word in words:
        if not any(word in selecting for selecting in selects.values()):
            raise UsageError(
                f"{word!r} is no service of the drill {scenario.name}, and no machine or agency of one",
                hint=f"its services are {', '.join(scenario.services)}; those they depend on come back with them",
            )
    return tuple(service for service, selecting in selects.items() if selecting & set(words))


def plan_drill(scenario: DrillScenario, *, city: str, mark: str, basis: str, only: tuple[str, ...] = ()) -> Plan:
    """The first stage: the moment of loss, the loss, and the survey from the surviving side.

    `mark` names everything this drill makes (``drill-<mark>-…``); `basis` is the digest of the estate reviewed; `only`
    restricts the drill to these services of the scenario and those they depend on.
    """
    site = scenario.recovery_site
    return Plan(
        operation=OPERATION,
        city=city,
        title=f"drill {scenario.name}: lose {scenario.lost_site}, recover {', '.join(only) or 'all of it'} at {site}",
        basis=basis,
        locks=(f"site/{scenario.lost_site}", f"site/{site}"),
        waves=(
            _wave("lose", site, RecordLoss(lost_site=scenario.lost_site), LoseSite(lost_site=scenario.lost_site)),
            _wave("survey", site, SurveySurvivor(site=site, scenario=scenario.name, mark=mark, only=only)),
        ),
    )


def advance(history: History) -> Plan | None:
    """The next stage, decided on what was recorded; the clean-up comes whatever happened before it."""
    first = history[0].plan
    last = history[-1]
    if _plans(last.plan, HealSite):
        return None
    survey = survey_of(history)
    if survey is None or not survey.points or last.outcome.failures or _plans(last.plan, RestoreMachine):
        return _plan_clean_up(first, survey)
    if _plans(last.plan, ProveIsolation):
        return _plan_recovery(first, survey)
    return _plan_bubble(first, survey)


def conclude(history: History) -> Conclusion:
    """What the drill showed: a DrillOutcome as summary; exit 0 only if every objective was met and nothing was left."""
    outcome = outcome_of(history)
    summary = cast("dict[str, Json]", _OUTCOME.dump_python(outcome, mode="json"))
    return Conclusion(exit_code=0 if outcome.result == "passed" else VerificationError.exit_code, summary=summary)


def outcome_of(history: History) -> DrillOutcome:
    """Judge a finished drill by its record alone."""
    survey = survey_of(history)
    lost_at = _time_of_loss(history)
    seen = {one.service: one for one in map(_seen, _results(history, AwaitService))}
    recoveries = tuple(
        ServiceRecovery(
            service=service.name,
            rto=_since(lost_at, seen[service.name].green_at) if service.name in seen else None,
            rto_objective=service.rto,
            rpo=_since(seen[service.name].canary, lost_at) if service.name in seen else None,
            rpo_objective=service.rpo,
        )
        for service in (survey.services if survey else ())
    )
    clean = _results(history, ProveClean)
    leftovers = tuple(cast("list[str]", clean[-1].result)) if clean else ("the clean-up was not proven",)
    isolated = bool(_results(history, ProveIsolation))
    failed = any(stage.outcome.failures for stage in history)
    passed = bool(recoveries) and all(one.met for one in recoveries) and isolated and not leftovers and not failed
    return DrillOutcome(
        scenario=_begin(history[0].plan).scenario,
        result="passed" if passed else "failed",
        lost_at=lost_at,
        ended_at=max(datetime.fromisoformat(step.ended) for step in _all_steps(history)),
        recoveries=recoveries,
        isolated=isolated,
        leftovers=leftovers,
        only=_begin(history[0].plan).only,
    )


def survey_of(history: History) -> Survey | None:
    """The survey the drill recorded, or None when it failed before that."""
    found = _results(history, SurveySurvivor)
    return _SURVEY.validate_python(found[-1].result) if found else None


def recovery_order(machines: tuple[Machine, ...], survey: Survey) -> tuple[tuple[str, ...], ...]:
    """Machines in levels: a web guest after its database, a service's machines after those of services it needs."""
    of_service: dict[str, list[str]] = {}
    for machine in machines:
        of_service.setdefault(machine.service, []).append(machine.name)
    needed_services = {service.name: service.depends_on for service in survey.services}
    needs = {
        machine.name: [
            *([machine.database] if machine.database else []),
            *(name for service in needed_services.get(machine.service, ()) for name in of_service.get(service, ())),
        ]
        for machine in machines
    }
    return levels(needs)


def _plan_bubble(first: Plan, survey: Survey) -> Plan:
    site = survey.scenario.recovery_site
    bubble = _bubble(first, survey)
    return _next(
        first,
        survey,
        (
            _wave(
                "isolate",
                site,
                CreateBubble(site=site, network=bubble.network),
                bubble,
                ProveIsolation(site=site, bubble=bubble, doors=survey.doors),
            ),
        ),
    )


def _plan_recovery(first: Plan, survey: Survey) -> Plan:
    site = survey.scenario.recovery_site
    bubble = _bubble(first, survey)
    points = {point.machine: point for point in survey.points}
    agencies = {machine.name: machine.agency for machine in survey.machines}
    waves: list[Wave] = []
    for number, names in enumerate(recovery_order(survey.machines, survey), start=1):
        tracks = tuple(
            Track(
                name=name,
                steps=(
                    RestoreMachine(
                        site=site,
                        name=_name(first, name),
                        folder=agencies[name],
                        network=bubble.network,
                        point=points[name],
                    ),
                    StartMachine(site=site, name=_name(first, name)),
                ),
            )
            for name in names
            if name in points
        )
        waves.extend(single_wave(f"restore {number}", {site: list(tracks)}))
    waves.extend(single_wave("probe", {site: list(_service_tracks(survey, bubble))}))
    return _next(first, survey, tuple(waves), failure_budget=len(survey.machines) + len(survey.services))


def _service_tracks(survey: Survey, bubble: AttachProber) -> tuple[Track, ...]:
    order = [
        name for level in levels({service.name: service.depends_on for service in survey.services}) for name in level
    ]
    by_name = {service.name: service for service in survey.services}
    recovered = {point.machine for point in survey.points}
    needed = {service.name: {probe.machine for probe in service.probes} for service in survey.services}
    for machine in survey.machines:
        needed[machine.service].add(machine.name)
    addresses = tuple((machine.name, machine.address) for machine in survey.machines)
    return tuple(
        Track(
            name=name,
            steps=(
                AwaitService(
                    site=survey.scenario.recovery_site,
                    bubble=bubble,
                    service=by_name[name],
                    addresses=addresses,
                    patience_seconds=_PATIENCE_SECONDS,
                ),
            ),
        )
        for name in order
        if needed[name] <= recovered
    )


def _plan_clean_up(first: Plan, survey: Survey | None) -> Plan:
    lost_site = next(step for *_, step in first.steps() if isinstance(step, LoseSite)).lost_site
    site = _begin(first).site
    heal = _wave("heal", site, HealSite(lost_site=lost_site))
    if survey is None:
        return _next(first, survey, (heal,))
    bubble = _bubble(first, survey)
    destroy = tuple(
        Track(name=machine.name, steps=(DestroyMachine(site=site, name=_name(first, machine.name)),))
        for machine in survey.machines
    )
    return _next(
        first,
        survey,
        (
            Wave(name="destroy", shares=(Share(site=site, tracks=destroy),)),
            Wave(name="detach", shares=(Share(site=site, tracks=_detach_tracks(site, bubble)),)),
            _wave("prove clean", site, ProveClean(site=site, before=survey.before)),
            heal,
        ),
        failure_budget=len(survey.machines) + 4,
    )


def _detach_tracks(site: str, bubble: AttachProber) -> tuple[Track, ...]:
    return (
        Track(name=bubble.name, steps=(DetachProber(site=site, name=bubble.name),)),
        Track(name=bubble.network, steps=(RemoveBubble(site=site, network=bubble.network),)),
    )


def _next(first: Plan, survey: Survey | None, waves: tuple[Wave, ...], *, failure_budget: int = 0) -> Plan:
    return Plan(
        operation=first.operation,
        city=first.city,
        title=first.title,
        basis=survey.estate_digest if survey else first.basis,
        locks=first.locks,
        waves=waves,
        failure_budget=failure_budget,
    )


def _bubble(first: Plan, survey: Survey) -> AttachProber:
    mark = _begin(first).mark
    site = survey.scenario.recovery_site
    return AttachProber(site=site, network=f"drill-{mark}", name=f"p{mark}", gateways=survey.gateways)


def _begin(first: Plan) -> SurveySurvivor:
    return next(step for *_, step in first.steps() if isinstance(step, SurveySurvivor))


def _name(first: Plan, machine: str) -> str:
    return f"drill-{_begin(first).mark}-{machine}"


def _wave(name: str, site: str, *steps: Step) -> Wave:
    return Wave(name=name, shares=(Share(site=site, tracks=(Track(name=name, steps=steps),)),))


def _plans(plan: Plan, kind: type[Step]) -> bool:
    return any(isinstance(step, kind) for *_, step in plan.steps())


def _results(history: History, kind: type[DrillStep]) -> tuple[StepOutcome, ...]:
    name = next(str(field.default) for field in fields(kind) if field.name == "kind")
    return tuple(found for stage in history for found in stage.outcome.results(name))


def _all_steps(history: History) -> tuple[StepOutcome, ...]:
    return tuple(step for stage in history for track in stage.outcome.tracks for step in track.steps)


def _time_of_loss(history: History) -> datetime:
    """The recorded moment; where even that failed, and nothing was cut, the drill's beginning."""
    recorded = _results(history, RecordLoss)
    return datetime.fromisoformat(str(recorded[0].result) if recorded else _all_steps(history)[0].started)


def _seen(step: StepOutcome) -> ServiceSeen:
    return _SEEN.validate_python(step.result)


def _since(earlier: datetime | None, later: datetime | None) -> timedelta | None:
    return later - earlier if earlier and later else None
