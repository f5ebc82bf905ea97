"""Isolated port groups of our own in a vCenter: no uplink, and nothing forged passes."""

from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import read_all, read_one
from groundwork.drivers.vcenter.inventory import Inventory
from groundwork.drivers.vcenter.location import of_type, paths_of, ready_hypervisors, tree_of
from groundwork.drivers.vcenter.names import encode_name
from groundwork.drivers.vcenter.protocol import NETWORK_MARK, SeenNetwork
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.switches import choose_switch
from groundwork.drivers.vcenter.tasks import finish
from groundwork.errors import OutsideError

_Vmware = vim.dvs.VmwareDistributedVirtualSwitch


class PortGroups:
    """Makes and removes port groups of one vCenter."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    def create_isolated(self, name: str, mark: str) -> None:
        """A distributed port group none of whose traffic has an uplink to leave by; one there already is kept."""
        networks = self._inventory.networks()
        if networks.has(name):
            networks.need(self._session, name)
            return
        task = self._switch().AddDVPortgroup_Task([_isolated(name, mark)])
        finish(self._session, f"make the port group {name}", task)

    def obstacles(self) -> tuple[str, ...]:
        """Why no isolated port group could be made now; empty when one could."""
        try:
            self._switch()
        except OutsideError as error:
            return (f"{error.message} ({error.hint})",)
        return ()

    def _switch(self) -> Any:
        """The switch for networks of ours. Raises OutsideError when none fits, or several do."""
        location = self._inventory.location()
        rows = read_all(
            self._session,
            {vim.Folder: ("name", "parent"), vim.DistributedVirtualSwitch: ("name", "parent", "summary.hostMember")},
            below=location.network_folder,
        )
        switches = paths_of(tree_of(rows), of_type(rows, vim.DistributedVirtualSwitch), below=location.network_folder)
        ready = ready_hypervisors(self._session, location)
        members = {
            path: [name for name, ref in ready.items() if ref in row.get("summary.hostMember", [])]
            for path, row in switches.items()
        }
        chosen = choose_switch(self._session.site, self._session.location.switch, members=members, hypervisors=ready)
        return switches[chosen].ref

    def read(self, name: str) -> SeenNetwork | None:
        """What the port group lets pass, or None; a policy that it does not state counts as letting everything pass."""
        networks = self._inventory.networks()
        if not networks.has(name):
            return None
        group = networks.need(self._session, name)
        if not group.key:
            return SeenNetwork(
                name=name, uplinks=("of a standard switch",), promiscuous=True, mac_changes=True, forged_transmits=True
            )
        row = read_one(self._session, group.ref, ["config.defaultPortConfig", "config.description"])
        policy = row.get("config.defaultPortConfig")
        security = getattr(policy, "securityPolicy", None)
        return SeenNetwork(
            name=name,
            uplinks=_uplinks(getattr(policy, "uplinkTeamingPolicy", None)),
            promiscuous=_lets(security, "allowPromiscuous"),
            mac_changes=_lets(security, "macChanges"),
            forged_transmits=_lets(security, "forgedTransmits"),
            mark=row.get("config.description", ""),
        )

    def remove(self, name: str) -> None:
        """Remove it; nothing to do when there is none."""
        networks = self._inventory.networks()
        if networks.has(name):
            group = networks.need(self._session, name)
            finish(self._session, f"remove the port group {name}", group.ref.Destroy_Task())


def _uplinks(teaming: Any) -> tuple[str, ...]:
    order = getattr(teaming, "uplinkPortOrder", None)
    if order is None:
        return ("as the switch has them",)
    return (*(order.activeUplinkPort or ()), *(order.standbyUplinkPort or ()))


def _lets(security: Any, what: str) -> bool:
    policy = getattr(security, what, None)
    return policy is None or policy.value is not False


def _isolated(name: str, mark: str) -> Any:
    no_uplink = _Vmware.UplinkPortOrderPolicy(inherited=False, activeUplinkPort=[], standbyUplinkPort=[])
    refused = vim.BoolPolicy(inherited=False, value=False)
    policy = _Vmware.VmwarePortConfigPolicy(
        uplinkTeamingPolicy=_Vmware.UplinkPortTeamingPolicy(inherited=False, uplinkPortOrder=no_uplink),
        securityPolicy=_Vmware.SecurityPolicy(
            inherited=False, allowPromiscuous=refused, macChanges=refused, forgedTransmits=refused
        ),
    )
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        name=encode_name(name),
        type="earlyBinding",
        numPorts=16,
        autoExpand=True,
        description=mark or NETWORK_MARK,
        defaultPortConfig=policy,
    )
