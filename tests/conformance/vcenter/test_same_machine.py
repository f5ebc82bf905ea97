"""A machine of several disks, controllers and adapters comes back as it was; fake and simulator."""

import hashlib
from dataclasses import replace

import pytest

from groundwork.drivers.vcenter.protocol import DiskStream, NewMachine, SeenMachine, VCenter
from groundwork.errors import OutsideError, RefusedError
from groundwork.model.hardware import Adapter, Disk, Hardware
from groundwork.model.restore_point import MachineShape, compare_shapes

GIB = 1 << 30
HARDWARE = Hardware(
    firmware="efi",
    secure_boot=True,
    guest_type="windows2019srv_64Guest",
    hardware_version="vmx-19",
    bios_uuid="42137e1c-0000-4000-8000-00000000beef",
    cores_per_socket=2,
    disks=(
        Disk(name="disk-0.vmdk", controller="lsilogic_sas", bus=0, unit=0, capacity_bytes=GIB),
        Disk(name="disk-1.vmdk", controller="lsilogic_sas", bus=0, unit=8, capacity_bytes=2 * GIB),
        Disk(name="disk-2.vmdk", controller="pvscsi", bus=1, unit=0, capacity_bytes=3 * GIB),
        Disk(name="disk-3.vmdk", controller="nvme", bus=0, unit=0, capacity_bytes=4 * GIB),
    ),
    adapters=(
        Adapter(network="net-a", mac="00:50:56:01:00:01"),
        Adapter(network="net-b", mac="00:50:56:01:00:02", kind="e1000e", connected=False),
        Adapter(network="net-a", mac="00:50:56:9a:00:03"),
    ),
    options=(("disk.EnableUUID", "TRUE"),),
)
SHAPE = MachineShape(vcpus=2, memory_mib=1024, network="net-a", address="", hardware=HARDWARE)
NEW = NewMachine(name="new-01", folder="digital", shape=SHAPE, mark="cityops: agency=digital service=web tier=1")


def _seen(vcenter: VCenter, name: str = "new-01") -> SeenMachine:
    seen = vcenter.read_machine(name)
    assert seen is not None
    return seen


def _export(vcenter: VCenter, machine: str) -> dict[str, tuple[int, bytes]]:
    vcenter.take_snapshot(machine, snapshot="out")
    with vcenter.export_disks(machine, snapshot="out") as disks:
        return {disk.name: (disk.capacity_bytes, b"".join(disk.chunks)) for disk in disks}


def _digests(exported: dict[str, tuple[int, bytes]]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, (_, content) in exported.items()}


def test_a_machine_is_made_exactly_as_its_shape_says(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    assert compare_shapes(SHAPE, _seen(vcenter).shape()) == ()
    assert [one.connected for one in _seen(vcenter).adapters] == [False, False, False]
    vcenter.set_power("new-01", on=True)
    assert [one.connected for one in _seen(vcenter).adapters] == [True, False, True]


def test_a_machine_comes_back_as_it_was_disk_by_disk(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    before, exported = _seen(vcenter).shape(), _export(vcenter, "new-01")
    assert list(exported) == [disk.name for disk in before.hardware.disks]
    assert [capacity for capacity, _ in exported.values()] == [disk.capacity_bytes for disk in before.hardware.disks]
    streams = [
        DiskStream(name=name, capacity_bytes=capacity, chunks=iter([content]))
        for name, (capacity, content) in reversed(exported.items())
    ]
    vcenter.import_machine(replace(NEW, name="new-02", shape=before), streams)
    assert compare_shapes(before, _seen(vcenter, "new-02").shape()) == ()
    assert _digests(_export(vcenter, "new-02")) == _digests(exported)


def test_each_disk_of_a_clone_holds_its_template_s_bytes(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    wanted = MachineShape(vcpus=1, memory_mib=512, network="net-b", address="")
    vcenter.create(replace(NEW, name="new-02", shape=wanted), template="new-01")
    clone = _seen(vcenter, "new-02")
    assert (clone.vcpus, clone.network, [one.network for one in clone.adapters]) == (1, "net-b", ["net-b"])
    assert (clone.hardware.firmware, clone.hardware.guest_type) == ("efi", "windows2019srv_64Guest")
    assert clone.hardware.disks == HARDWARE.disks
    assert _digests(_export(vcenter, "new-02")) == _digests(_export(vcenter, "new-01"))


def test_a_clone_gets_the_adapters_and_the_guest_type_that_are_wanted(vcenter: VCenter) -> None:
    wanted = Hardware(
        guest_type="debian12_64Guest",
        adapters=(Adapter(network="net-b", kind="e1000e"), Adapter(network="net-a", mac="00:50:56:01:00:09")),
    )
    shape = MachineShape(vcpus=1, memory_mib=512, network="net-b", address="", hardware=wanted)
    vcenter.create(replace(NEW, shape=shape), template="tmpl-guest")
    seen = _seen(vcenter)
    assert [(one.network, one.kind) for one in seen.adapters] == [("net-b", "e1000e"), ("net-a", "vmxnet3")]
    assert seen.adapters[1].mac == "00:50:56:01:00:09"
    assert seen.hardware.guest_type == "debian12_64Guest"


def test_plugged_into_a_bubble_no_adapter_is_in_its_old_network(vcenter: VCenter) -> None:
    vcenter.create_network("drill-bubble")
    vcenter.create(replace(NEW, shape=SHAPE.plugged_into("drill-bubble")), template=None)
    adapters = _seen(vcenter).adapters
    assert {one.network for one in adapters} == {"drill-bubble"}
    assert [one.mac for one in adapters] == [one.mac for one in HARDWARE.adapters]
    vcenter.destroy("new-01")
    vcenter.remove_network("drill-bubble")


def test_a_network_changed_without_the_adapters_is_refused(vcenter: VCenter) -> None:
    with pytest.raises(RefusedError, match="first adapter is in 'net-a'"):
        vcenter.create(replace(NEW, shape=replace(SHAPE, network="net-b")), template=None)
    assert vcenter.read_machine("new-01") is None


def test_disks_that_are_not_the_shape_s_are_refused(vcenter: VCenter) -> None:
    stream = DiskStream(name="disk-0.vmdk", capacity_bytes=GIB, chunks=iter([b"KDMV"]))
    with pytest.raises(OutsideError, match="new-01 has"):
        vcenter.import_machine(NEW, [stream])
    assert vcenter.read_machine("new-01") is None


def test_a_point_that_kept_no_hardware_still_makes_a_machine(vcenter: VCenter) -> None:
    vcenter.create(replace(NEW, shape=replace(SHAPE, hardware=Hardware()), disk_gib=1), template=None)
    exported = _export(vcenter, "new-01")
    streams = [
        DiskStream(name=name, capacity_bytes=size, chunks=iter([data])) for name, (size, data) in exported.items()
    ]
    old = MachineShape(vcpus=1, memory_mib=512, network="net-a", address="")
    vcenter.import_machine(replace(NEW, name="new-02", shape=old), streams)
    seen = _seen(vcenter, "new-02")
    assert [disk.slot for disk in seen.hardware.disks] == ["pvscsi 0:0"]
    assert compare_shapes(old, seen.shape()) == ()
