"""What a vCenter shows of networks: port groups that no network of the estate stands for, and VLANs that differ."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.machines.model import FoundMachine
from groundwork.drivers.vcenter.protocol import SeenVlan
from groundwork.estate.estate import Estate


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNetwork:
    """A port group that no network of the estate stands for, with how many machines it has.

    `vlan` is null where a person has to decide it; `note` says why, or which network has that VLAN already.
    """

    name: str
    machines: int
    vlan: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VlanDifference:
    """A network whose port group has another VLAN than the estate says."""

    network: str
    written: int
    shown: int


def unknown_networks(
    estate: Estate, site: str, found: Iterable[FoundMachine], vlans: Mapping[str, SeenVlan]
) -> tuple[UnknownNetwork, ...]:
    """The port groups of these machines that no network of the site stands for, by name."""
    here = [network for network in estate.networks.values() if network.site == site]
    known, used = {one.port_group_path for one in here}, {one.vlan: one.name for one in here}
    counted = Counter(name for one in found for name in {card.network for card in one.cards} - {"", *known})
    return tuple(_unknown(name, counted[name], vlans.get(name), used) for name in sorted(counted))


def _unknown(name: str, machines: int, vlan: SeenVlan | None, used: Mapping[int, str]) -> UnknownNetwork:
    number = vlan.number if vlan else 0
    note = vlan.why if vlan else "the vCenter does not show it"
    if number in used:
        note = f"the VLAN of {used[number]}: perhaps this is its port group"
    return UnknownNetwork(name=name, machines=machines, vlan=number or None, note=note)


def vlan_differences(estate: Estate, site: str, vlans: Mapping[str, SeenVlan]) -> tuple[VlanDifference, ...]:
    """The networks of the site whose port groups decide on another VLAN; one that decides on none does not differ."""
    return tuple(
        VlanDifference(network=network.name, written=network.vlan, shown=seen.number)
        for network in estate.networks.values()
        if network.site == site
        and (seen := vlans.get(network.port_group_path))
        and seen.number not in (0, network.vlan)
    )
