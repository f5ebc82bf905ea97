"""A vCenter's port groups: which there are, and isolated ones of our own."""

from dataclasses import dataclass
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import Row, read_all
from groundwork.drivers.vcenter.inventory import Inventory
from groundwork.drivers.vcenter.place import named, of_type
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tasks import finish
from groundwork.errors import OutsideError

_Distributed = vim.dvs.DistributedVirtualPortgroup
_Switch = vim.DistributedVirtualSwitch


@dataclass(frozen=True, slots=True, kw_only=True)
class PortGroup:
    """One port group; `key` and `switch_uuid` are empty for one of a standard switch."""

    name: str
    ref: Any
    key: str = ""
    switch_uuid: str = ""


class PortGroups:
    """The port groups of one vCenter; those that are a switch's uplinks are none of ours."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    def all(self) -> dict[str, PortGroup]:
        """By name."""
        folder = self._inventory.place().network_folder
        plain = read_all(self._session, {vim.Network: ("name",)}, below=folder)
        rows = read_all(
            self._session,
            {
                _Distributed: ("key", "config.distributedVirtualSwitch"),
                _Switch: ("name", "uuid", "config.uplinkPortgroup"),
            },
            below=folder,
        )
        switches = {row.ref: row for row in of_type(rows, _Switch)}
        uplinks = {ref for row in switches.values() for ref in row.get("config.uplinkPortgroup", [])}
        keyed = {row.ref: row for row in of_type(rows, _Distributed)}
        groups = [_group(row, keyed.get(row.ref), switches) for row in plain if row.ref not in uplinks]
        defaults = tuple(f"{switch.get('name')}-DVUplinks" for switch in switches.values())
        return {group.name: group for group in groups if not group.name.startswith(defaults)}

    def need(self, name: str) -> PortGroup:
        """The port group of that name. Raises OutsideError naming those there are."""
        groups = self.all()
        rows = [Row(group.ref, {"name": group.name}) for group in groups.values()]
        return groups[str(named(self._session, "network", name, rows).get("name"))]

    def create_isolated(self, name: str) -> None:
        """A distributed port group none of whose traffic has an uplink to leave by; one there already is kept."""
        if name in self.all():
            return
        rows = read_all(self._session, {_Switch: ("name",)}, below=self._inventory.place().network_folder)
        if not rows:
            raise OutsideError(
                f"the vCenter of {self._session.site} has no distributed switch to put {name} on",
                hint="make one that all hypervisors of the cluster are members of",
            )
        switch = min(rows, key=lambda row: str(row.get("name")))
        task = switch.ref.AddDVPortgroup_Task([_isolated(name)])
        finish(self._session, f"make the port group {name}", task)

    def remove(self, name: str) -> None:
        """Remove it; nothing to do when there is none."""
        group = self.all().get(name)
        if group:
            finish(self._session, f"remove the port group {name}", group.ref.Destroy_Task())


def _group(row: Row, keyed: Row | None, switches: dict[Any, Row]) -> PortGroup:
    name = str(row.get("name", ""))
    switch = switches.get(keyed.get("config.distributedVirtualSwitch")) if keyed else None
    if keyed is None or switch is None:
        return PortGroup(name=name, ref=row.ref)
    return PortGroup(name=name, ref=row.ref, key=keyed.get("key"), switch_uuid=switch.get("uuid"))


def _isolated(name: str) -> Any:
    no_uplink = vim.dvs.VmwareDistributedVirtualSwitch.UplinkPortOrderPolicy(
        inherited=False, activeUplinkPort=[], standbyUplinkPort=[]
    )
    teaming = vim.dvs.VmwareDistributedVirtualSwitch.UplinkPortTeamingPolicy(inherited=False, uplinkPortOrder=no_uplink)
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        name=name,
        type="earlyBinding",
        numPorts=16,
        autoExpand=True,
        description="made by cityops: isolated, no uplink",
        defaultPortConfig=vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(uplinkTeamingPolicy=teaming),
    )
