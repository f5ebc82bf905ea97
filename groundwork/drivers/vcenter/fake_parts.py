"""What a vCenter in memory is made of: machines with their disks, and what networks let pass."""

from dataclasses import dataclass, field, replace

from groundwork.drivers.vcenter.protocol import NETWORK_MARK, NewMachine, SeenAdapter, SeenMachine, SeenNetwork
from groundwork.model.hardware import Hardware, place_disks


@dataclass(slots=True, kw_only=True)
class Kept:
    """A machine with what its disks hold now, and what its snapshots froze."""

    seen: SeenMachine
    disks: list[tuple[int, bytes]] = field(default_factory=list)
    frozen: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    guest_info: dict[str, str] = field(default_factory=dict)


def cloned_hardware(source: Kept, wanted: Hardware) -> Hardware:
    """What a clone of the source has: the source's hardware, with the adapters, firmware and guest type wanted."""
    own = source.seen.hardware
    capacities = {f"disk-{number}.vmdk": capacity for number, (capacity, _) in enumerate(source.disks)}
    return replace(
        own,
        disks=own.disks or place_disks(capacities),
        adapters=wanted.adapters,
        firmware=wanted.firmware or own.firmware,
        guest_type=wanted.guest_type or own.guest_type,
    )


def show_new(new: NewMachine, hardware: Hardware, *, number: int, site: str) -> SeenMachine:
    """A machine as it shows itself just after it was made: off, its adapters unplugged."""
    return SeenMachine(
        name=new.name,
        moref=f"vm-{number}",
        instance_uuid=f"{site}-{number}",
        folder=new.folder,
        vcpus=new.shape.vcpus,
        memory_mib=new.shape.memory_mib,
        powered_on=False,
        template=False,
        network=new.shape.network,
        address="",
        mark=new.mark,
        hypervisor=new.hypervisor or f"{site}-esx-1",
        datastores=(new.datastore or f"{site}-vsan",) if hardware.disks else (),
        adapters=tuple(
            SeenAdapter(
                network=one.network, mac=one.mac, kind=one.kind, connected=False, starts_connected=one.connected
            )
            for one in hardware.adapters
        ),
        hardware=hardware,
    )


def isolated_network(name: str, mark: str) -> SeenNetwork:
    """A port group as a drill makes it: nothing leaves it, nothing forged passes."""
    own = mark or NETWORK_MARK
    return SeenNetwork(name=name, uplinks=(), promiscuous=False, mac_changes=False, forged_transmits=False, mark=own)


def open_network(name: str) -> SeenNetwork:
    """A port group that lets everything pass."""
    return SeenNetwork(name=name, uplinks=("uplink1",), promiscuous=True, mac_changes=True, forged_transmits=True)
