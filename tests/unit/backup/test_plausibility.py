"""The edges of what a restore point can say: the most that is possible, and the least that is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backup.plausibility import AHEAD, impossible, is_ahead, is_name, visible
from groundwork.model.restore_point import DiskImage, MachineShape, RestorePoint

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SHAPE = MachineShape(vcpus=1, memory_mib=1, network="alpha-services", address="10.1.10.11")


def disk(number: int = 0, **changes: Any) -> DiskImage:  # noqa: ANN401 - the fields of DiskImage
    image = DiskImage(
        name=f"disk-{number}.vmdk", snapshot=f"{number:064x}", size_bytes=1, capacity_bytes=1, sha256="c" * 64
    )
    return replace(image, **changes)


def said(*disks: DiskImage, shape: MachineShape = SHAPE, **changes: Any) -> str:  # noqa: ANN401 - a point's fields
    point = RestorePoint(machine="db-01", site="alpha", taken=NOW, run="run-1", shape=shape, disks=disks or (disk(),))
    return impossible(replace(point, **changes))


@pytest.mark.parametrize(
    ("vcpus", "memory_mib", "possible"),
    [(1, 1, True), (1024, 32 << 20, True), (0, 1, False), (1, 0, False), (1025, 1, False), (1, (32 << 20) + 1, False)],
)
def test_a_machine_s_size_has_limits(vcpus: int, memory_mib: int, *, possible: bool) -> None:
    reported = said(shape=replace(SHAPE, vcpus=vcpus, memory_mib=memory_mib))
    assert reported == ("" if possible else f"no machine has {vcpus} vCPUs and {memory_mib} MiB")


@pytest.mark.parametrize(("count", "possible"), [(1, True), (256, True), (257, False)])
def test_a_machine_has_so_many_disks(count: int, *, possible: bool) -> None:
    assert said(*(disk(number) for number in range(count))) == ("" if possible else f"it has {count} disks")
    assert said(disks=()) == "it has 0 disks"


@pytest.mark.parametrize(
    ("size", "capacity", "possible"),
    [(1, 62 << 40, True), (1, (62 << 40) + 1, False), (0, 1, False), (1, 0, False), (-1, 1, False), (1, -1, False)],
)
def test_a_disk_s_bytes_have_limits(size: int, capacity: int, *, possible: bool) -> None:
    reported = said(disk(size_bytes=size, capacity_bytes=capacity))
    assert reported == ("" if possible else f"disk-0.vmdk has {size} bytes of {capacity}")


@pytest.mark.parametrize("changes", [{"snapshot": "c" * 63}, {"sha256": "C" * 64}, {"sha256": ""}], ids=str)
def test_a_disk_without_its_sum_or_its_place_is_impossible(changes: dict[str, Any]) -> None:
    assert said(disk(**changes)) == "disk-0.vmdk has no SHA-256, or none of where it is kept"


def test_no_two_disks_share_a_name_or_a_place() -> None:
    assert said(disk(0), disk(1)) == ""
    assert said(disk(0), disk(1, name="disk-0.vmdk")) == "two of its disks have one name"
    assert said(disk(0), disk(1, snapshot=f"{0:064x}")) == "two of its disks have one snapshot"


def test_names_are_those_that_the_estate_writes() -> None:
    assert said(machine="db_01").endswith("is no name of a machine")
    assert said(site="Alpha").endswith("is no name of a machine")
    assert said(run="../run") == "../run is no run"
    assert said(disk(name="a/b")) == "a/b is no name of a disk"
    assert is_name("a")
    assert is_name("a" * 63)
    assert not is_name("a" * 64)
    assert not is_name("a-")


def test_a_text_of_the_shape_may_be_long_and_may_not_hide_anything() -> None:
    assert said(shape=replace(SHAPE, network="n" * 1000)) == ""
    assert said(shape=replace(SHAPE, network="n" * 1001)).startswith("its shape holds ")
    assert said(shape=replace(SHAPE, address="10.1\x1b[2J")) == "its shape holds '10.1\\\\u001b[2J'"
    hidden = replace(SHAPE.hardware, options=(("a", "b\u202ec"),))
    assert said(shape=replace(SHAPE, hardware=hidden)) == "its shape holds 'b\\\\u202ec'"


def test_clocks_may_differ_by_five_minutes_and_no_more() -> None:
    assert not is_ahead(NOW + AHEAD, NOW)
    assert is_ahead(NOW + AHEAD + timedelta(microseconds=1), NOW)
    assert timedelta(minutes=5) == AHEAD


def test_what_is_shown_is_cut_and_what_nobody_sees_is_written_out() -> None:
    assert visible("a" * 80) == "a" * 80
    assert visible("a" * 81) == "a" * 80 + "…"
    assert visible("é\n", most=2) == "é\\u000a"
    assert visible("中文", most=1) == "中…"
