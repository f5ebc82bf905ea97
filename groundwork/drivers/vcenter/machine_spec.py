"""The configuration a machine is made with: size, mark, guest information, firmware, disks on their controllers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.devices import CONTROLLERS
from groundwork.drivers.vcenter.names import encode_name
from groundwork.drivers.vcenter.protocol import NewMachine
from groundwork.model.hardware import Disk, place_disks

_CONTROLLER_KEY = -100  # negative keys are for devices that do not exist yet
_DISK_KEY = -300
_IDE_KEY = 200  # of the first of the two IDE controllers that every machine is born with
_GUEST = "otherLinux64Guest"
_Change = vim.vm.device.VirtualDeviceSpec


def empty_disks(new: NewMachine) -> tuple[Disk, ...]:
    """The disks of a machine made from neither a template nor disks: those of its shape, or one of the wanted size."""
    if new.shape.hardware.disks or not new.disk_gib:
        return new.shape.hardware.disks
    return place_disks({"disk-0.vmdk": new.disk_gib << 30})


def render_machine(new: NewMachine, disks: Sequence[Disk], adapters: Iterable[Any], *, datastore: str) -> Any:
    """A whole machine with these thin disks, and the adapters that `adapters` adds."""
    spec = render_settings(new)
    spec.guestId = spec.guestId or _GUEST
    spec.files = vim.vm.FileInfo(vmPathName=f"[{datastore}]")
    if new.shape.hardware.hardware_version:
        spec.version = new.shape.hardware.hardware_version
    if new.shape.hardware.bios_uuid:
        spec.uuid = new.shape.hardware.bios_uuid
    spec.deviceChange = [*_disks_and_controllers(disks), *adapters]
    return spec


def render_settings(new: NewMachine) -> Any:
    """What is set of a machine apart from its devices; what its shape never kept is left to the vCenter or template."""
    hardware = new.shape.hardware
    options = [_option(f"guestinfo.{key}", value) for key, value in new.guest_info]
    options += [_option(key, value) for key, value in hardware.options]
    spec = vim.vm.ConfigSpec(
        name=encode_name(new.name),
        numCPUs=new.shape.vcpus,
        memoryMB=new.shape.memory_mib,
        annotation=new.mark,
        extraConfig=options,
    )
    if hardware.guest_type:
        spec.guestId = hardware.guest_type
    if hardware.cores_per_socket:
        spec.numCoresPerSocket = hardware.cores_per_socket
    if hardware.firmware:
        spec.firmware = hardware.firmware
        spec.bootOptions = vim.vm.BootOptions(efiSecureBootEnabled=hardware.secure_boot)
    return spec


def _option(key: str, value: str) -> Any:
    option: Any = vim.option.OptionValue()
    option.key, option.value = key, value
    return option


def _disks_and_controllers(disks: Sequence[Disk]) -> Iterator[Any]:
    keys: dict[tuple[str, int], int] = {}
    for disk in disks:
        bus = (disk.controller, disk.bus)
        if bus in keys:
            continue
        if disk.controller == "ide":
            keys[bus] = _IDE_KEY + disk.bus
            continue
        keys[bus] = _CONTROLLER_KEY - len(keys)
        yield _Change(operation="add", device=_controller(disk, keys[bus]))
    for number, disk in enumerate(disks):
        yield _disk(number, disk, keys[disk.controller, disk.bus])


def _controller(disk: Disk, key: int) -> Any:
    kind = CONTROLLERS[disk.controller]
    if issubclass(kind, vim.vm.device.VirtualSCSIController):
        return kind(key=key, busNumber=disk.bus, sharedBus="noSharing")
    return kind(key=key, busNumber=disk.bus)


def _disk(number: int, disk: Disk, controller_key: int) -> Any:
    backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(diskMode="persistent", thinProvisioned=True, fileName="")
    device = vim.vm.device.VirtualDisk(
        key=_DISK_KEY - number,
        controllerKey=controller_key,
        unitNumber=disk.unit,
        capacityInKB=-(-disk.capacity_bytes // 1024),
        backing=backing,
    )
    return _Change(operation="add", fileOperation="create", device=device)
