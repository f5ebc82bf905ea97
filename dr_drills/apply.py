"""Performing a drill's steps with the drivers of the recovery site, and nothing of the lost one."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from functools import cached_property
from typing import assert_never, cast

from pydantic import TypeAdapter

from backup.catalogue import Trust, list_entries
from backup.restore import restore_machine
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
from dr_drills.clean_up import compare_images
from dr_drills.evidence import Image, PassedOver, ServiceSeen, Survey
from dr_drills.guard import Guard, GuardTrippedError, Watching, watching
from dr_drills.isolation import guard, perform_in_bubble
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
from dr_drills.plan import OPERATION, advance, approvals, conclude
from dr_drills.survey import survey_estate
from dr_drills.tools import DrillTools
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Perform
from groundwork.drivers.probe.protocol import ProbeResult
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.vcenter.protocol import ListedMachine
from groundwork.errors import OutsideError, VerificationError
from groundwork.model.mark import read_mark, render_drill
from groundwork.model.restore_point import RestorePoint
from groundwork.model.service import DataAge, Probe

_SURVEY = TypeAdapter(Survey)
_AGE_SECONDS = 30.0  # how long the age of the data is asked for once all probes are green, before it is unknown
_PAUSE_SECONDS = 0.5  # between two probes of a service that is not green yet


def drill_operation(tools: Callable[[str], AbstractContextManager[DrillTools]]) -> Operation[DrillStep]:
    """The operation `drill.run`; `tools(site)` opens the drivers of the recovery site."""

    @contextmanager
    def performer(site: str) -> Iterator[Perform[DrillStep]]:
        with tools(site) as opened:
            yield DrillPerformer(opened)

    return Operation(
        name=OPERATION,
        steps=DrillStep,
        performer=performer,
        advance=advance,
        conclude=conclude,
        approvals=approvals,
    )


class DrillPerformer:
    """Carries out one drill step after another at the recovery site."""

    def __init__(self, tools: DrillTools) -> None:
        self._tools = tools

    def __call__(self, step: DrillStep, attempt: Attempt) -> Json:
        """Carry the step out; each checks first, or is harmless to repeat."""
        result: Json = None
        match step:
            case CheckReadiness():
                result = self._check_readiness(step)
            case RecordLoss():
                result = self._tools.clock.now().isoformat()
            case LoseSite():
                self._tools.site_loss.lose(step.lost_site, by=attempt.run_id)
            case HealSite():
                result = self._heal(step, attempt)
            case SurveySurvivor():
                result = cast("Json", _SURVEY.dump_python(self._take_survey(step), mode="json"))
            case CreateBubble() | AttachProber() | ProveIsolation() | TakeGateways():
                result = perform_in_bubble(self._tools, step)
            case EndWatch() | DetachProber() | RemoveBubble():
                result = perform_in_bubble(self._tools, step)
            case RestoreMachine():
                with watching(self._guards(step, attempt)) as watch:
                    result = self._restore(step, attempt, watch)
            case StartMachine():
                self._start(step, attempt)
            case DestroyMachine():
                self._tools.vcenter.destroy(step.name)
            case AwaitService():
                with watching(self._guards(step, attempt)) as watch:
                    result = self._await(step, attempt, watch)
            case ProveClean():
                result = self._prove_clean(step, attempt)
            case _:
                assert_never(step)
        return result

    def _guards(self, step: DrillStep, attempt: Attempt) -> tuple[Guard, ...]:
        """What must hold while the step is at work."""
        guards: list[Guard] = []
        match step:
            case RestoreMachine(lost_site=site) | AwaitService(lost_site=site) if site:
                guards.append(Guard(check=lambda: self._check_loss(site, attempt.run_id)))
        match step:
            case RestoreMachine(bubble=bubble) | StartMachine(bubble=bubble) | AwaitService(bubble=bubble):
                guards.append(self._isolation(bubble))
        return tuple(guards)

    def _isolation(self, bubble: Bubble) -> Guard:
        """The bubble's guard, one a share: what it knows of the configuration is used again."""
        if bubble not in self._isolated:
            self._isolated[bubble] = guard(self._tools, bubble)
        return self._isolated[bubble]

    def _start(self, step: StartMachine, attempt: Attempt) -> None:
        """Power the machine on; off again at once where the guards stopped the drill in just that moment."""
        try:
            with watching(self._guards(step, attempt)):
                self._tools.vcenter.set_power(step.name, on=True)
        except GuardTrippedError:
            self._tools.vcenter.cut_power(step.name)
            raise

    def _check_loss(self, site: str, run_id: str) -> str | None:
        loss = self._tools.site_loss.losses().get(site)
        if loss is None:
            return f"site {site} answers again, so nothing that is recovered now proves its loss"
        if loss.by != run_id:
            return f"site {site} is lost by {loss.by or 'somebody unknown'} now, not by this drill any more"
        return f"nobody watched from {loss.gap} that site {site} stayed lost" if loss.gap else None

    def _heal(self, step: HealSite, attempt: Attempt) -> Json:
        wrong = self._check_loss(step.lost_site, attempt.run_id)
        self._tools.site_loss.heal(step.lost_site, by=attempt.run_id)
        return {"stayed_lost": True} if wrong is None else {"stayed_lost": False, "seen": wrong}

    def _check_readiness(self, step: CheckReadiness) -> Json:
        survey = self._take_survey(step.survey)
        self._beside_the_prober  # noqa: B018 - raises where the prober is no machine of the vCenter
        if survey.missing:
            raise VerificationError(
                f"{step.survey.site} has no restore point that may be chosen of {', '.join(survey.missing)}"
                + "".join(f"; passed over: {one.point} ({one.reason})" for one in survey.passed_over),
                hint="nothing was cut; copy the points there (`inv backup.replicate`), then run the drill again",
            )
        room = sum(disk.size_bytes for one in survey.machines for disk in survey.points_of(one.name)[0].disks)
        obstacles = self._tools.vcenter.check_location(networks=(), templates=(), room_bytes=room, isolated=True)
        if obstacles:
            raise OutsideError(
                f"nothing can be recovered at {step.survey.site}: {'; '.join(obstacles)}",
                hint="nothing was cut; mend that, then run the drill again",
            )
        return {"machines": len(survey.machines), "points": len(survey.points), "passed_over": len(survey.passed_over)}

    def _take_survey(self, step: SurveySurvivor) -> Survey:
        recovered = self._tools.read_estate(self._repository)
        trust = Trust(signers=self._tools.signers(), now=self._tools.clock.now())
        found = list_entries(self._repository, trust)
        survey = survey_estate(
            recovered.estate, step, entries=found, before=self._image(self._tools.vcenter.list_machines())
        )
        bundles = (
            PassedOver(machine=survey.scenario.recovery_site, point=f"estate@{made.isoformat()}", reason=reason)
            for made, reason in recovered.passed_over
        )
        return replace(survey, passed_over=(*bundles, *survey.passed_over))

    def _restore(self, step: RestoreMachine, attempt: Attempt, watch: Watching) -> Json:
        """Restore the newest point that can be; of one whose disks are not what was stored, the next older is tried."""
        passed_over: list[PassedOver] = []
        for point in step.points:
            watch.check()
            self._tools.vcenter.destroy(step.name)  # what an earlier attempt may have left half made
            attempt.say(f"restoring {point.key} as {step.name}")
            try:
                self._restore_from(point, step, attempt)
            except (VerificationError, OutsideError) as error:
                attempt.say(f"{point.key} cannot be restored: {error.message}")
                passed_over.append(PassedOver(machine=point.machine, point=point.key, reason=error.message))
            else:
                size = sum(disk.size_bytes for disk in point.disks)
                over = [cast("Json", asdict(one)) for one in passed_over]
                return {"point": point.key, "size_bytes": size, "passed_over": over}
        raise OutsideError(
            "; ".join(f"{one.point}: {one.reason}" for one in passed_over),
            hint=f"`inv backup.verify --site {step.site}` says what else of its repository is damaged",
        )

    def _restore_from(self, point: RestorePoint, step: RestoreMachine, attempt: Attempt) -> None:
        restore_machine(
            self._repository,
            self._tools.vcenter,
            point,
            name=step.name,
            network=step.bubble.network,
            folder=step.folder,
            mark=render_drill(run=attempt.run_id),
            hypervisor=self._beside_the_prober,
        )

    def _await(self, step: AwaitService, attempt: Attempt, watch: Watching) -> Json:
        prober = self._tools.prober.prober(step.bubble.prober)
        addresses = dict(step.addresses)
        now = self._tools.clock.monotonic
        deadline = now() + step.patience_seconds
        wanted: list[Probe | DataAge] = [*step.service.probes, *step.service.data_age]
        results: dict[Probe | DataAge, ProbeResult] = {}
        green_at: datetime | None = None
        while True:
            watch.check()
            for asked in wanted:
                if asked not in results or not results[asked].ok:
                    results[asked] = prober.probe(asked, address=addresses[asked.machine], login=step.service.ssh)
            if green_at is None and all(results[probe].ok for probe in step.service.probes):
                green_at, deadline = self._tools.clock.now(), min(deadline, now() + _AGE_SECONDS)
            if all(result.ok for result in results.values()) or now() > deadline:
                return _seen(step, results, green_at)
            attempt.say(
                f"{step.service.name}: {sum(one.ok for one in results.values())}/{len(results)} probes are good"
            )
            self._tools.clock.sleep(_PAUSE_SECONDS)

    def _prove_clean(self, step: ProveClean, attempt: Attempt) -> Json:
        machines = self._tools.vcenter.list_machines()
        marks = {machine.name: read_mark(machine.mark) for machine in machines}
        marked = [name for name, mark in marks.items() if mark and mark.sort == "drill" and mark.run == attempt.run_id]
        seen = compare_images(step, self._image(machines), marked=marked)
        return {"leftovers": [*seen.leftovers], "changed_by_others": [*seen.changed_by_others]}

    @cached_property
    def _repository(self) -> Repository:
        """Opened once a share: its key is fetched from the site's host."""
        return self._tools.repository()

    @cached_property
    def _isolated(self) -> dict[Bubble, Guard]:
        return {}

    @cached_property
    def _beside_the_prober(self) -> str:
        """The prober's hypervisor: a network without uplink joins nothing beyond one."""
        seen = self._tools.vcenter.read_machine(self._tools.prober_machine)
        if seen is None:
            raise OutsideError(
                f"the vCenter has no machine {self._tools.prober_machine}, which the prober host is to be",
                hint="correct `machine` of the host in hosts.yaml",
            )
        return seen.hypervisor

    def _image(self, listed: Iterable[ListedMachine]) -> Image:
        vcenter = self._tools.vcenter
        return Image(
            machines=tuple(machine.name for machine in listed),
            networks=vcenter.list_networks(),
            folders=vcenter.list_folders(),
            files=vcenter.list_files(),
            probers=self._tools.prober.list_held(),
        )


def _seen(step: AwaitService, results: dict[Probe | DataAge, ProbeResult], green_at: datetime | None) -> Json:
    ages = [results[age] for age in step.service.data_age]
    moments = [result.data_from for result in ages if result.ok and result.data_from]
    seen = ServiceSeen(
        service=step.service.name,
        green_at=green_at,
        data_from=min(moments) if moments and len(moments) == len(ages) else None,
        results=tuple((_named(asked), result.ok, result.seen) for asked, result in results.items()),
    )
    return cast("Json", TypeAdapter(ServiceSeen).dump_python(seen, mode="json"))


def _named(asked: Probe | DataAge) -> str:
    sort = f"data age, {asked.kind}" if isinstance(asked, DataAge) else asked.kind
    return f"{sort} {asked.machine}"
