"""Seeing machines at the sites' vCenters and carrying steps on them out, each looked at again afterwards."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import assert_never, cast

from fleet.machines.comparison import Comparison
from fleet.machines.model import Card, FoundMachine
from fleet.machines.plan import OPERATION, REMOVE, basis_of
from fleet.machines.steps import (
    ConsolidateDisks,
    CreateMachine,
    DestroyMachine,
    GrowDisk,
    MachineStep,
    MarkMachine,
    MoveMachine,
    PowerMachine,
    RemoveMachine,
    ResizeMachine,
)
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Perform
from groundwork.drivers.vcenter.protocol import (
    ListedMachine,
    NewMachine,
    SeenMachine,
    SeenVlan,
    UnseenMachine,
    VCenter,
)
from groundwork.errors import RefusedError, VerificationError
from groundwork.model.hardware import Adapter, Hardware
from groundwork.model.mark import mark_line
from groundwork.model.restore_point import MachineShape
from groundwork.shell.sighting import Sighting, see

OpenVCenter = Callable[[str], AbstractContextManager[VCenter]]


def observe_machines(sites: Iterable[str], open_vcenter: OpenVCenter) -> Sighting[tuple[FoundMachine, ...]]:
    """What each site's vCenter shows, read side by side; one that cannot be read does not hide the others."""

    def read(site: str) -> tuple[FoundMachine, ...]:
        with open_vcenter(site) as vcenter:
            return tuple(_found(site, seen) for seen in vcenter.list_machines())

    return see(sites, read)


def observe_vlans(sites: Iterable[str], open_vcenter: OpenVCenter) -> Sighting[dict[str, SeenVlan]]:
    """The VLAN of each site's port groups, by name, or why one does not decide it."""

    def read(site: str) -> dict[str, SeenVlan]:
        with open_vcenter(site) as vcenter:
            return vcenter.list_vlans()

    return see(sites, read)


def observe_obstacles(rows: Iterable[Comparison], open_vcenter: OpenVCenter) -> Sighting[dict[str, str]]:
    """Why machines that are to be made could not be made now, by site and machine's name."""
    needs: dict[str, dict[tuple[tuple[str, ...], str, str], list[str]]] = {}
    for row in rows:
        if row.wanted and row.wanted.template and row.state in ("missing", "lost"):
            networks = tuple(sorted({card.network for card in row.wanted.cards}))
            need = (networks, row.wanted.template.name, row.wanted.datastore)
            needs.setdefault(row.site, {}).setdefault(need, []).append(row.name)

    def read(site: str) -> dict[str, str]:
        found: dict[str, str] = {}
        with open_vcenter(site) as vcenter:
            for (networks, template, datastore), names in needs[site].items():
                wrong = vcenter.check_location(networks=networks, templates=(template,), datastore=datastore)
                obstacles = "; ".join(wrong)
                found.update(dict.fromkeys(names, obstacles) if obstacles else {})
        return found

    return see(needs, read)


def machines_operations(open_vcenter: OpenVCenter) -> tuple[Operation[MachineStep], ...]:
    """The operations that change and remove machines; `open_vcenter(site)` opens that site's vCenter."""

    @contextmanager
    def performer(site: str) -> Iterator[Perform[MachineStep]]:
        with open_vcenter(site) as vcenter:
            yield MachinePerformer(site, vcenter)

    return tuple(Operation(name=name, steps=MachineStep, performer=performer) for name in (OPERATION, REMOVE))


