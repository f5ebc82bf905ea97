"""Backup on a real restic: the whole road in folders, a process killed in mid-stream, a disk that is full."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from backup.plan import RUN, plan_backup
from backup.restore import restore_machine
from backup.selection import select_machines
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.errors import OutsideError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import Completed, LocalCommands, Running
from tests.builders.backup_city import MIB, BackupCity, disk_of, good_points, newest_points
from tests.builders.own_process import own_environment
from tests.builders.run_in_memory import RunInMemory

ROOT = Path(__file__).parents[2]
KEY = "a key"
pytestmark = pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")

ENDLESS_STORE = """
import itertools, os, sys
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.shell.command import LeashedCommands

def stream():
    for number in itertools.count():
        if number == 8:
            print("streaming", flush=True)
            sys.stdin.read()
        yield os.urandom(1 << 20)

place = ResticLocation(site="alpha", url=sys.argv[1], key="a key")
ResticRepository(place, commands=LeashedCommands()).store("web-01/disk-0.vmdk", stream(), tags=("sort=disk",))
"""


class Counted(LocalCommands):
    """This machine's programs, with the restic commands counted: each costs a key derivation."""

    def __init__(self) -> None:
        self.restics: Counter[str] = Counter()

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Completed:
        self._count(argv)
        return super().run(argv, timeout_seconds=timeout_seconds, stdin=stdin, environment=environment, check=check)

    @contextmanager
    def start(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
        self._count(argv)
        with super().start(argv, environment=environment) as program:
            yield program

    def _count(self, argv: Sequence[str]) -> None:
        self.restics.update(set(argv) & {"backup", "cat", "dump", "init", "snapshots", "unlock"})


def _repository(folder: Path) -> ResticRepository:
    return ResticRepository(ResticLocation(site="alpha", url=str(folder), key=KEY), commands=LocalCommands())


class ResticCity(BackupCity):
    """The small city with a real repository at alpha; alpha alone is backed up."""

    def with_repository(self, repository: Repository) -> "ResticCity":
        self.bear("alpha", repository)
        return self

    def back_up_alpha(self) -> dict[str, object]:
        """Carry a backup of alpha out, and give its summary."""
        alpha = {"alpha": self.seen()["alpha"]}
        plan = plan_backup(self.estate, select_machines(self.estate, ["alpha"]), alpha)
        _, conclusion = RunInMemory(self.operation(RUN)).carry_out(plan)
        return dict(conclusion.summary)


def test_a_machine_goes_into_restic_and_comes_back_byte_for_byte(tmp_path: Path) -> None:
    repository = _repository(tmp_path / "repository")
    city = ResticCity().with_repository(repository)

    assert city.back_up_alpha()["failed"] == {}

    point = newest_points(repository, ["pass-db-01"])["pass-db-01"]
    vcenter = city.vcenters["gamma"]
    vcenter.networks.add("bubble")
    restore_machine(repository, vcenter, point, name="copy", network="bubble", folder="drill", mark="cityops: a test")
    assert vcenter.read_disk("copy") == disk_of("pass-db-01")
    assert len(good_points(repository)) == 2
    assert repository.check() == ()


def test_a_machine_of_one_disk_costs_three_restics_and_a_site_a_handful(tmp_path: Path) -> None:
    commands = Counted()
    repository = ResticRepository(
        ResticLocation(site="alpha", url=str(tmp_path / "repository"), key=KEY), commands=commands
    )
    city = ResticCity().with_repository(repository)
    commands.restics.clear()

    assert city.back_up_alpha()["failed"] == {}

    machines, disks_and_marks, bundle = 2, 2, 1
    assert commands.restics["backup"] == machines * disks_and_marks + bundle
    assert commands.restics["snapshots"] <= machines + 2  # what the run has stored, the bundle; restic 0.17: no more
    assert (commands.restics["cat"], commands.restics["unlock"], commands.restics["dump"]) == (1, 1, 0)


def test_a_process_killed_in_the_middle_of_a_stream_leaves_no_object_and_no_restic(tmp_path: Path) -> None:
    repository = _repository(tmp_path / "repository")
    repository.ensure_initialised()
    argv = [sys.executable, "-c", ENDLESS_STORE, str(tmp_path / "repository")]
    with LocalCommands().start(argv, environment=own_environment()) as storing:
        assert storing.stdout.readline() == b"streaming\n"
        assert _restics_on(tmp_path)
        storing.kill()

    _wait_until_gone(tmp_path)
    assert repository.list_objects() == ()
    assert repository.store("web-01/disk-0.vmdk", iter([b"again"]), tags=()).size_bytes == 5


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_reported_and_leaves_the_earlier_points_good(tmp_path: Path) -> None:
    with _small_disk(tmp_path / "small", size_mib=24) as disk:
        repository = _repository(disk / "repository")
        city = ResticCity().with_repository(repository)
        assert city.back_up_alpha()["failed"] == {}
        before = good_points(repository)

        with pytest.raises(OutsideError, match="disk is full"):
            repository.store("big", (os.urandom(MIB) for _ in range(64)), tags=("sort=disk",))

        assert good_points(repository) == before
        with repository.open_object(before[0].disks[0].snapshot, "pass-db-01/disk-0.vmdk") as pieces:
            assert b"".join(pieces) == disk_of("pass-db-01")


@contextmanager
def _small_disk(folder: Path, *, size_mib: int) -> Iterator[Path]:
    folder.mkdir()
    commands = LocalCommands()
    commands.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "small", str(folder)], timeout_seconds=10)
    try:
        yield folder
    finally:
        commands.run(["umount", "--lazy", str(folder)], timeout_seconds=10)


def _restics_on(folder: Path) -> list[int]:
    """The restic processes whose environment names the folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "comm").read_text() == "restic\n":
                found += [int(process.name)] if str(folder).encode() in (process / "environ").read_bytes() else []
        except OSError:
            continue
    return found


def _wait_until_gone(folder: Path) -> None:
    clock = SystemClock()
    for _ in range(40):
        if not _restics_on(folder):
            return
        clock.sleep(0.05)
    pytest.fail(f"restic still works on {folder}: {_restics_on(folder)}")
