"""What every vCenter keeps: the fake, and the live driver against the lab's simulator."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from groundwork.drivers.vcenter.protocol import UNTAGGED, DiskStream, NewMachine, SeenMachine, SeenVlan, VCenter
from groundwork.errors import OutsideError
from groundwork.model.first_boot import FirstBoot
from groundwork.model.restore_point import MachineShape

MARK = "cityops: agency=digital service=web tier=1"
SHAPE = MachineShape(vcpus=1, memory_mib=512, network="net-a", address="10.10.10.12")
NEW = NewMachine(
    name="new-01",
    folder="digital",
    shape=SHAPE,
    mark=MARK,
    guest_info=FirstBoot(hostname="new-01", address="10.10.10.12/24", gateway="10.10.10.1").guest_info(),
    disk_gib=1,
)


def _disks(vcenter: VCenter, machine: str, snapshot: str) -> list[tuple[str, int, bytes]]:
    with vcenter.export_disks(machine, snapshot=snapshot) as disks:
        return [(disk.name, disk.capacity_bytes, b"".join(disk.chunks)) for disk in disks]


def test_machines_are_read_in_bulk_as_they_are(vcenter: VCenter) -> None:
    template, web_01, web_02 = (seen for seen in vcenter.list_machines() if isinstance(seen, SeenMachine))
    assert (web_01.name, web_01.folder, web_01.vcpus, web_01.memory_mib) == ("web-01", "digital", 2, 2048)
    assert (web_01.powered_on, web_01.network, web_01.mark, web_01.template) == (True, "net-a", MARK, False)
    assert web_01.address == "10.10.10.11"
    assert (web_02.powered_on, web_02.network, web_02.mark, web_02.folder) == (False, "net-b", "", "tax")
    assert (template.name, template.template) == ("tmpl-guest", True)
    assert vcenter.read_machine("web-01") == web_01
    assert vcenter.read_machine("nobody") is None
    assert vcenter.list_networks() == ("net-a", "net-b")
    assert set(vcenter.list_folders()) >= {"digital", "tax"}


def test_a_machine_is_made_with_its_size_place_and_mark_and_is_off(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    made = vcenter.read_machine("new-01")
    assert made is not None
    assert (made.vcpus, made.memory_mib, made.network, made.folder) == (1, 512, "net-a", "digital")
    assert (made.mark, made.powered_on, made.template) == (MARK, False, False)


def test_a_machine_made_again_is_left_as_it_is(vcenter: VCenter) -> None:
    vcenter.create(NEW, template="tmpl-guest")
    first = vcenter.read_machine("new-01")
    vcenter.create(NEW, template="tmpl-guest")
    assert vcenter.read_machine("new-01") == first


def test_a_clone_bears_the_bytes_of_its_template(vcenter: VCenter) -> None:
    vcenter.create(replace(NEW, shape=replace(SHAPE, network="net-b"), folder="newly-made"), template="tmpl-guest")
    clone = vcenter.read_machine("new-01")
    assert clone is not None
    assert (clone.network, clone.folder, clone.vcpus, clone.mark) == ("net-b", "newly-made", 1, MARK)
    assert (clone.template, clone.powered_on) == (False, False)
    vcenter.take_snapshot("new-01", snapshot="s")
    vcenter.create(replace(NEW, name="new-02"), template="tmpl-guest")
    vcenter.take_snapshot("new-02", snapshot="s")
    assert _disks(vcenter, "new-01", "s")[0][2] == _disks(vcenter, "new-02", "s")[0][2]


def test_a_template_is_found_by_its_path(vcenter: VCenter) -> None:
    vcenter.create(replace(NEW, folder="templates/linux"), template=None)
    vcenter.create(replace(NEW, name="new-02"), template="templates/linux/new-01")
    assert vcenter.read_machine("new-02") is not None
    with pytest.raises(OutsideError, match="no machine named 'templates/new-01'"):
        vcenter.create(replace(NEW, name="new-03"), template="templates/new-01")


def test_a_name_that_another_machine_has_is_refused(vcenter: VCenter) -> None:
    with pytest.raises(OutsideError, match="another machine named web-02"):
        vcenter.create(replace(NEW, name="web-02"), template=None)


def test_an_unknown_network_is_refused_and_nothing_is_made(vcenter: VCenter) -> None:
    with pytest.raises(OutsideError, match="no network named 'net-x'"):
        vcenter.create(replace(NEW, shape=replace(SHAPE, network="net-x")), template=None)
    assert vcenter.read_machine("new-01") is None


def test_a_running_machine_is_resized_and_runs_again(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    vcenter.set_power("new-01", on=True)
    for _ in range(2):
        vcenter.resize("new-01", vcpus=4, memory_mib=1024)
        seen = vcenter.read_machine("new-01")
        assert seen is not None
        assert (seen.vcpus, seen.memory_mib, seen.powered_on) == (4, 1024, True)


def test_power_folder_and_mark_are_set_and_set_again(vcenter: VCenter) -> None:
    vcenter.create(NEW, template=None)
    for on in (True, True, False, False):
        vcenter.set_power("new-01", on=on)
        seen = vcenter.read_machine("new-01")
        assert seen is not None
        assert seen.powered_on == on
    for _ in range(2):
        vcenter.move("new-01", folder="another")
        vcenter.mark("new-01", text="cityops: agency=another")
    seen = vcenter.read_machine("new-01")
    assert seen is not None
    assert (seen.folder, seen.mark) == ("another", "cityops: agency=another")
    assert "another" in vcenter.list_folders()


def test_a_destroyed_machine_leaves_no_file_behind(vcenter: VCenter) -> None:
    before = vcenter.list_files()
    vcenter.create(NEW, template="tmpl-guest")
    vcenter.set_power("new-01", on=True)
    assert len(vcenter.list_files()) == len(before) + 1
    vcenter.destroy("new-01")
    vcenter.destroy("new-01")
    assert vcenter.list_files() == before
    assert vcenter.read_machine("new-01") is None


def test_acting_on_a_machine_that_is_not_there_says_so(vcenter: VCenter) -> None:
    with pytest.raises(OutsideError, match="no machine named 'nobody'"):
        vcenter.set_power("nobody", on=True)


def test_a_snapshot_is_taken_once_and_only_it_is_removed(vcenter: VCenter) -> None:
    vcenter.create(NEW, template="tmpl-guest")
    first = vcenter.take_snapshot("new-01", snapshot="cityops-1")
    assert vcenter.take_snapshot("new-01", snapshot="cityops-1") == first
    assert first.taken.tzinfo is not None
    vcenter.take_snapshot("new-01", snapshot="another")
    assert vcenter.remove_snapshot("new-01", snapshot="cityops-1")
    assert not vcenter.remove_snapshot("new-01", snapshot="cityops-1")
    seen = vcenter.read_machine("new-01")
    assert seen is not None
    assert [one.name for one in seen.snapshots] == ["another"]


def test_disks_go_out_and_come_in_byte_for_byte(vcenter: VCenter) -> None:
    vcenter.take_snapshot("web-01", snapshot="out")
    try:
        (name, capacity, content) = _disks(vcenter, "web-01", "out")[0]
    finally:
        vcenter.remove_snapshot("web-01", snapshot="out")
    assert name == "disk-0.vmdk"
    assert capacity >= len(b"disk of web-01")
    pieces = (content[start : start + 1000] for start in range(0, len(content), 1000))
    vcenter.import_machine(NEW, [DiskStream(name=name, capacity_bytes=capacity, chunks=pieces)])
    seen = vcenter.read_machine("new-01")
    assert seen is not None
    assert (seen.mark, seen.network, seen.folder, seen.powered_on) == (MARK, "net-a", "digital", False)
    vcenter.take_snapshot("new-01", snapshot="in")
    back = _disks(vcenter, "new-01", "in")[0][2]
    assert hashlib.sha256(back).hexdigest() == hashlib.sha256(content).hexdigest()


def test_exporting_a_snapshot_that_is_not_there_says_so(vcenter: VCenter) -> None:
    with pytest.raises(OutsideError, match="web-01 at central has no snapshot gone"):
        _disks(vcenter, "web-01", "gone")


def test_an_import_whose_bytes_fail_leaves_no_machine_behind(vcenter: VCenter) -> None:
    def torn() -> Iterator[bytes]:
        yield b"KDMV" * 1000
        raise OutsideError("the repository broke off", hint="")

    before = vcenter.list_files()
    with pytest.raises(OutsideError, match="the repository broke off"):
        vcenter.import_machine(NEW, [DiskStream(name="disk-0.vmdk", capacity_bytes=1 << 20, chunks=torn())])
    assert vcenter.read_machine("new-01") is None
    assert vcenter.list_files() == before


def test_an_import_done_already_reads_no_bytes(vcenter: VCenter) -> None:
    asked = []

    def chunks() -> Iterator[bytes]:
        asked.append("bytes")
        yield b"never read"

    vcenter.create(NEW, template="tmpl-guest")
    vcenter.import_machine(NEW, [DiskStream(name="disk-0.vmdk", capacity_bytes=1 << 20, chunks=chunks())])
    assert asked == []


def test_an_isolated_network_is_made_once_used_and_removed(vcenter: VCenter) -> None:
    for _ in range(2):
        vcenter.create_network("drill-bubble")
    assert vcenter.list_networks() == ("drill-bubble", "net-a", "net-b")
    vcenter.create(replace(NEW, shape=replace(SHAPE, network="drill-bubble")), template="tmpl-guest")
    seen = vcenter.read_machine("new-01")
    assert seen is not None
    assert seen.network == "drill-bubble"
    vcenter.destroy("new-01")
    for _ in range(2):
        vcenter.remove_network("drill-bubble")
    assert vcenter.list_networks() == ("net-a", "net-b")


def test_a_machine_read_alone_is_what_the_list_shows(vcenter: VCenter) -> None:
    shown = [one for one in vcenter.list_machines() if isinstance(one, SeenMachine)]
    assert [vcenter.read_machine(one.name) for one in shown] == shown


def test_a_network_has_the_vlan_of_its_port_group_or_the_reason_why_not(vcenter: VCenter) -> None:
    assert vcenter.list_vlans() == {"net-a": SeenVlan(number=110), "net-b": UNTAGGED}