class MachinePerformer:
    """Carries out steps on the machines of one site."""

    def __init__(self, site: str, vcenter: VCenter) -> None:
        self._site = site
        self._vcenter = vcenter

    def __call__(self, step: MachineStep, attempt: Attempt) -> Json:
        """Do it, unless it is done, and look again. Raises OutsideError, RefusedError or VerificationError."""
        del attempt  # the mark on what it makes is the machine's own name
        match step:
            case CreateMachine():
                return self._create(step)
            case DestroyMachine():
                return self._destroy(step)
            case RemoveMachine():
                return self._remove(step)
            case ResizeMachine():
                self._vcenter.resize(step.name, vcpus=step.vcpus, memory_mib=step.memory_mib)
                self._vcenter.set_power(step.name, on=step.powered_on)
                return self._verified(
                    step.name, vcpus=step.vcpus, memory_mib=step.memory_mib, powered_on=step.powered_on
                )
            case PowerMachine():
                self._vcenter.set_power(step.name, on=step.on)
                return self._verified(step.name, powered_on=step.on)
            case MoveMachine():
                self._vcenter.move(step.name, folder=step.folder)
                return self._verified(step.name, folder=step.folder)
            case MarkMachine():
                self._vcenter.mark(step.name, text=step.text)
                return self._verified(step.name, mark=step.text)
            case GrowDisk():
                self._vcenter.grow_disk(step.name, disk_gib=step.disk_gib)
                return self._verified(step.name, disk_gib=step.disk_gib)
            case ConsolidateDisks():
                self._vcenter.consolidate(step.name)
                return self._verified(step.name, consolidation_needed=False)
            case _:
                assert_never(step)

    def read_basis(self, target: str) -> str:
        """What a machine's steps are decided on, as it is seen now. Raises OpsError when it cannot be read."""
        seen = self._vcenter.read_machine(target.removeprefix(f"{self._site}/machine/"))
        return basis_of(_found(self._site, seen) if seen else None)

    def _create(self, act: CreateMachine) -> Json:
        """Make it, and see to what not every vCenter's clone takes over: its size and its mark."""
        self._vcenter.create(_new(act), template=act.template)
        self._vcenter.resize(act.name, vcpus=act.vcpus, memory_mib=act.memory_mib)
        seen = self._vcenter.read_machine(act.name)
        if seen is not None and seen.mark != act.mark:
            self._vcenter.mark(act.name, text=act.mark)
        uuid = seen.instance_uuid if seen is not None else ""
        wanted: dict[str, Json] = {"vcpus": act.vcpus, "memory_mib": act.memory_mib, "instance_uuid": uuid}
        return self._verified(act.name, **wanted, network=act.cards[0].network, folder=act.folder, mark=act.mark)

    def _destroy(self, act: DestroyMachine) -> Json:
        seen = self._vcenter.read_machine(act.name)
        if seen is None:
            return {"destroyed": False}
        strange = "does not bear the mark it was made with" if mark_line(seen.mark) != act.mark else ""
        anew = "is another machine than the one that was made" if act.uuid not in {"", seen.instance_uuid} else ""
        if strange or anew:
            raise RefusedError(
                f"{act.name} at {self._site} {strange or anew}: it is not destroyed",
                hint="look whose it is; destroy it by hand if it is nobody's",
            )
        self._vcenter.destroy(act.name)
        return {"destroyed": True}

    def _remove(self, act: RemoveMachine) -> Json:
        seen = self._vcenter.read_machine(act.name)
        if seen is None:
            return {"removed": False}
        if (seen.instance_uuid, mark_line(seen.mark)) != (act.uuid, act.mark):
            raise RefusedError(
                f"{act.name} at {self._site} is no longer the machine that was to be removed: it is left alone",
                hint="`inv machines.list` shows what it is now",
            )
        self._vcenter.destroy(act.name)
        return {"removed": True}

    def _verified(self, name: str, **wanted: Json) -> Json:
        seen = self._vcenter.read_machine(name)
        if seen is None:
            raise VerificationError(
                f"{name} at {self._site} is gone after it was set to {_in_words(wanted)}",
                hint="see the vCenter's events for who removed it, then plan again",
            )
        shown = {field: _shown(seen, field) for field in wanted}
        if shown != wanted:
            raise VerificationError(
                f"{name} at {self._site} shows {_in_words(shown)} after it was set to {_in_words(wanted)}",
                hint="look at the machine in the vCenter, then plan again",
            )
        return shown


def _shown(seen: SeenMachine, field: str) -> Json:
    if field == "disk_gib":
        return _found("", seen).disk_gib
    return cast("Json", getattr(seen, field))


def _in_words(values: dict[str, Json]) -> str:
    return ", ".join(f"{field.replace('_', ' ')} {value}" for field, value in values.items())


def _new(act: CreateMachine) -> NewMachine:
    """Its shape holds what the estate says; the rest is its template's."""
    cards = tuple(Adapter(network=card.network, mac=card.mac) for card in act.cards)
    return NewMachine(
        name=act.name,
        folder=act.folder,
        shape=MachineShape(
            vcpus=act.vcpus,
            memory_mib=act.memory_mib,
            network=act.cards[0].network,
            address="",
            hardware=Hardware(firmware=act.firmware or "", guest_type=act.guest_type, adapters=cards),
        ),
        mark=act.mark,
        guest_info=act.guest_info,
        datastore=act.datastore,
    )


def _found(site: str, seen: ListedMachine) -> FoundMachine:
    known = FoundMachine(name=seen.name, site=site, uuid=seen.instance_uuid, folder=seen.folder, annotation=seen.mark)
    if isinstance(seen, UnseenMachine):
        return replace(known, unseen=seen.reason)
    return replace(
        known,
        vcpus=seen.vcpus,
        memory_mib=seen.memory_mib,
        disks_bytes=tuple(disk.capacity_bytes for disk in seen.hardware.disks),
        cards=tuple(Card(network=adapter.network, mac=adapter.mac) for adapter in seen.adapters),
        address=seen.address,
        firmware=seen.hardware.firmware,
        guest_type=seen.hardware.guest_type,
        controller=seen.hardware.disks[0].controller if seen.hardware.disks else "",
        datastores=seen.datastores,
        powered_on=seen.powered_on,
        template=seen.template,
        consolidation_needed=seen.consolidation_needed,
    )
