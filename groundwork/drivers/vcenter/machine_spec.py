"""The configuration a machine is made with: size, mark, guest information, network card, disks."""

from collections.abc import Sequence
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.inventory import BOOTS_KEY
from groundwork.drivers.vcenter.names import encode_name
from groundwork.drivers.vcenter.networks import PortGroup
from groundwork.drivers.vcenter.protocol import NewMachine

_CONTROLLER_KEY = -100  # negative keys are for devices that do not exist yet
_CARD_KEY = -200
_DISK_KEY = -300
_KIB_PER_GIB = 1024 * 1024
_GUEST = "otherLinux64Guest"
_Change = vim.vm.device.VirtualDeviceSpec


def render_empty_machine(new: NewMachine, *, network: PortGroup, datastore: str) -> Any:
    """A machine with one thin, empty disk of the wanted size, or none at size 0."""
    disks_kib = [new.disk_gib * _KIB_PER_GIB] if new.disk_gib else []
    return _with_devices(new, network, datastore, disks_kib)


def render_imported_machine(new: NewMachine, capacities: Sequence[int], *, network: PortGroup, datastore: str) -> Any:
    """A machine whose disks, of these capacities in bytes, an NFC import fills."""
    return _with_devices(new, network, datastore, [-(-capacity // 1024) for capacity in capacities])


def render_size_and_mark(new: NewMachine) -> Any:
    """What is set of a machine apart from its devices."""
    options = [_option(BOOTS_KEY, "true" if new.shape.boots else "false")]
    options += [_option(f"guestinfo.{key}", value) for key, value in new.guest_info]
    return vim.vm.ConfigSpec(
        name=encode_name(new.name),
        numCPUs=new.shape.vcpus,
        memoryMB=new.shape.memory_mib,
        annotation=new.mark,
        extraConfig=options,
    )


def render_card_change(devices: Sequence[Any], network: PortGroup) -> list[Any]:
    """What puts the machine's first network card into the network: an edit, or a new card where it has none."""
    cards = [device for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)]
    if not cards:
        return [_Change(operation="add", device=_card(network))]
    cards[0].backing = network.backing()
    return [_Change(operation="edit", device=cards[0])]


def _option(key: str, value: str) -> Any:
    option: Any = vim.option.OptionValue()
    option.key, option.value = key, value
    return option


def _with_devices(new: NewMachine, network: PortGroup, datastore: str, disks_kib: Sequence[int]) -> Any:
    spec = render_size_and_mark(new)
    spec.guestId = _GUEST
    spec.files = vim.vm.FileInfo(vmPathName=f"[{datastore}]")
    controller = vim.vm.device.ParaVirtualSCSIController(key=_CONTROLLER_KEY, busNumber=0, sharedBus="noSharing")
    spec.deviceChange = [
        _Change(operation="add", device=controller),
        _Change(operation="add", device=_card(network)),
        *(_disk(number, capacity_kib) for number, capacity_kib in enumerate(disks_kib)),
    ]
    return spec


def _disk(number: int, capacity_kib: int) -> Any:
    backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(diskMode="persistent", thinProvisioned=True, fileName="")
    unit = number if number < 7 else number + 1  # noqa: PLR2004 - unit 7 is the SCSI controller's own
    disk = vim.vm.device.VirtualDisk(
        key=_DISK_KEY - number,
        controllerKey=_CONTROLLER_KEY,
        unitNumber=unit,
        capacityInKB=capacity_kib,
        backing=backing,
    )
    return _Change(operation="add", fileOperation="create", device=disk)


def _card(network: PortGroup) -> Any:
    connect = vim.vm.device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True, connected=False)
    return vim.vm.device.VirtualVmxnet3(
        key=_CARD_KEY, backing=network.backing(), addressType="generated", connectable=connect
    )
