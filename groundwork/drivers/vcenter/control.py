"""Changing machines: making, sizing, powering, moving, marking, destroying; each checks first and may be repeated."""

from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.adapter_spec import render_adapter_changes, render_new_adapters
from groundwork.drivers.vcenter.bulk_read import read_one
from groundwork.drivers.vcenter.devices import capacity_of, devices_of, disks_of
from groundwork.drivers.vcenter.errors import HeldError, outside_errors
from groundwork.drivers.vcenter.inventory import Inventory
from groundwork.drivers.vcenter.location import hypervisor_for
from groundwork.drivers.vcenter.machine_spec import empty_disks, render_machine, render_settings
from groundwork.drivers.vcenter.names import encode_name
from groundwork.drivers.vcenter.protocol import NewMachine
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tasks import finish, wait_until
from groundwork.errors import OutsideError

_HELD_SECONDS = 330.0  # an NFC lease whose holder is gone lives for 300 s
_SHUTDOWN_SECONDS = 120.0  # a guest that has not gone down by then is powered off


class Control:
    """Changes the machines of one vCenter."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    def create(self, new: NewMachine, *, template: str | None) -> None:
        """Make the machine. One of that name with the same mark is our own earlier attempt; any other is in the way."""
        if self.made_already(new):
            return
        location = self._inventory.location_on(new.datastore)
        networks, adapters = self._inventory.networks(), new.shape.adapters
        added = render_new_adapters(self._session, adapters, networks)
        source = None if template is None else self._inventory.need(template)
        hypervisor = hypervisor_for(self._session, location, new.name, name=new.hypervisor)
        folder = self._inventory.make_folder(new.folder)
        if source is None:
            spec = render_machine(new, empty_disks(new), added, datastore=location.datastore_name)
            task = folder.CreateVM_Task(spec, location.pool, hypervisor)
        else:
            spec = render_settings(new)
            devices = devices_of(read_one(self._session, source, ["config.hardware.device"]))
            spec.deviceChange = render_adapter_changes(self._session, devices, adapters, networks)
            where = vim.vm.RelocateSpec(pool=location.pool, host=hypervisor, datastore=location.datastore)
            clone = vim.vm.CloneSpec(location=where, config=spec, powerOn=False, template=False)
            task = source.CloneVM_Task(folder, encode_name(new.name), clone)
        finish(self._session, f"create {new.name}", task)

    def made_already(self, new: NewMachine) -> bool:
        """True for our own earlier attempt. Raises OutsideError when another machine has the name."""
        seen = self._inventory.machine(new.name)
        if seen is None:
            return False
        if seen.mark == new.mark and not seen.template:
            return True
        raise OutsideError(
            f"there is another machine named {new.name} at {self._session.site} (folder {seen.folder})",
            hint="rename one of the two, or let the estate describe the one that is there",
        )

    def resize(self, name: str, *, vcpus: int, memory_mib: int) -> None:
        """Set the size; a running machine is shut down for it and started again, whether or not it took the size."""
        seen = self._inventory.machine(name)
        machine = self._inventory.need(name)
        if seen and (seen.vcpus, seen.memory_mib) == (vcpus, memory_mib):
            return
        running = seen is not None and seen.powered_on
        if running:
            self._shut_down(name, machine)
        try:
            self._reconfigure(name, machine, vim.vm.ConfigSpec(numCPUs=vcpus, memoryMB=memory_mib))
        finally:
            if running:
                finish(self._session, f"power {name} on", machine.PowerOnVM_Task())

    def grow_disk(self, name: str, *, disk_gib: int) -> None:
        """Let the machine's only disk grow to that size."""
        machine = self._inventory.need(name)
        disks = disks_of(devices_of(read_one(self._session, machine, ["config.hardware.device"])))
        capacity = disk_gib << 30
        if len(disks) != 1 or capacity_of(disks[0]) > capacity:
            shown = ", ".join(f"{capacity_of(disk) / (1 << 30):g} GiB" for disk in disks) or "no disk"
            raise OutsideError(
                f"{name} at {self._session.site} has {shown}: its disk cannot grow to {disk_gib} GiB",
                hint="only the one disk of a machine grows, and none shrinks",
            )
        if capacity_of(disks[0]) < capacity:
            disks[0].capacityInBytes, disks[0].capacityInKB = capacity, capacity // 1024
            change = vim.vm.device.VirtualDeviceSpec(operation="edit", device=disks[0])
            self._reconfigure(name, machine, vim.vm.ConfigSpec(deviceChange=[change]))

    def set_power(self, name: str, *, on: bool) -> None:
        """Power on, or shut the guest down where its tools run, and power off."""
        machine = self._inventory.need(name)
        if self._is_on(machine) == on:
            return
        if on:
            finish(self._session, f"power {name} on", machine.PowerOnVM_Task())
        else:
            self._shut_down(name, machine)

    def move(self, name: str, *, folder: str) -> None:
        """Move the machine into the folder, made if it is missing."""
        machine = self._inventory.need(name)
        where = read_one(self._session, machine, ["parent", "parentVApp"])
        if where.get("parentVApp"):
            raise OutsideError(
                f"{name} at {self._session.site} lies in a vApp: it is not moved to the folder {folder}",
                hint="take it out of the vApp in the vCenter first",
            )
        target = self._inventory.make_folder(folder)
        if where.get("parent") != target:
            finish(self._session, f"move {name} to {folder}", target.MoveIntoFolder_Task([machine]))

    def rename(self, name: str, *, to: str) -> None:
        """Give the machine another name; done when nothing bears the old one and something the new."""
        if self._inventory.find(name) is None and self._inventory.find(to) is not None:
            return
        taken = self._inventory.find(to)
        machine = self._inventory.need(name)
        if taken is not None and taken != machine:
            raise OutsideError(
                f"there is another machine named {to} at {self._session.site}", hint="rename one of the two by hand"
            )
        finish(self._session, f"rename {name} to {to}", machine.Rename_Task(encode_name(to)))

    def mark(self, name: str, *, text: str) -> None:
        """Set the annotation."""
        self._reconfigure(name, self._inventory.need(name), vim.vm.ConfigSpec(annotation=text))

    def destroy(self, name: str) -> None:
        """Power off at once and destroy, disks included; one that somebody else's lease or task holds is waited for."""
        wait_until(self._session, f"destroy {name}", lambda: self._destroyed(name), _HELD_SECONDS)

    def cut_power(self, name: str) -> None:
        """Power off at once; nothing to do when it is off, or not there."""
        machine = self._inventory.find(name)
        if machine is not None and self._is_on(machine):
            finish(self._session, f"power {name} off", machine.PowerOffVM_Task())

    def _destroyed(self, name: str) -> bool | None:
        """True once there is no such machine, None while it is held."""
        machine = self._inventory.find(name)
        if machine is None:
            return True
        try:
            with outside_errors(self._session.site, f"destroy {name}"):
                if self._is_on(machine):
                    finish(self._session, f"power {name} off", machine.PowerOffVM_Task())
                finish(self._session, f"destroy {name}", machine.Destroy_Task())
        except HeldError:
            return None
        return True

    def _reconfigure(self, name: str, machine: Any, spec: Any) -> None:
        finish(self._session, f"reconfigure {name}", machine.ReconfigVM_Task(spec))

    def _shut_down(self, name: str, machine: Any) -> None:
        tools = read_one(self._session, machine, ["guest.toolsRunningStatus"])
        if tools.get("guest.toolsRunningStatus") == "guestToolsRunning":
            try:
                machine.ShutdownGuest()
                off = f"{name} to shut down"
                wait_until(self._session, off, lambda: None if self._is_on(machine) else True, _SHUTDOWN_SECONDS)
            except (vim.fault.VimFault, OutsideError):
                pass  # what does not go down by itself is powered off
        if self._is_on(machine):
            finish(self._session, f"power {name} off", machine.PowerOffVM_Task())

    def _is_on(self, machine: Any) -> bool:
        return bool(read_one(self._session, machine, ["runtime.powerState"]).get("runtime.powerState") == "poweredOn")
