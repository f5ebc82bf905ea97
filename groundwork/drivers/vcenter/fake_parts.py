"""What a vCenter in memory is made of: machines with their disks, and what networks let pass."""

from dataclasses import dataclass, field

from groundwork.drivers.vcenter.protocol import SeenMachine, SeenNetwork


@dataclass(slots=True, kw_only=True)
class Kept:
    """A machine with what its disks hold now, and what its snapshots froze."""

    seen: SeenMachine
    disks: list[tuple[int, bytes]] = field(default_factory=list)
    frozen: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    guest_info: dict[str, str] = field(default_factory=dict)


def isolated_network(name: str) -> SeenNetwork:
    """A port group as a drill makes it: nothing leaves it, nothing forged passes."""
    return SeenNetwork(name=name, uplinks=(), promiscuous=False, mac_changes=False, forged_transmits=False)


def open_network(name: str) -> SeenNetwork:
    """A port group that lets everything pass."""
    return SeenNetwork(name=name, uplinks=("uplink1",), promiscuous=True, mac_changes=True, forged_transmits=True)
