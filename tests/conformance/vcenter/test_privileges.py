"""The table of methods and privileges is what the driver calls, and each missing privilege is reported by its name."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
from pyVmomi import vim

from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.privileges import EVERY_ROLE, METHODS, privileges
from groundwork.drivers.vcenter.protocol import DiskStream, NewMachine
from groundwork.errors import OutsideError
from groundwork.model.restore_point import MachineShape
from groundwork.shell.clock import SystemClock
from tests.builders.vcenter_simulator import Simulator

SHAPE = MachineShape(vcpus=1, memory_mib=512, network="net-a", address="")
NEW = NewMachine(name="new-01", folder="digital", shape=SHAPE, mark="cityops: test", disk_gib=1)
_MANAGED = (vim.Folder, vim.VirtualMachine, vim.vm.Snapshot, vim.ResourcePool, vim.DistributedVirtualSwitch)


def _export(vcenter: LiveVCenter) -> bytes:
    with vcenter.export_disks("new-01", snapshot="s") as disks:
        return b"".join(chunk for disk in disks for chunk in disk.chunks)


def _import(vcenter: LiveVCenter, content: bytes) -> None:
    stream = DiskStream(name="disk-0.vmdk", capacity_bytes=1 << 20, chunks=iter([content]))
    vcenter.import_machine(replace(NEW, name="new-02"), [stream])


def _destroy_running(vcenter: LiveVCenter) -> None:
    vcenter.set_power("new-04", on=True)
    vcenter.destroy("new-04")


# In this order each act finds what the one before left; each is the first to call its method.
ACTS: dict[str, Callable[[LiveVCenter], object]] = {
    "SearchDatastore_Task": lambda vcenter: vcenter.list_files(),
    "CreateVM_Task": lambda vcenter: vcenter.create(NEW, template=None),
    "CreateFolder": lambda vcenter: vcenter.move("new-01", folder="digital/new"),
    "MoveIntoFolder_Task": lambda vcenter: vcenter.move("new-01", folder="tax"),
    "ReconfigVM_Task": lambda vcenter: vcenter.mark("new-01", text="cityops: other"),
    "PowerOnVM_Task": lambda vcenter: vcenter.set_power("new-01", on=True),
    "ShutdownGuest": lambda vcenter: vcenter.set_power("new-01", on=False),
    "CreateSnapshot_Task": lambda vcenter: vcenter.take_snapshot("new-01", snapshot="s"),
    "ExportSnapshot": _export,
    "ImportVApp": lambda vcenter: _import(vcenter, _export(vcenter)),
    "RemoveSnapshot_Task": lambda vcenter: vcenter.remove_snapshot("new-01", snapshot="s"),
    "Rename_Task": lambda vcenter: vcenter.rename("new-02", to="new-03"),
    "ConsolidateVMDisks_Task": lambda vcenter: vcenter.consolidate("new-01"),
    "CloneVM_Task": lambda vcenter: vcenter.create(replace(NEW, name="new-04"), template="tmpl-guest"),
    "AddDVPortgroup_Task": lambda vcenter: vcenter.create_network("bubble"),
    "PowerOffVM_Task": _destroy_running,
    "Destroy_Task": lambda vcenter: vcenter.remove_network("bubble"),
}


def test_each_missing_privilege_is_reported_by_its_name_and_all_methods_called_are_in_the_table(
    simulator: Simulator, live: LiveVCenter
) -> None:
    called: set[str] = set()
    with closing(LiveVCenter(simulator.access, clock=SystemClock(), called=called.add)) as vcenter:
        for method, act in ACTS.items():
            if method == "ConsolidateVMDisks_Task":
                simulator.veil("new-01", "consolidation")
            (privilege, *_) = METHODS[method]
            simulator.ask_for_fault(method=method, fault="NoPermission", privilege=privilege, count=1)
            with pytest.raises(OutsideError, match=f"lacks the privilege {privilege}"):
                act(vcenter)
            act(vcenter)
        with pytest.raises(OutsideError, match="torn"):
            _torn_import(vcenter)
    assert live.read_machine("new-01") is not None
    assert called == METHODS.keys() - {"ContinueRetrievePropertiesEx"}  # of more than 250 machines, see below


def _torn_import(vcenter: LiveVCenter) -> None:
    def chunks() -> object:
        yield b"KDMV"
        raise OutsideError("torn", hint="")

    vcenter.take_snapshot("new-01", snapshot="s")
    stream = DiskStream(name="disk-0.vmdk", capacity_bytes=1 << 20, chunks=chunks())  # type: ignore[arg-type]  # torn
    vcenter.import_machine(replace(NEW, name="new-05"), [stream])


def test_what_vsphere_says_of_a_method_is_in_the_table() -> None:
    """pyVmomi carries the privilege that vSphere checks for most methods."""
    known = {}
    for managed in _MANAGED:
        for name in METHODS:
            said = getattr(getattr(managed, name, None), "info", None)
            if said is not None and said.privId:
                known[name] = said.privId
    assert len(known) > 8
    assert {name: privilege for name, privilege in known.items() if privilege not in METHODS[name]} == {}


def test_what_every_role_has_is_not_asked_for() -> None:
    assert not EVERY_ROLE & set(privileges())
    assert "VApp.Import" in privileges()
    assert set(ACTS) == {method for method, needed in METHODS.items() if set(needed) - EVERY_ROLE}
