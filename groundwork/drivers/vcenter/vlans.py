"""The VLAN of each network of a vCenter, as its port groups tag it, or why none of them decides it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import read_all
from groundwork.drivers.vcenter.location import Location, of_type
from groundwork.drivers.vcenter.networks import Networks
from groundwork.drivers.vcenter.protocol import UNTAGGED, SeenVlan
from groundwork.drivers.vcenter.session import Session

_ALL_TAGS = 4095  # of a standard port group: every tag passes (vim.host.PortGroup.Specification.vlanId)
_Distributed = vim.dvs.DistributedVirtualPortgroup
_Switch = vim.dvs.VmwareDistributedVirtualSwitch


def read_vlans(session: Session, location: Location, networks: Networks) -> dict[str, SeenVlan]:
    """The VLAN of each of the networks, by its label: two bulk reads."""
    distributed = read_all(session, {_Distributed: ("config.defaultPortConfig",)}, below=location.network_folder)
    settings = {row.ref: getattr(row.get("config.defaultPortConfig"), "vlan", None) for row in distributed}
    hypervisors = read_all(session, {vim.HostSystem: ("config.network.portgroup",)}, below=location.datacenter)
    tags = standard_tags(row.get("config.network.portgroup", ()) for row in of_type(hypervisors, vim.HostSystem))
    return {
        group.label: distributed_vlan(settings.get(group.ref))
        if group.key
        else SeenVlan(why="an overlay segment, which no VLAN of the switches carries")
        if group.opaque_id
        else standard_vlan(tags.get(group.name, Counter()))
        for group in networks.groups
    }


def distributed_vlan(setting: Any) -> SeenVlan:
    """What the ``vlan`` of a distributed port group's `defaultPortConfig` decides."""
    if isinstance(setting, _Switch.VlanIdSpec):
        return _tagged(setting.vlanId)
    if isinstance(setting, _Switch.TrunkVlanSpec):
        ranges = ", ".join(f"{one.start}-{one.end}" for one in setting.vlanId)
        return SeenVlan(why=f"a trunk of {ranges or 'no VLAN'}")
    if isinstance(setting, _Switch.PvlanSpec):
        return SeenVlan(why=f"the private VLAN {setting.pvlanId}")
    return SeenVlan(why="its port group does not say")


def standard_tags(hypervisors: Iterable[Iterable[Any]]) -> Mapping[str, Counter[int]]:
    """How many hypervisors tag each standard port group with which VLAN; a hypervisor is its `HostPortGroup`s."""
    tags: dict[str, Counter[int]] = {}
    for port_groups in hypervisors:
        for one in port_groups:
            tags.setdefault(one.spec.name, Counter())[one.spec.vlanId] += 1
    return tags


def standard_vlan(tags: Mapping[int, int]) -> SeenVlan:
    """The VLAN that all hypervisors agree on; `tags` counts them by the VLAN that each has."""
    if len(tags) > 1:
        each = ", ".join(f"{tag} on {count}" for tag, count in sorted(tags.items()))
        return SeenVlan(why=f"the hypervisors disagree: {each}")
    tag = next(iter(tags), None)
    if tag is None:
        return SeenVlan(why="no hypervisor shows its port group")
    return SeenVlan(why="a trunk of all VLANs") if tag == _ALL_TAGS else _tagged(tag)


def _tagged(tag: int) -> SeenVlan:
    return SeenVlan(number=tag) if tag else UNTAGGED
