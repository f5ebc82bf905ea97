"""What a machine's properties say: its address, its hardware, what no restore point holds of it."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import Row
from groundwork.drivers.vcenter.devices import read_adapters, read_hardware
from groundwork.drivers.vcenter.inventory import choose_address
from groundwork.drivers.vcenter.networks import Networks, PortGroup, label_all
from groundwork.model.hardware import Disk

_device = vim.vm.device
_GROUPS = [PortGroup(name=name, switch="dvs", ref=name, key=name, switch_uuid="u") for name in ("net-a", "net-b")]
NETWORKS = Networks(label_all(_GROUPS))


def _row(devices: list[Any], **values: object) -> Row:
    named = {key.replace("__", "."): value for key, value in values.items()}
    return Row("ref", {"config.hardware.device": devices, **named})


def _card(key: int, group: PortGroup, kind: type[Any] = _device.VirtualVmxnet3) -> Any:  # noqa: ANN401 - pyVmomi's
    connect = _device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True, connected=True)
    return kind(key=key, backing=group.backing(), macAddress=f"00:50:56:AA:00:{key % 100:02X}", connectable=connect)


def _disk(key: int, controller: int, unit: int, **backing: object) -> Any:  # noqa: ANN401 - pyVmomi's
    flat = {"diskMode": "persistent", "fileName": "[ds] x.vmdk"} | backing
    return _device.VirtualDisk(
        key=key,
        controllerKey=controller,
        unitNumber=unit,
        capacityInKB=1024,
        capacityInBytes=1 << 20,
        backing=_device.VirtualDisk.FlatVer2BackingInfo(**flat),
    )


SCSI = _device.ParaVirtualSCSIController(key=1000, busNumber=0, sharedBus="noSharing")
LSI = _device.VirtualLsiLogicSASController(key=1001, busNumber=1, sharedBus="noSharing")
NVME = _device.VirtualNVMEController(key=31000, busNumber=0)


def test_adapters_are_read_from_the_devices_in_order() -> None:
    nics = [
        vim.vm.GuestInfo.NicInfo(connected=True, deviceConfigId=4001, ipAddress=["fe80::1", "10.2.0.5"]),
        vim.vm.GuestInfo.NicInfo(connected=True, deviceConfigId=-1, ipAddress=["172.17.0.1"]),
    ]
    row = _row([_card(4000, _GROUPS[1]), _card(4001, _GROUPS[0], _device.VirtualE1000e)], guest__net=nics)
    first, second = read_adapters(row, NETWORKS)
    assert (first.network, first.mac, first.kind, first.addresses) == ("net-b", "00:50:56:aa:00:00", "vmxnet3", ())
    assert (second.network, second.kind, second.addresses) == ("net-a", "e1000e", ("fe80::1", "10.2.0.5"))
    assert choose_address(row, (first, second)) == "10.2.0.5"


@pytest.mark.parametrize(
    ("reported", "address"),
    [
        ("10.10.10.11", "10.10.10.11"),
        ("172.17.0.1", ""),
        ("169.254.3.4", ""),
        ("fe80::1", ""),
        ("2001:db8::7", ""),
        ("127.0.0.1", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_an_address_of_a_container_bridge_or_of_one_link_is_not_the_machine_s(reported: str, address: str) -> None:
    assert choose_address(_row([], guest__ipAddress=reported), ()) == address


def test_an_address_on_an_own_adapter_counts_whatever_containers_use() -> None:
    nics = [vim.vm.GuestInfo.NicInfo(connected=True, deviceConfigId=4000, ipAddress=["172.17.0.9"])]
    row = _row([_card(4000, _GROUPS[0])], guest__net=nics, guest__ipAddress="172.17.0.1")
    assert choose_address(row, read_adapters(row, NETWORKS)) == "172.17.0.9"


def test_disks_keep_their_places_on_several_controllers() -> None:
    devices = [NVME, LSI, SCSI, _disk(2016, 31000, 0), _disk(2001, 1001, 3), _disk(2000, 1000, 0)]
    hardware = read_hardware(_row(devices, config__firmware="efi", config__guestId="windows2019srv_64Guest"), NETWORKS)
    assert hardware.disks == (
        Disk(name="disk-0.vmdk", controller="pvscsi", bus=0, unit=0, capacity_bytes=1 << 20),
        Disk(name="disk-1.vmdk", controller="lsilogic_sas", bus=1, unit=3, capacity_bytes=1 << 20),
        Disk(name="disk-2.vmdk", controller="nvme", bus=0, unit=0, capacity_bytes=1 << 20),
    )
    assert (hardware.firmware, hardware.guest_type) == ("efi", "windows2019srv_64Guest")
    assert hardware.not_covered == ("the UEFI variables (NVRAM), because no export holds them",)
    assert hardware.no_snapshot == ""


SHARED = _device.VirtualLsiLogicSASController(key=1001, busNumber=1, sharedBus="physicalSharing")
RDM = _device.VirtualDisk(
    key=2001,
    controllerKey=1000,
    unitNumber=1,
    capacityInKB=1024,
    backing=_device.VirtualDisk.RawDiskMappingVer1BackingInfo(diskMode="persistent", fileName="[ds] r.vmdk"),
)


@pytest.mark.parametrize(
    ("devices", "values", "reason", "no_snapshot"),
    [
        ([SCSI, RDM], {}, "the disk at pvscsi 0:1, because it is a raw device mapping", "no disk"),
        (
            [SCSI, _disk(2000, 1000, 0), _disk(2001, 1000, 2, diskMode="independent_persistent")],
            {},
            "the disk at pvscsi 0:2, because it is independent of snapshots",
            "",
        ),
        (
            [SCSI, _disk(2001, 1000, 2, sharing="sharingMultiWriter")],
            {},
            "the disk at pvscsi 0:2, because several machines write to it",
            "written to by several machines",
        ),
        (
            [SCSI, SHARED, _disk(2000, 1000, 0), _disk(2001, 1001, 0)],
            {},
            "the disk at lsilogic_sas 1:0, because its controller's bus is shared with other machines",
            "bus is shared",
        ),
        ([SCSI, _disk(2000, 1000, 0), _device.VirtualTPM(key=11000)], {}, "the virtual TPM", ""),
        ([SCSI, _disk(2000, 1000, 0), _device.VirtualPCIPassthrough(key=13000)], {}, "a passed-through PCI device", ""),
        ([SCSI, _disk(2000, 1000, 0)], {"config__keyId": SimpleNamespace()}, "the machine's encryption", ""),
    ],
)
def test_what_no_restore_point_holds_is_listed_with_its_reason(
    devices: list[Any], values: Mapping[str, Any], reason: str, no_snapshot: str
) -> None:
    hardware = read_hardware(_row(devices, **values), NETWORKS)
    assert any(reason in sentence for sentence in hardware.not_covered), hardware.not_covered
    assert no_snapshot in hardware.no_snapshot if no_snapshot else hardware.no_snapshot == ""
