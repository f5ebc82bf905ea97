"""What a site's vCenter shows of the machines that are backed up there."""

from collections.abc import Iterable

from backup.model import Found, Guest, Hidden
from groundwork.drivers.vcenter.protocol import ListedMachine, MachineReader, SeenMachine, UnseenMachine
from groundwork.model.machine import Machine


def observe_guests(vcenter: MachineReader, machines: Iterable[Machine]) -> tuple[Found, ...]:
    """Those of the machines that the vCenter has, known by uuid, else by name; a hidden one with the reason."""
    listed = vcenter.list_machines()
    by_uuid = {seen.instance_uuid: seen for seen in listed if seen.instance_uuid}
    by_name = {seen.name: seen for seen in listed}
    found = ((machine, by_uuid.get(machine.uuid) or by_name.get(machine.name_at_vcenter)) for machine in machines)
    return tuple(_found(machine, seen) for machine, seen in found if seen is not None and not _is_template(seen))


def _found(machine: Machine, seen: ListedMachine) -> Found:
    if isinstance(seen, UnseenMachine):
        return Hidden(name=machine.name, reason=seen.reason)
    return Guest(
        name=machine.name,
        vcenter_name="" if seen.name == machine.name else seen.name,
        shape=seen.shape(address=machine.address),
        snapshots=tuple(snapshot.name for snapshot in seen.snapshots),
        powered_on=seen.powered_on,
        hypervisor=seen.hypervisor,
    )


def _is_template(seen: ListedMachine) -> bool:
    return isinstance(seen, SeenMachine) and seen.template
