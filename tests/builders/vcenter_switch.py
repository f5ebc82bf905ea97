"""Another distributed switch of a simulated vCenter."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import read_all, read_one
from groundwork.drivers.vcenter.session import Session, VCenterAccess
from groundwork.drivers.vcenter.tasks import finish
from groundwork.shell.clock import SystemClock

_Dvs = vim.DistributedVirtualSwitch
_Member = vim.dvs.HostMember.ConfigSpec


@contextmanager
def another_switch(access: VCenterAccess, name: str, *, joined: bool) -> Iterator[None]:
    """A switch beside the site's own, with every hypervisor of the site's cluster or none joined to it."""
    session = Session(access, SystemClock())
    rows = read_all(session, {vim.Datacenter: ("name", "networkFolder"), vim.HostSystem: ("name",)})
    folder = next(row.get("networkFolder") for row in rows if row.name == session.location.datacenter)
    config = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name=name)
    switch = finish(session, "make a switch", folder.CreateDVS_Task(_Dvs.CreateSpec(configSpec=config)))
    hosts = [row.ref for row in rows if isinstance(row.ref, vim.HostSystem)]
    if joined:
        config.host = [_Member(operation="add", host=host) for host in hosts]
        finish(session, "join it", switch.ReconfigureDvs_Task(config))
    try:
        yield
    finally:
        for group in read_one(session, switch, ["portgroup"]).get("portgroup", []):  # the simulator keeps its uplinks
            finish(session, "remove its port group", group.Destroy_Task())
        finish(session, "remove the switch", switch.Destroy_Task())
        session.close()
