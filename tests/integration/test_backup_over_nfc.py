"""Backup and restore over the real road: the live vCenter driver, NFC from the lab's simulator, restic."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from backup.apply import BackupTools, backup_operations
from backup.bundle import RecoveryBundle
from backup.guests import observe_guests
from backup.plan import RUN, plan_backup
from backup.restore import restore_machine
from backup.selection import select_machines
from groundwork.change.outcome import Conclusion
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.drivers.transfer.fake import FakeTransfer
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.errors import VerificationError
from groundwork.model.restore_point import RestorePoint
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands
from tests.builders.backup_city import newest_points
from tests.builders.estate_values import small_estate
from tests.builders.run_in_memory import RunInMemory
from tests.builders.signing import KEY, SIGNERS
from tests.builders.vcenter_simulator import Simulator, machine, missing_programs, simulated_vcenter

NAME = "pass-db-01"


class Site:
    """The site alpha: a live vCenter with one machine, and a restic folder."""

    def __init__(self, simulator: Simulator, vcenter: VCenter, folder: Path) -> None:
        self.simulator = simulator
        self.vcenter = vcenter
        location = ResticLocation(site="alpha", url=str(folder), key="a key")
        self.repository = ResticRepository(location, commands=LeashedCommands())
        self.estate = small_estate()
        self.hosts = FakeRepositoryHost(sites=("alpha",))
        self.repository.ensure_initialised()
        self.hosts.pin("alpha", str(self.repository.identity()))

    def back_up(self) -> Conclusion:
        """A backup of the site."""
        machines = [one for one in select_machines(self.estate) if one.name == NAME]
        plan = plan_backup(self.estate, machines, {"alpha": observe_guests(self.vcenter, machines)})
        operation = next(one for one in backup_operations(self._tools()) if one.name == RUN)
        return RunInMemory(operation).carry_out(plan)[1]

    def point(self) -> RestorePoint:
        """The machine's newest point."""
        return newest_points(self.repository, [NAME])[NAME]

    def restore(self, point: RestorePoint, name: str) -> None:
        """The point as a machine of another name, on an isolated network."""
        self.vcenter.create_network("bubble")
        restore_machine(
            self.repository, self.vcenter, point, name=name, network="bubble", folder="drill", mark="cityops: a test"
        )

    def disk(self, name: str) -> bytes:
        """What an export of the machine's disk gives."""
        self.vcenter.take_snapshot(name, snapshot="look")
        try:
            with self.vcenter.export_disks(name, snapshot="look") as disks:
                return b"".join(b"".join(disk.chunks) for disk in disks)
        finally:
            self.vcenter.remove_snapshot(name, snapshot="look")

    def snapshots(self) -> list[str]:
        """The snapshots of the machine."""
        seen = self.vcenter.read_machine(NAME)
        return [snapshot.name for snapshot in seen.snapshots] if seen else []

    def _tools(self) -> BackupTools:
        return BackupTools(
            vcenter=self._vcenter,
            repository=lambda _site: self.repository,
            hosts=lambda: self.hosts,
            transfer=lambda: FakeTransfer(copy=lambda _sender, _receiver: (0, 0)),
            bundle=lambda _city: RecoveryBundle(digest=self.estate.digest, tar=b"the estate"),
            key=lambda: KEY,
            signers=lambda: SIGNERS,
            clock=SystemClock(),
        )

    @contextmanager
    def _vcenter(self, _site: str) -> Iterator[VCenter]:
        yield self.vcenter


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    lacking = [*missing_programs(), *([] if shutil.which("restic") else ["restic"])]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    with simulated_vcenter(tmp_path_factory.mktemp("vcenter"), machines=[machine(NAME, 1)]) as running:
        yield running


@pytest.fixture
def site(simulator: Simulator, tmp_path: Path) -> Iterator[Site]:
    simulator.forget_faults()
    vcenter = LiveVCenter(simulator.access, clock=SystemClock())
    yield Site(simulator, vcenter, tmp_path / "repository")
    vcenter.destroy("copy")
    vcenter.close()


def test_a_restored_machine_has_the_disk_that_was_exported(site: Site) -> None:
    conclusion = site.back_up()
    site.restore(site.point(), "copy")

    assert conclusion.exit_code == 0
    assert site.snapshots() == []
    assert site.disk("copy") == site.disk(NAME)
    seen = site.vcenter.read_machine("copy")
    assert seen is not None
    assert (seen.powered_on, seen.network, seen.mark) == (False, "bubble", "cityops: a test")


def test_an_export_that_breaks_off_leaves_no_point_and_no_snapshot(site: Site) -> None:
    site.simulator.break_transfer(after_bytes=40_000, direction="download")

    conclusion = site.back_up()

    assert conclusion.exit_code == 5
    assert newest_points(site.repository, [NAME]) == {}
    assert site.repository.list_objects(tags=(f"machine={NAME}",)) == ()
    assert site.snapshots() == []


def test_a_disk_that_is_not_what_was_stored_leaves_no_machine_and_says_so(site: Site) -> None:
    site.back_up()
    point = site.point()
    wrong = replace(point, disks=(replace(point.disks[0], sha256="0" * 64),))

    with pytest.raises(VerificationError, match="not what was stored"):
        site.restore(wrong, "copy")

    assert site.vcenter.read_machine("copy") is None
