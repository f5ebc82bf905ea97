"""What a person with the vSphere Client can do to a drill's port group at any time: give it an uplink."""

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import read_all
from groundwork.drivers.vcenter.session import Session, VCenterAccess
from groundwork.shell.clock import SystemClock

_Vmware = vim.dvs.VmwareDistributedVirtualSwitch


def add_uplink(access: VCenterAccess, name: str) -> None:
    """Let the port group's traffic leave by `uplink1`."""
    session = Session(access, SystemClock())
    rows = read_all(session, {vim.dvs.DistributedVirtualPortgroup: ("name",)}, below=session.content.rootFolder)
    group = next(row.ref for row in rows if row.name == name)
    order = _Vmware.UplinkPortOrderPolicy(inherited=False, activeUplinkPort=["uplink1"], standbyUplinkPort=[])
    teaming = _Vmware.UplinkPortTeamingPolicy(inherited=False, uplinkPortOrder=order)
    policy = _Vmware.VmwarePortConfigPolicy(uplinkTeamingPolicy=teaming)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=name, numPorts=16, defaultPortConfig=policy)
    group.ReconfigureDVPortgroup_Task(spec)
    session.close()
