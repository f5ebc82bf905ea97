"""A vCenter's networks by name: distributed and standard port groups, opaque networks, and what adapters stand on."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import Row, read_all
from groundwork.drivers.vcenter.location import Location, not_one, of_type
from groundwork.drivers.vcenter.names import join_path, split_path
from groundwork.drivers.vcenter.session import Session

_Distributed = vim.dvs.DistributedVirtualPortgroup
_Switch = vim.DistributedVirtualSwitch
_Card = vim.vm.device.VirtualEthernetCard


@dataclass(frozen=True, slots=True, kw_only=True)
class PortGroup:
    """One network; `switch` is its distributed switch's name, or ``standard`` or ``opaque``.

    `key` and `switch_uuid` are a distributed one's, `opaque_id` and `opaque_type` an opaque one's. `label` names it
    among all: its name, or ``SWITCH/name`` where several bear it.
    """

    name: str
    switch: str
    ref: Any
    key: str = ""
    switch_uuid: str = ""
    opaque_id: str = ""
    opaque_type: str = ""
    label: str = ""

    @property
    def qualified(self) -> str:
        """``SWITCH/name``."""
        return join_path((self.switch, self.name))

    def backing(self) -> Any:
        """What an adapter in this network stands on."""
        if self.switch_uuid:
            port = vim.dvs.PortConnection(portgroupKey=self.key, switchUuid=self.switch_uuid)
            return _Card.DistributedVirtualPortBackingInfo(port=port)
        if self.opaque_id:
            return _Card.OpaqueNetworkBackingInfo(
                opaqueNetworkId=self.opaque_id, opaqueNetworkType=self.opaque_type or "nsx.LogicalSwitch"
            )
        return _Card.NetworkBackingInfo(deviceName=self.name, network=self.ref)


@dataclass(frozen=True, slots=True)
class Networks:
    """All networks of a datacenter but its switches' uplinks."""

    groups: tuple[PortGroup, ...]

    def has(self, name: str) -> bool:
        """True when at least one network is called that."""
        return bool(self._called(name))

    def need(self, session: Session, name: str) -> PortGroup:
        """The network of that name or label. Raises OutsideError naming all of that name, or those there are."""
        found = self._called(name)
        if len(found) == 1:
            return found[0]
        raise not_one(
            session,
            "network",
            name,
            found=sorted(group.qualified for group in found),
            among=sorted(group.label for group in self.groups),
        )

    def _called(self, name: str) -> list[PortGroup]:
        plain = [group for group in self.groups if group.name == name]
        return plain or [group for group in self.groups if split_path(name) == split_path(group.qualified)]

    def under(self, backing: Any) -> str:
        """The label of the network that an adapter with this backing is in; empty when it is in none of these."""
        if isinstance(backing, _Card.DistributedVirtualPortBackingInfo):
            return next((one.label for one in self.groups if one.key and one.key == backing.port.portgroupKey), "")
        if isinstance(backing, _Card.OpaqueNetworkBackingInfo):
            return next((one.label for one in self.groups if one.opaque_id == backing.opaqueNetworkId), "")
        if isinstance(backing, _Card.NetworkBackingInfo):
            return next((one.label for one in self.groups if one.ref == backing.network), "")
        return ""


def read_networks(session: Session, location: Location) -> Networks:
    """Every network below the datacenter's network folder."""
    plain = read_all(session, {vim.Network: ("name",)}, below=location.network_folder)
    special = read_all(
        session,
        {
            _Distributed: ("key", "config.distributedVirtualSwitch"),
            _Switch: ("name", "uuid", "config.uplinkPortgroup"),
            vim.OpaqueNetwork: ("summary",),
        },
        below=location.network_folder,
    )
    switches = {row.ref: row for row in of_type(special, _Switch)}
    uplinks = {ref for row in switches.values() for ref in row.get("config.uplinkPortgroup", [])}
    defaults = tuple(f"{switch.name}-DVUplinks" for switch in switches.values())
    details = {row.ref: row for row in special}
    groups = [_port_group(row, details.get(row.ref), switches) for row in plain if row.ref not in uplinks]
    return Networks(label_all(group for group in groups if not (group.key and group.name.startswith(defaults))))


def label_all(groups: Iterable[PortGroup]) -> tuple[PortGroup, ...]:
    """The networks in order, each with its label among all of them."""
    listed = list(groups)
    counts = Counter(group.name for group in listed)
    return tuple(
        replace(group, label=group.name if counts[group.name] == 1 else group.qualified)
        for group in sorted(listed, key=lambda group: (group.name, group.switch))
    )


def _port_group(row: Row, details: Row | None, switches: Mapping[Any, Row]) -> PortGroup:
    if details and isinstance(row.ref, vim.OpaqueNetwork):
        summary = details.get("summary")
        return PortGroup(
            name=row.name,
            switch="opaque",
            ref=row.ref,
            opaque_id=getattr(summary, "opaqueNetworkId", "") or "",
            opaque_type=getattr(summary, "opaqueNetworkType", "") or "",
        )
    switch = switches.get(details.get("config.distributedVirtualSwitch")) if details else None
    if details is None or switch is None:
        return PortGroup(name=row.name, switch="standard", ref=row.ref)
    return PortGroup(
        name=row.name, switch=switch.name, ref=row.ref, key=details.get("key", ""), switch_uuid=switch.get("uuid", "")
    )
