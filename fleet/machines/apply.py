"""Seeing machines at the sites' vCenters and carrying steps on them out, each looked at again afterwards."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import assert_never, cast

from fleet.machines.model import (
    CreateMachine,
    DestroyMachine,
    FoundMachine,
    MachineStep,
    MarkMachine,
    MoveMachine,
    PowerMachine,
    ResizeMachine,
    mark_line,
)
from fleet.machines.plan import OPERATION
from groundwork.change.codec import StepCodec
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Perform, Step
from groundwork.drivers.vcenter.protocol import (
    ListedMachine,
    MachineControl,
    MachineReader,
    NewMachine,
    UnseenMachine,
    VCenter,
)
from groundwork.errors import RefusedError, VerificationError
from groundwork.model.restore_point import MachineShape
from groundwork.shell.sighting import Sighting, see

CODEC = StepCodec([CreateMachine, DestroyMachine, ResizeMachine, PowerMachine, MoveMachine, MarkMachine])

OpenVCenter = Callable[[str], AbstractContextManager[VCenter]]


def observe_machines(sites: Iterable[str], open_vcenter: OpenVCenter) -> Sighting[tuple[FoundMachine, ...]]:
    """What each site's vCenter shows, read side by side; one that cannot be read does not hide the others."""

    def read(site: str) -> tuple[FoundMachine, ...]:
        with open_vcenter(site) as vcenter:
            return tuple(_found(site, seen) for seen in vcenter.list_machines())

    return see(sites, read)


def machines_operation(open_vcenter: OpenVCenter) -> Operation:
    """The operation that changes machines; `open_vcenter(site)` opens that site's vCenter."""

    @contextmanager
    def performer(site: str) -> Iterator[Perform]:
        with open_vcenter(site) as vcenter:
            yield MachinePerformer(site, reader=vcenter, control=vcenter)

    return Operation(name=OPERATION, codec=CODEC, performer=performer)


class MachinePerformer:
    """Carries out steps on the machines of one site."""

    def __init__(self, site: str, *, reader: MachineReader, control: MachineControl) -> None:
        self._site = site
        self._reader = reader
        self._control = control

    def __call__(self, step: Step, attempt: Attempt) -> Json:
        """Do it, unless it is done, and look again. Raises OutsideError, RefusedError or VerificationError."""
        del attempt  # the mark on what it makes is the machine's own name
        act = cast("MachineStep", step)
        match act:
            case CreateMachine():
                self._control.create(_new(act), template=act.template)
                size: dict[str, Json] = {"vcpus": act.vcpus, "memory_mib": act.memory_mib}
                return self._verified(act.name, **size, network=act.network, folder=act.folder)
            case DestroyMachine():
                return self._destroy(act)
            case ResizeMachine():
                self._control.resize(act.name, vcpus=act.vcpus, memory_mib=act.memory_mib)
                self._control.set_power(act.name, on=act.powered_on)
                return self._verified(act.name, vcpus=act.vcpus, memory_mib=act.memory_mib, powered_on=act.powered_on)
            case PowerMachine():
                self._control.set_power(act.name, on=act.on)
                return self._verified(act.name, powered_on=act.on)
            case MoveMachine():
                self._control.move(act.name, folder=act.folder)
                return self._verified(act.name, folder=act.folder)
            case MarkMachine():
                self._control.mark(act.name, text=act.text)
                return self._verified(act.name, mark=act.text)
            case _:
                assert_never(act)

    def _destroy(self, act: DestroyMachine) -> Json:
        seen = self._reader.read_machine(act.name)
        if seen is None:
            return {"destroyed": False}
        if mark_line(seen.mark) != act.mark:
            raise RefusedError(
                f"{act.name} at {self._site} does not bear the mark it was made with: it is not destroyed",
                hint="look whose it is; destroy it by hand if it is nobody's",
            )
        self._control.destroy(act.name)
        return {"destroyed": True}

    def _verified(self, name: str, **wanted: Json) -> Json:
        seen = self._reader.read_machine(name)
        if seen is None:
            raise VerificationError(
                f"{name} at {self._site} is gone after it was set to {wanted}",
                hint="see the vCenter's events for who removed it, then plan again",
            )
        shown: dict[str, Json] = {field: getattr(seen, field) for field in wanted}
        if shown != wanted:
            raise VerificationError(
                f"{name} at {self._site} shows {shown} after it was set to {wanted}",
                hint="look at the machine in the vCenter, then plan again",
            )
        return shown


def _new(act: CreateMachine) -> NewMachine:
    return NewMachine(
        name=act.name,
        folder=act.folder,
        shape=MachineShape(
            vcpus=act.vcpus, memory_mib=act.memory_mib, network=act.network, address=act.address, boots=act.boots
        ),
        mark=act.mark,
        guest_info=act.guest_info,
        disk_gib=act.disk_gib,
    )


def _found(site: str, seen: ListedMachine) -> FoundMachine:
    if isinstance(seen, UnseenMachine):
        return FoundMachine(
            name=seen.name,
            site=site,
            folder=seen.folder,
            vcpus=0,
            memory_mib=0,
            powered_on=False,
            template=False,
            network="",
            annotation=seen.mark,
            unseen=seen.reason,
        )
    return FoundMachine(
        name=seen.name,
        site=site,
        folder=seen.folder,
        vcpus=seen.vcpus,
        memory_mib=seen.memory_mib,
        powered_on=seen.powered_on,
        template=seen.template,
        network=seen.network,
        annotation=seen.mark,
    )
