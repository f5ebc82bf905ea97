"""Bringing a machine back from a restore point, and taking away what that alone needed."""

from backup.disks import disk_stream
from backup.plan import RESTORED_NETWORK
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.vcenter.protocol import DiskImport, MachineReader, NewMachine, SeenMachine, VCenter
from groundwork.model.restore_point import RestorePoint


def restore_machine(  # noqa: PLR0913 - what a machine is restored from and as what
    repository: Repository,
    vcenter: DiskImport,
    point: RestorePoint,
    *,
    name: str,
    network: str,
    folder: str,
    mark: str,
    hypervisor: str = "",
) -> None:
    """Make the point's machine again under another name and on another network, powered off, on that hypervisor.

    Every disk is proven by its size and SHA-256 while it streams; one that disagrees is a VerificationError, and no
    machine is left behind. A machine of that name and mark is there already: nothing is done.
    """
    new = NewMachine(
        name=name, folder=folder, shape=point.shape.plugged_into(network), mark=mark, hypervisor=hypervisor
    )
    vcenter.import_machine(new, (disk_stream(repository, point, disk) for disk in point.disks))


def remove_unused_network(vcenter: VCenter, network: str, *, mark: str) -> bool:
    """Remove the port group with that mark if it leads nowhere and no machine is, or may be, attached to it.

    True when it went; one without the mark was not made by whose mark it is, and stays.
    """
    seen = vcenter.read_network(network)
    if seen is None or seen.uplinks or seen.mark != mark:
        return False
    for machine in vcenter.list_machines():
        if not isinstance(machine, SeenMachine):
            return False
        if network in {machine.network, *(adapter.network for adapter in machine.adapters)}:
            return False
    vcenter.remove_network(network)
    return True


def find_obstacles(vcenter: MachineReader, *, name: str, network: str | None) -> tuple[str, ...]:
    """Why a machine could not be restored there now as `name` and attached to `network`, a sentence each."""
    taken = [seen.name for seen in vcenter.list_machines() if seen.name.casefold() == name.casefold()]
    to_make = not network and RESTORED_NETWORK not in vcenter.list_networks()
    return (
        *(f"a machine named {one} is there already" for one in taken),
        *vcenter.check_location(networks=(network,) if network else (), templates=(), isolated=to_make),
    )
