"""What a machine's devices say of it: adapters in order, disks and their slots, and what no restore point can hold."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import Row
from groundwork.drivers.vcenter.names import decode_name
from groundwork.drivers.vcenter.networks import Networks
from groundwork.drivers.vcenter.protocol import SeenAdapter
from groundwork.model.hardware import KEPT_OPTIONS, Adapter, Disk, Hardware

CONTROLLERS = {
    "pvscsi": vim.vm.device.ParaVirtualSCSIController,
    "lsilogic_sas": vim.vm.device.VirtualLsiLogicSASController,
    "lsilogic": vim.vm.device.VirtualLsiLogicController,
    "buslogic": vim.vm.device.VirtualBusLogicController,
    "sata": vim.vm.device.VirtualAHCIController,
    "nvme": vim.vm.device.VirtualNVMEController,
    "ide": vim.vm.device.VirtualIDEController,
}
ADAPTERS = {
    "vmxnet3": vim.vm.device.VirtualVmxnet3,
    "vmxnet2": vim.vm.device.VirtualVmxnet2,
    "e1000e": vim.vm.device.VirtualE1000e,
    "e1000": vim.vm.device.VirtualE1000,
    "pcnet32": vim.vm.device.VirtualPCNet32,
}
HARDWARE_PATHS = (
    "config.uuid",
    "config.hardware.numCoresPerSocket",
    "config.hardware.device",
    "config.firmware",
    "config.bootOptions.efiSecureBootEnabled",
    "config.guestId",
    "config.version",
    "config.keyId",
    *(f'config.extraConfig["{key}"]' for key in KEPT_OPTIONS),
)
_ON_DATASTORE = re.compile(r"\[(?P<datastore>[^\]]+)\]")
_Rdm = vim.vm.device.VirtualDisk.RawDiskMappingVer1BackingInfo
_Scsi = vim.vm.device.VirtualSCSIController
_BUSES = (vim.vm.device.VirtualIDEController, _Scsi, vim.vm.device.VirtualSATAController)  # NVMe and others after them


def devices_of(row: Row) -> list[Any]:
    """The devices of a row that has `config.hardware.device`."""
    return list(row.get("config.hardware.device", []))


def cards_of(devices: Sequence[Any]) -> list[Any]:
    """The network adapters among the devices, in order."""
    return [device for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)]


def disks_of(devices: Sequence[Any]) -> list[Any]:
    """The disks among the devices by their slots: IDE, SCSI, SATA, NVMe; by bus and unit. Keys are the server's."""

    def slot(disk: Any) -> tuple[int, int, int]:
        controller = _controller(disk, devices)
        return _rank(controller), getattr(controller, "busNumber", 0) or 0, disk.unitNumber or 0

    return sorted((device for device in devices if isinstance(device, vim.vm.device.VirtualDisk)), key=slot)


def _rank(controller: Any) -> int:
    return next((rank for rank, kind in enumerate(_BUSES) if isinstance(controller, kind)), len(_BUSES))


def capacity_of(disk: Any) -> int:
    """The disk's capacity in bytes."""
    return int(disk.capacityInBytes or disk.capacityInKB * 1024)


def datastores_of(devices: Sequence[Any]) -> tuple[str, ...]:
    """The datastores that the disks' files lie on, ``[datastore] folder/disk.vmdk``, each once and in order."""
    files = [_ON_DATASTORE.match(str(getattr(disk.backing, "fileName", "") or "")) for disk in disks_of(devices)]
    return tuple(dict.fromkeys(decode_name(file["datastore"]) for file in files if file))


def covered_disks(devices: Sequence[Any]) -> list[tuple[Disk, Any]]:
    """The disks that a snapshot's export holds, each with its device; named ``disk-0.vmdk`` onwards in order."""
    held = [disk for disk in disks_of(devices) if not _why_not(disk, devices)]
    return [(_disk(number, disk, devices), disk) for number, disk in enumerate(held)]


def read_hardware(row: Row, networks: Networks) -> Hardware:
    """The machine's hardware, from a row with HARDWARE_PATHS."""
    devices = devices_of(row)
    options = [(key, getattr(row.get(f'config.extraConfig["{key}"]'), "value", None)) for key in KEPT_OPTIONS]
    return Hardware(
        firmware=row.get("config.firmware", ""),
        secure_boot=bool(row.get("config.bootOptions.efiSecureBootEnabled", False)),
        guest_type=row.get("config.guestId", ""),
        hardware_version=row.get("config.version", ""),
        bios_uuid=row.get("config.uuid", ""),
        cores_per_socket=row.get("config.hardware.numCoresPerSocket", 0),
        disks=tuple(disk for disk, _ in covered_disks(devices)),
        adapters=tuple(_adapter(card, networks) for card in cards_of(devices)),
        options=tuple((key, str(value)) for key, value in options if value is not None),
        not_covered=tuple(_not_covered(row, devices)),
        no_snapshot=_no_snapshot(devices),
    )


