"""A machine compared with what was kept of it, and plugged into other networks."""

from dataclasses import replace

import pytest

from groundwork.errors import RefusedError
from groundwork.model.hardware import Adapter, Disk, Hardware, compare_hardware, place_disks
from groundwork.model.restore_point import MachineShape, compare_shapes

DISK = Disk(name="disk-0.vmdk", controller="pvscsi", bus=0, unit=0, capacity_bytes=1 << 30)
KEPT = Hardware(
    firmware="efi",
    secure_boot=True,
    guest_type="debian12_64Guest",
    hardware_version="vmx-19",
    bios_uuid="4213",
    cores_per_socket=2,
    disks=(DISK, replace(DISK, name="disk-1.vmdk", controller="nvme")),
    adapters=(
        Adapter(network="net-a", mac="00:50:56:00:00:01"),
        Adapter(network="net-b", mac="00:50:56:00:00:02", kind="e1000e"),
    ),
    options=(("disk.EnableUUID", "TRUE"),),
)
SHAPE = MachineShape(vcpus=2, memory_mib=2048, network="net-a", address="10.1.1.1", hardware=KEPT)


def test_the_same_machine_does_not_differ() -> None:
    assert compare_shapes(SHAPE, replace(SHAPE, address="")) == ()


def test_every_field_that_was_kept_is_compared() -> None:
    assert compare_shapes(SHAPE, MachineShape(vcpus=1, memory_mib=512, network="net-x", address="")) == (
        "vCPU: 2 → 1",
        "MiB: 2048 → 512",
        "network: net-a → net-x",
        "firmware: efi → (none)",
        "secure boot: True → (none)",
        "guest type: debian12_64Guest → (none)",
        "hardware version: vmx-19 → (none)",
        "bios uuid: 4213 → (none)",
        "cores per socket: 2 → (none)",
        "disk missing: pvscsi 0:0, 1073741824 bytes",
        "disk missing: nvme 0:0, 1073741824 bytes",
        "adapters: 2 → 0",
        "option disk.EnableUUID: TRUE → (none)",
    )


def test_what_was_never_kept_is_not_compared() -> None:
    assert compare_hardware(Hardware(), KEPT) == ()


def test_a_disk_too_many_and_each_difference_of_an_adapter_are_reported() -> None:
    moved = replace(KEPT.adapters[1], network="net-c", mac="00:50:56:00:00:99", connected=False)
    other = replace(
        KEPT, disks=(*KEPT.disks, replace(DISK, unit=1)), adapters=(KEPT.adapters[0], moved), secure_boot=False
    )
    assert compare_hardware(KEPT, other) == (
        "secure boot: True → (none)",
        "disk too many: pvscsi 0:1, 1073741824 bytes",
        "adapter 1: network net-b → net-c",
        "adapter 1: mac 00:50:56:00:00:02 → 00:50:56:00:00:99",
        "adapter 1: connected True → False",
    )


def test_plugged_into_another_network_no_adapter_stays_where_it_was() -> None:
    bubble = SHAPE.plugged_into("bubble")
    assert bubble.network == "bubble"
    assert [(one.network, one.mac, one.connected) for one in bubble.hardware.adapters] == [
        ("bubble", "00:50:56:00:00:01", True),
        ("bubble", "00:50:56:00:00:02", False),
    ]


def test_each_network_has_its_own_counterpart() -> None:
    plugged = KEPT.plugged({"net-a": "drill-a", "net-b": "drill-b"}, otherwise="drill-a")
    assert [(one.network, one.connected) for one in plugged.adapters] == [("drill-a", True), ("drill-b", True)]


def test_disks_are_placed_one_after_another_past_the_controller_s_own_unit() -> None:
    placed = place_disks({f"disk-{number}.vmdk": number for number in range(9)})
    assert [(one.name, one.unit, one.capacity_bytes) for one in placed] == [
        (f"disk-{number}.vmdk", unit, number) for number, unit in enumerate((0, 1, 2, 3, 4, 5, 6, 8, 9))
    ]
    assert {(one.controller, one.bus) for one in placed} == {("pvscsi", 0)}
    assert placed[7].slot == "pvscsi 0:8"


def test_secure_boot_that_was_off_is_compared_where_the_firmware_was_kept() -> None:
    off = Hardware(firmware="efi", secure_boot=False)
    assert compare_hardware(off, replace(off, secure_boot=True)) == ("secure boot: False → True",)
    assert compare_hardware(Hardware(), Hardware(secure_boot=True)) == ()


def test_a_field_that_an_adapter_did_not_keep_is_not_compared() -> None:
    kept, found = Adapter(network="net-a", mac="", kind=""), Adapter(network="net-a", mac="00:50:56:00:00:01")
    assert compare_hardware(Hardware(adapters=(kept,)), Hardware(adapters=(found,))) == ()


def test_an_adapter_that_was_unplugged_stays_so_in_any_network() -> None:
    adapters = (Adapter(network="net-a", connected=False),)
    plugged = replace(KEPT, adapters=adapters).plugged({"net-a": "drill-a"}, otherwise="x")
    assert [(one.network, one.connected) for one in plugged.adapters] == [("drill-a", False)]


def test_a_shape_s_first_adapter_is_in_its_network_and_the_others_where_they_were() -> None:
    assert [one.network for one in SHAPE.adapters] == ["net-a", "net-b"]
    bare = MachineShape(vcpus=1, memory_mib=512, network="net-x", address="")
    assert bare.adapters == (Adapter(network="net-x"),), "a shape that kept none has one in its network"
    with pytest.raises(RefusedError, match="first adapter is in 'net-a', but the machine is wanted in 'net-b'"):
        _ = replace(SHAPE, network="net-b").adapters
    alone = replace(SHAPE, hardware=replace(KEPT, adapters=KEPT.adapters[:1]))
    assert [one.network for one in alone.adapters] == ["net-a"]
