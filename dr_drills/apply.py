"""Performing a drill's steps with the drivers of the recovery site, and nothing of the lost one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import assert_never, cast

from pydantic import TypeAdapter

from backup.apply import restore_machine
from backup.catalogue import Trust, list_entries
from dr_drills.model import (
    STEP_TYPES,
    AttachProber,
    AwaitService,
    CreateBubble,
    DestroyMachine,
    DetachProber,
    DrillStep,
    HealSite,
    Image,
    LoseSite,
    ProveClean,
    ProveIsolation,
    RecordLoss,
    RemoveBubble,
    RestoreMachine,
    ServiceSeen,
    StartMachine,
    SurveySurvivor,
)
from dr_drills.plan import OPERATION, advance, conclude
from dr_drills.survey import survey_estate
from groundwork.change.codec import StepCodec
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Perform, Step
from groundwork.drivers.probe.protocol import Prober, ProbeResult, ProberPlace
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.site_loss.protocol import SiteLoss
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.errors import VerificationError
from groundwork.estate.estate import Estate
from groundwork.model.service import Probe
from groundwork.model.signature import Signers
from groundwork.shell.clock import Clock

_PAUSE_SECONDS = 0.5  # between two looks at a service that is not green yet


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillTools:
    """What a drill works with at its site of recovery.

    `repository` opens the site's own with the key that its host keeps, `read_estate` reads the recovery bundle in it,
    `signers` are whose restore points are believed, and `reaches` is a look from our own place, outside the bubble.
    """

    vcenter: VCenter
    repository: Callable[[], Repository]
    places: ProberPlace
    site_loss: SiteLoss
    read_estate: Callable[[Repository], Estate]
    signers: Callable[[], Signers]
    reaches: Callable[[str, int], bool]
    clock: Clock


def drill_operation(tools: Callable[[str], AbstractContextManager[DrillTools]]) -> Operation:
    """The operation `drill.run`; `tools(site)` opens the drivers of the recovery site."""

    @contextmanager
    def performer(site: str) -> Iterator[Perform]:
        with tools(site) as opened:
            yield DrillPerformer(opened)

    return Operation(
        name=OPERATION, codec=StepCodec(STEP_TYPES), performer=performer, advance=advance, conclude=conclude
    )


class DrillPerformer:
    """Carries out one drill step after another at the recovery site."""

    def __init__(self, tools: DrillTools) -> None:
        self._tools = tools
        self._probers: dict[AttachProber, Prober] = {}

    def __call__(self, step: Step, attempt: Attempt) -> Json:
        """Carry the step out; each looks first, or is harmless to repeat."""
        drill_step = cast("DrillStep", step)
        result: Json = None
        match drill_step:
            case RecordLoss():
                result = self._tools.clock.now().isoformat()
            case LoseSite():
                self._tools.site_loss.lose(drill_step.lost_site)
            case HealSite():
                self._tools.site_loss.heal(drill_step.lost_site)
            case SurveySurvivor():
                result = self._survey(drill_step)
            case CreateBubble():
                self._tools.vcenter.create_network(drill_step.network)
            case RemoveBubble():
                self._tools.vcenter.remove_network(drill_step.network)
            case AttachProber():
                self._attach(drill_step)
            case DetachProber():
                self._tools.places.detach(site=drill_step.site, name=drill_step.name)
            case ProveIsolation():
                result = self._prove_isolation(drill_step)
            case RestoreMachine():
                result = self._restore(drill_step, attempt)
            case StartMachine():
                self._tools.vcenter.set_power(drill_step.name, on=True)
            case DestroyMachine():
                self._tools.vcenter.destroy(drill_step.name)
            case AwaitService():
                result = self._await(drill_step, attempt)
            case ProveClean():
                result = self._prove_clean(drill_step)
            case _:
                assert_never(drill_step)
        return result

    def _survey(self, step: SurveySurvivor) -> Json:
        estate = self._tools.read_estate(self._repository)
        trust = Trust(signers=self._tools.signers(), now=self._tools.clock.now())
        found = list_entries(self._repository, trust)
        return survey_estate(estate, step, entries=found, before=self._image(step.site))

    def _restore(self, step: RestoreMachine, attempt: Attempt) -> Json:
        self._tools.vcenter.destroy(step.name)  # what an attempt that was killed may have left half made
        attempt.say(f"restoring {step.point.machine}")
        restore_machine(
            self._repository,
            self._tools.vcenter,
            step.point,
            name=step.name,
            network=step.network,
            folder=step.folder,
            mark=f"cityops: drill {attempt.run_id}",
        )
        return {"point": step.point.key, "size_bytes": sum(disk.size_bytes for disk in step.point.disks)}

    def _prove_isolation(self, step: ProveIsolation) -> Json:
        prober = self._prober(step.bubble)
        silent = [door.name for door in step.doors if not self._tools.reaches(door.address, door.port)]
        if silent:
            raise VerificationError(
                f"{', '.join(silent)} is silent outside the bubble too, so its silence inside proves nothing",
                hint="bring it back, or take it out of the estate, and run the drill again",
            )
        leaks = [door.name for door in step.doors if prober.reaches(door.address, door.port)]
        if leaks:
            raise VerificationError(
                f"the bubble {step.bubble.network} reaches production: {', '.join(leaks)}",
                hint="nothing was powered on; find the uplink of the bubble's port group",
            )
        return {door.name: f"{door.address}:{door.port} answers outside, not inside" for door in step.doors}

    def _await(self, step: AwaitService, attempt: Attempt) -> Json:
        prober = self._prober(step.bubble)
        addresses = dict(step.addresses)
        deadline = self._tools.clock.monotonic() + step.patience_seconds
        looks: dict[Probe, ProbeResult] = {}
        while True:
            for probe in step.service.probes:
                if probe not in looks or not looks[probe].ok:
                    looks[probe] = prober.look(probe, address=addresses[probe.machine])
            green = all(look.ok for look in looks.values())
            if green or self._tools.clock.monotonic() > deadline:
                return _seen(step, looks, self._tools.clock.now() if green else None)
            attempt.say(f"{step.service.name}: {sum(one.ok for one in looks.values())}/{len(looks)} probes green")
            self._tools.clock.sleep(_PAUSE_SECONDS)

    def _prove_clean(self, step: ProveClean) -> Json:
        before, after = step.before, self._image(step.site)
        return [
            f"{sort} {name}" if name in getattr(after, sort) else f"{sort} {name} (gone)"
            for sort in Image.__slots__
            for name in sorted(set(getattr(after, sort)) ^ set(getattr(before, sort)))
        ]

    @cached_property
    def _repository(self) -> Repository:
        """Opened once a share: its key is fetched from the site's host."""
        return self._tools.repository()

    def _prober(self, bubble: AttachProber) -> Prober:
        """The bubble's prober, looked for once a share: its console starts slowly, and its time is the services'."""
        return self._probers.get(bubble) or self._attach(bubble)

    def _attach(self, bubble: AttachProber) -> Prober:
        self._probers[bubble] = self._tools.places.attach(
            site=bubble.site, network=bubble.network, gateways=bubble.gateways, name=bubble.name
        )
        return self._probers[bubble]

    def _image(self, site: str) -> Image:
        vcenter = self._tools.vcenter
        return Image(
            machines=tuple(machine.name for machine in vcenter.list_machines()),
            networks=vcenter.list_networks(),
            folders=vcenter.list_folders(),
            files=vcenter.list_files(),
            probers=self._tools.places.list_probers(site=site),
        )


def _seen(step: AwaitService, looks: dict[Probe, ProbeResult], green_at: datetime | None) -> Json:
    canaries = [look.canary for look in looks.values() if look.canary]
    seen = ServiceSeen(
        service=step.service.name,
        green_at=green_at,
        canary=min(canaries) if canaries else None,
        looks=tuple((f"{probe.kind} {probe.machine}", look.ok, look.seen) for probe, look in looks.items()),
    )
    return cast("Json", TypeAdapter(ServiceSeen).dump_python(seen, mode="json"))