def read_adapters(row: Row, networks: Networks) -> tuple[SeenAdapter, ...]:
    """The machine's adapters now, in order, each with what the guest's tools report on it (`guest.net`)."""
    reported = [nic for nic in row.get("guest.net", []) if (nic.deviceConfigId or -1) >= 0]
    return tuple(
        SeenAdapter(
            network=networks.under(card.backing),
            mac=(card.macAddress or "").lower(),
            kind=_kind(card, ADAPTERS) or "vmxnet3",
            connected=bool(card.connectable and card.connectable.connected),
            starts_connected=bool(card.connectable is None or card.connectable.startConnected),
            addresses=tuple(text for nic in reported if nic.deviceConfigId == card.key for text in nic.ipAddress),
        )
        for card in cards_of(devices_of(row))
    )


def _adapter(card: Any, networks: Networks) -> Adapter:
    return Adapter(
        network=networks.under(card.backing),
        mac=(card.macAddress or "").lower(),
        kind=_kind(card, ADAPTERS) or "vmxnet3",
        connected=bool(card.connectable is None or card.connectable.startConnected),
    )


def _disk(number: int, disk: Any, devices: Sequence[Any]) -> Disk:
    controller = _controller(disk, devices)
    return Disk(
        name=f"disk-{number}.vmdk",
        controller=_kind(controller, CONTROLLERS) or "pvscsi",
        bus=getattr(controller, "busNumber", 0) or 0,
        unit=disk.unitNumber or 0,
        capacity_bytes=capacity_of(disk),
    )


def _controller(disk: Any, devices: Sequence[Any]) -> Any | None:
    return next((device for device in devices if device.key == disk.controllerKey), None)


def _kind(device: Any, kinds: dict[str, Any]) -> str:
    return next((name for name, kind in kinds.items() if isinstance(device, kind)), "")


def _place(disk: Any, devices: Sequence[Any]) -> str:
    controller = _controller(disk, devices)
    return f"{_kind(controller, CONTROLLERS) or 'controller'} {getattr(controller, 'busNumber', 0)}:{disk.unitNumber}"


def _why_not(disk: Any, devices: Sequence[Any]) -> str:
    """Why no snapshot's export holds this disk; empty when it does."""
    mode = str(getattr(disk.backing, "diskMode", "") or "")
    if isinstance(disk.backing, _Rdm):
        return "it is a raw device mapping"
    if mode.startswith("independent"):
        return "it is independent of snapshots"
    if getattr(disk.backing, "sharing", None) == "sharingMultiWriter":
        return "several machines write to it"
    if _shares_its_bus(_controller(disk, devices)):
        return "its controller's bus is shared with other machines"
    return ""


def _shares_its_bus(controller: Any) -> bool:
    return isinstance(controller, _Scsi) and controller.sharedBus not in {None, "noSharing"}


def _not_covered(row: Row, devices: Sequence[Any]) -> Iterator[str]:
    for disk in disks_of(devices):
        why = _why_not(disk, devices)
        if why:
            yield f"the disk at {_place(disk, devices)}, because {why}"
    if row.get("config.firmware") == "efi":
        yield "the UEFI variables (NVRAM), because no export holds them"
    if row.get("config.keyId") is not None:
        yield "the machine's encryption, because its keys never leave the key provider"
    for device in devices:
        if isinstance(device, vim.vm.device.VirtualTPM):
            yield "the virtual TPM and what it seals, because its secrets never leave the vCenter"
        elif isinstance(device, vim.vm.device.VirtualPCIPassthrough):
            yield "a passed-through PCI device, because it belongs to the hypervisor"
    for card in cards_of(devices):
        if not _kind(card, ADAPTERS):
            yield f"the kind of the adapter {card.macAddress}, because it is none that can be made anywhere"


def _no_snapshot(devices: Sequence[Any]) -> str:
    if any(_shares_its_bus(device) for device in devices):
        return "a controller's bus is shared with other machines, and such a machine takes no snapshot"
    if any(getattr(disk.backing, "sharing", None) == "sharingMultiWriter" for disk in disks_of(devices)):
        return "a disk is written to by several machines, and such a machine takes no snapshot"
    return "" if covered_disks(devices) else "it has no disk that a snapshot holds"
