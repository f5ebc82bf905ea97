"""Changing machines: making, sizing, powering, moving, marking, destroying; each looks first and may be repeated."""

from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import read_objects
from groundwork.drivers.vcenter.inventory import Inventory
from groundwork.drivers.vcenter.machine_spec import render_card_change, render_empty_machine, render_size_and_mark
from groundwork.drivers.vcenter.port_groups import PortGroups
from groundwork.drivers.vcenter.protocol import NewMachine
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tasks import finish, wait_until
from groundwork.errors import OutsideError

_SHUTDOWN_SECONDS = 120.0  # a guest that has not gone down by then is powered off


class Control:
    """Changes the machines of one vCenter."""

    def __init__(self, session: Session, inventory: Inventory, port_groups: PortGroups) -> None:
        self._session = session
        self._inventory = inventory
        self._port_groups = port_groups

    def create(self, new: NewMachine, *, template: str | None) -> None:
        """Make the machine. One of that name with the same mark is our own earlier attempt; any other is in the way."""
        if self.made_already(new):
            return
        folder, place = self.folder(new.folder), self._inventory.place()
        network = self._port_groups.need(new.shape.network)
        if template is None:
            spec = render_empty_machine(new, network=network, datastore=self._session.place.datastore)
            task = folder.CreateVM_Task(spec, place.pool, place.hypervisor_for(new.name))
        else:
            source = self._inventory.need(template)
            spec = render_size_and_mark(new)
            devices = read_objects(self._session, [source], ["config.hardware.device"])[0]
            spec.deviceChange = render_card_change(devices.get("config.hardware.device", []), network)
            where = vim.vm.RelocateSpec(pool=place.pool, host=place.hypervisor_for(new.name), datastore=place.datastore)
            clone = vim.vm.CloneSpec(location=where, config=spec, powerOn=False, template=False)
            task = source.CloneVM_Task(folder, new.name, clone)
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
        target = self.folder(folder)
        if read_objects(self._session, [machine], ["parent"])[0].get("parent") != target:
            finish(self._session, f"move {name} to {folder}", target.MoveIntoFolder_Task([machine]))

    def mark(self, name: str, *, text: str) -> None:
        """Set the annotation."""
        self._reconfigure(name, self._inventory.need(name), vim.vm.ConfigSpec(annotation=text))

    def destroy(self, name: str) -> None:
        """Power off at once and destroy, disks included; nothing to do when there is no such machine."""
        machine = self._inventory.find(name)
        if machine is None:
            return
        if self._is_on(machine):
            finish(self._session, f"power {name} off", machine.PowerOffVM_Task())
        finish(self._session, f"destroy {name}", machine.Destroy_Task())

    def folder(self, name: str) -> Any:
        """The VM folder of that name, made if it is missing."""
        found = self._inventory.folders().get(name)
        if found is not None:
            return found
        try:
            return self._inventory.place().vm_folder.CreateFolder(name)
        except vim.fault.DuplicateName as fault:  # made by another run meanwhile
            return fault.object

    def _reconfigure(self, name: str, machine: Any, spec: Any) -> None:
        finish(self._session, f"reconfigure {name}", machine.ReconfigVM_Task(spec))

    def _shut_down(self, name: str, machine: Any) -> None:
        tools = read_objects(self._session, [machine], ["guest.toolsRunningStatus"])[0]
        if tools.get("guest.toolsRunningStatus") == "guestToolsRunning":
            try:
                machine.ShutdownGuest()
                off = f"{name} to shut down"
                wait_until(self._session, off, lambda: None if self._is_on(machine) else True, _SHUTDOWN_SECONDS)
            except (vim.fault.ToolsUnavailable, OutsideError):
                pass  # what does not go down by itself is powered off
        if self._is_on(machine):
            finish(self._session, f"power {name} off", machine.PowerOffVM_Task())

    def _is_on(self, machine: Any) -> bool:
        return bool(
            read_objects(self._session, [machine], ["runtime.powerState"])[0].get("runtime.powerState") == "poweredOn"
        )
