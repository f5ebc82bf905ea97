"""Deciding a drill stage by stage: lose and survey, isolate, recover, clean up; and what it all showed."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import chain
from typing import cast

from pydantic import TypeAdapter

from dr_drills.bubble import (
    AttachProber,
    Bubble,
    CreateBubble,
    DetachProber,
    EndWatch,
    ProveIsolation,
    RemoveBubble,
    TakeGateways,
)
from dr_drills.evidence import CleanUpSeen, ServiceSeen, Survey, WatchSeen, read_clean_up
from dr_drills.model import (
    AwaitService,
    CheckReadiness,
    DestroyMachine,
    DrillStep,
    HealSite,
    LoseSite,
    ProveClean,
    RecordLoss,
    RestoreMachine,
    StartMachine,
    SurveySurvivor,
)
from dr_drills.recovery import (
    machines_needed,
    machines_of,
    not_recovered,
    read_progress,
    ready_machines,
    ready_services,
    track_of,
)
from groundwork.change.approval import NO_APPROVAL, Requirement
from groundwork.change.operation import History
from groundwork.change.outcome import Conclusion, StepOutcome
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.step import Json, Step
from groundwork.errors import VerificationError
from groundwork.estate.estate import Estate
from groundwork.estate.selection import Selectable, parse_selection, selectable_machine
from groundwork.model.drill import DrillOutcome, DrillScenario, ServiceRecovery
from groundwork.model.lock_path import drill_lock, site_lock
from groundwork.model.machine import Machine
from groundwork.model.service import Service

OPERATION = "drill.run"
GUARD_TRIPPED = "GuardTrippedError"  # the name under which dr_drills/guard.py's error is recorded
_IMPORT = "import"  # what a machine's restore uses of the hypervisor that the drill's machines lie on
_IMPORTS = 4  # at a time: a hypervisor gives few leases, and they share its disks
_LANES = 8  # so that services are looked at while machines are still restored
_PATIENCE_SECONDS = 600  # how long a service is looked at after its machines are on before it counts as not recovered
_SURVEY = TypeAdapter(Survey)
_OUTCOME = TypeAdapter(DrillOutcome)
_WATCH = TypeAdapter(WatchSeen)


def select_services(estate: Estate, scenario: DrillScenario, only: Iterable[str]) -> tuple[str, ...]:
    """The scenario's services that one of the words selects, in its order; none without a word.

    A service is selected by itself, its agency or tier, or by a machine of its. Raises UsageError for a word that
    selects none.
    """
    words = tuple(only)
    if not words:
        return ()
    things = {name: _selectables(estate, estate.service(name)) for name in scenario.services}
    selection = parse_selection(words, chain(*things.values()), what=f"service of the drill {scenario.name}")
    return tuple(service for service, its in things.items() if any(map(selection.matches, its)))


def _selectables(estate: Estate, service: Service) -> tuple[Selectable, ...]:
    itself = Selectable(kind="service", service=service.name, agency=service.agency, tier=str(service.tier))
    return (itself, *map(selectable_machine, estate.machines_of(service.name)))


def plan_drill(scenario: DrillScenario, *, city: str, mark: str, basis: str, only: tuple[str, ...] = ()) -> Plan:
    """The first stage: the moment of loss, the loss, and the survey from the surviving side.

    `mark` names everything this drill makes (``drill-<mark>-…``); `basis` is the digest of the estate reviewed; `only`
    restricts the drill to these services of the scenario and those they depend on.
    """
    site, lost = scenario.recovery_site, scenario.lost_site
    survey = SurveySurvivor(site=site, scenario=scenario.name, mark=mark, only=only)
    cut = scenario.loss == "cut"
    loss: tuple[Step, ...] = (RecordLoss(lost_site=lost), *((LoseSite(lost_site=lost),) if cut else ()))
    how = "lose" if cut else "assume the loss of"
    return Plan(
        operation=OPERATION,
        city=city,
        title=f"drill {scenario.name}: {how} {lost}, recover {', '.join(only) or 'all of it'} at {site}",
        basis=basis,
        locks=(*((site_lock(lost),) if cut else ()), drill_lock(site)),
        waves=(
            _wave("look ahead", site, CheckReadiness(survey=survey)),
            _wave("lose", site, *loss),
            _wave("survey", site, survey),
        ),
    )


def approvals(plan: Plan, stated: Requirement) -> Requirement:
    """What the estate asks for, of a drill that cuts its site off; one that assumes the loss needs nobody."""
    return stated if _cut_site(plan) else NO_APPROVAL


def advance(history: History) -> Plan | None:
    """The next stage, decided on what was recorded; the clean-up comes whatever happened before it."""
    first, last = history[0].plan, history[-1]
    if _plans(last.plan, ProveClean) or _plans(last.plan, HealSite):
        return None
    survey = survey_of(history)
    stopped = any(failure.error == GUARD_TRIPPED for failure in last.outcome.failures)
    isolated = bool(_results(history, ProveIsolation))
    if survey is None or not survey.points or stopped or (last.outcome.failures and not isolated):
        return _plan_clean_up(first, survey, history)
    if not isolated:
        return _plan_bubble(first, survey)
    return _plan_recovery(first, survey, history) or _plan_clean_up(first, survey, history)


def conclude(history: History) -> Conclusion:
    """What the drill showed: a DrillOutcome as summary; exit 0 only if every objective was met and nothing was left.

    A drill that could not begin ends with the code of what it lacked.
    """
    outcome = outcome_of(history)
    summary = cast("dict[str, Json]", _OUTCOME.dump_python(outcome, mode="json"))
    if outcome.result == "passed":
        return Conclusion(exit_code=0, summary=summary)
    lacked = () if _results(history, RecordLoss) else history[0].outcome.failures
    return Conclusion(exit_code=lacked[0].exit_code if lacked else VerificationError.exit_code, summary=summary)


def outcome_of(history: History) -> DrillOutcome:
    """Judge a finished drill by its record alone."""
    survey = survey_of(history)
    lost_at = _time_of_loss(history)
    progress = read_progress(history)
    seen = progress.seen
    recoveries = (
        tuple(_recovery(service, seen.get(service.name), survey, history) for service in survey.services)
        if survey
        else ()
    )
    clean = _results(history, ProveClean)
    proven = read_clean_up(clean[-1].result) if clean else CleanUpSeen(leftovers=("the clean-up was not proven",))
    isolated = _stayed_isolated(history)
    failed = any(stage.outcome.failures for stage in history)
    stayed_lost = _stayed_lost(history)
    passed = all(
        (recoveries, *(one.met for one in recoveries), isolated, stayed_lost, not proven.leftovers, not failed)
    )
    return DrillOutcome(
        scenario=_begin(history[0].plan).scenario,
        result="passed" if passed else "failed",
        lost_at=lost_at,
        ended_at=max(datetime.fromisoformat(step.ended) for step in _all_steps(history)),
        recoveries=recoveries,
        isolated=isolated,
        leftovers=proven.leftovers,
        changed_by_others=proven.changed_by_others,
        not_probed=not_recovered(survey, progress) if survey else (),
        stayed_lost=stayed_lost,
        only=_begin(history[0].plan).only,
    )


def _recovery(service: Service, seen: ServiceSeen | None, survey: Survey, history: History) -> ServiceRecovery:
    lost_at = _time_of_loss(history)
    data_from = seen.data_from if seen else None
    if seen and not service.data_age:
        used = {cast("dict[str, Json]", step.result)["point"] for step in _results(history, RestoreMachine)}
        machines = {machine.name for machine in survey.machines if machine.service == service.name}
        points = [point.taken for point in survey.points if point.key in used and point.machine in machines]
        data_from = min(points, default=None)
    return ServiceRecovery(
        service=service.name,
        rto=_since(lost_at, seen.green_at) if seen else None,
        rto_objective=service.rto,
        rpo=_since(data_from, lost_at),
        rpo_objective=service.rpo,
        rpo_by="data" if service.data_age else "restore point",
    )


def survey_of(history: History) -> Survey | None:
    """The survey the drill recorded, or None when it failed before that."""
    found = _results(history, SurveySurvivor)
    return _SURVEY.validate_python(found[-1].result) if found else None


def _plan_bubble(first: Plan, survey: Survey) -> Plan:
    site = survey.scenario.recovery_site
    bubble = _bubble(first)
    return _next(
        first,
        survey,
        (
            _wave(
                "isolate",
                site,
                CreateBubble(site=site, network=bubble.network),
                AttachProber(site=site, bubble=bubble, production_gateways=survey.production_gateways),
                ProveIsolation(site=site, bubble=bubble, production=survey.production, neighbours=survey.neighbours),
                TakeGateways(site=site, bubble=bubble, gateways=survey.gateways),
            ),
        ),
    )


def _plan_recovery(first: Plan, survey: Survey, history: History) -> Plan | None:
    """What can be recovered now, side by side: each machine after what it needs, each service after its machines.

    None when nothing more can; what needs a service to be green comes in a later stage.
    """
    progress = read_progress(history)
    machines = ready_machines(survey, progress)
    now = {machine.name for machine in machines}
    tracks = (
        *(_restore_track(first, survey, machine, now) for machine in machines),
        *(_probe_track(first, survey, service, now) for service in ready_services(survey, progress, now)),
    )
    if not tracks:
        return None
    caps = ((_IMPORT, _IMPORTS),)
    share = Share(site=survey.scenario.recovery_site, tracks=tracks, caps=caps, lanes=_LANES)
    return _next(first, survey, (Wave(name="recover", shares=(share,)),), failure_budget=len(tracks))


def _restore_track(first: Plan, survey: Survey, machine: Machine, now: Collection[str]) -> Track:
    site, name, bubble = survey.scenario.recovery_site, _name(first, machine.name), _bubble(first)
    restore = RestoreMachine(
        site=site,
        name=name,
        folder=machine.folder,
        bubble=bubble,
        points=survey.points_of(machine.name),
        lost_site=_cut_site(first),
    )
    return Track(
        name=machine.name,
        steps=(restore, StartMachine(site=site, name=name, bubble=bubble)),
        needs=_among(now, machines_needed(machine, survey)),
        uses=(_IMPORT,),
    )


def _probe_track(first: Plan, survey: Survey, service: Service, now: Collection[str]) -> Track:
    step = AwaitService(
        site=survey.scenario.recovery_site,
        bubble=_bubble(first),
        service=service,
        addresses=tuple((machine.name, machine.address) for machine in survey.machines),
        patience_seconds=_PATIENCE_SECONDS,
        lost_site=_cut_site(first),
    )
    return Track(name=track_of(service.name), steps=(step,), needs=_among(now, machines_of(service, survey)))


def _among(now: Collection[str], needed: Iterable[str]) -> tuple[str, ...]:
    """What is needed of what is restored in the same stage; the rest stands."""
    return tuple(sorted(set(needed) & set(now)))


def _plan_clean_up(first: Plan, survey: Survey | None, history: History) -> Plan | None:
    lost_site, site = _cut_site(first), _begin(first).site
    heal = (_wave("heal", site, HealSite(lost_site=lost_site)),) if lost_site and _tried_to_lose(history) else ()
    if survey is None:
        return _next(first, survey, heal) if heal else None
    bubble = _bubble(first)
    folders = tuple(sorted({machine.folder for machine in survey.machines}))
    watch = (_wave("end the watch", site, EndWatch(site=site, bubble=bubble)),) if _watched(history) else ()
    destroy = tuple(
        Track(name=machine.name, steps=(DestroyMachine(site=site, name=_name(first, machine.name)),))
        for machine in survey.machines
    )
    return _next(
        first,
        survey,
        (
            *watch,
            Wave(name="destroy", shares=(Share(site=site, tracks=destroy, lanes=_IMPORTS),)),
            Wave(name="detach", shares=(Share(site=site, tracks=_detach_tracks(site, bubble)),)),
            _wave("prove clean", site, ProveClean(site=site, before=survey.before, bubble=bubble, folders=folders)),
            *heal,
        ),
        failure_budget=len(survey.machines) + 5,
    )


def _detach_tracks(site: str, bubble: Bubble) -> tuple[Track, ...]:
    return (
        Track(name=bubble.prober, steps=(DetachProber(site=site, bubble=bubble),)),
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


def _bubble(first: Plan) -> Bubble:
    mark = _begin(first).mark
    return Bubble(network=f"drill-{mark}", prober=f"p{mark}")


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


def _stayed_lost(history: History) -> bool:
    """Whether the site was still lost, in the name of this drill, when it was healed; so too when it never was cut."""
    if not _cut_site(history[0].plan):
        return True
    healed = _results(history, HealSite)
    return bool(healed) and healed[-1].result == {"stayed_lost": True}


def _watched(history: History) -> bool:
    return bool(_results(history, AttachProber))


def _stayed_isolated(history: History) -> bool:
    """Whether the bubble was shown to be isolated, and the watch, read to its end, saw nothing else."""
    watches = _results(history, EndWatch)
    clean = bool(watches) and _WATCH.validate_python(watches[-1].result).clean
    return clean and bool(_results(history, ProveIsolation))


def _tried_to_lose(history: History) -> bool:
    return any(step.kind == "drill.lose-site" for step in _all_steps(history))


def _cut_site(first: Plan) -> str:
    """The site that the drill cuts off; empty for one whose loss is only assumed."""
    return next((step.lost_site for *_, step in first.steps() if isinstance(step, LoseSite)), "")


def _since(earlier: datetime | None, later: datetime | None) -> timedelta | None:
    """The time between, unknown where one of them is, or where what came first came later: such data proves nothing."""
    return later - earlier if earlier and later and earlier <= later else None
