"""A city of three sites in memory, with everything that backup works with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from backup.apply import BackupTools, backup_operations
from backup.bundle import RecoveryBundle
from backup.catalogue import candidates, list_entries
from backup.guests import observe_guests
from backup.model import Found
from groundwork.change.operation import Operation
from groundwork.drivers.repository.fake import FakeRepository
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.drivers.transfer.fake import FakeTransfer
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.protocol import SeenMachine
from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine
from groundwork.model.restore_point import RestorePoint
from tests.builders.estate_values import small_estate
from tests.builders.signing import KEY, SIGNERS, trust

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MIB = 1 << 20
IDENTITY = "1d" * 32


@dataclass
class TickingClock:
    """Every reading is a second later."""

    at: datetime = START

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class BackupCity:
    """The small estate, its vCenters with every machine in place, and an empty repository that each site bears."""

    estate: Estate = field(default_factory=small_estate)
    clock: TickingClock = field(default_factory=TickingClock)
    prepared: bool = True

    def __post_init__(self) -> None:
        self.vcenters = {site: FakeVCenter(clock=self.clock, site=site) for site in self.estate.sites}
        self.repositories = {site: FakeRepository(clock=self.clock, site=site) for site in self.estate.sites}
        self.hosts = FakeRepositoryHost(sites=tuple(self.estate.sites))
        self.transfer = FakeTransfer(copy=self._copy, sites=tuple(self.estate.sites))
        if self.prepared:
            for site, repository in self.repositories.items():
                repository.made = IDENTITY
                self.hosts.pin(site, IDENTITY)
        for machine in self.estate.machines.values():
            self.vcenters[machine.site].put(_seen(machine), disk_of(machine.name))

    def seen(self) -> dict[str, tuple[Found, ...]]:
        """The guests that the vCenters show."""
        machines = tuple(self.estate.machines.values())
        return {
            site: observe_guests(vcenter, (machine for machine in machines if machine.site == site))
            for site, vcenter in self.vcenters.items()
        }

    def operation(self, name: str) -> Operation[Any]:
        """One of backup's operations, on this city."""
        return next(one for one in backup_operations(self.tools()) if one.name == name)

    def tools(self) -> BackupTools:
        """What backup works with here."""
        return BackupTools(
            vcenter=self._vcenter,
            repository=lambda site: self.repositories[site],
            hosts=lambda: self.hosts,
            transfer=lambda: self.transfer,
            bundle=lambda city: RecoveryBundle(digest=self.estate.digest, tar=f"the files of {city}".encode()),
            key=lambda: KEY,
            signers=lambda: SIGNERS,
            clock=self.clock,
        )

    def bear(self, site: str, repository: Repository) -> None:
        """The site bears this repository, made if it is not there, in place of its fake."""
        repository.ensure_initialised()
        self.repositories[site] = repository  # type: ignore[assignment]  # a real one in a fake's place
        self.hosts.pins[site] = str(repository.identity())

    def snapshots(self) -> set[str]:
        """The names of all snapshots on all machines."""
        return {
            snapshot.name
            for vcenter in self.vcenters.values()
            for machine in vcenter.list_machines()
            if isinstance(machine, SeenMachine)
            for snapshot in machine.snapshots
        }

    @contextmanager
    def _vcenter(self, site: str) -> Iterator[FakeVCenter]:
        yield self.vcenters[site]

    def _copy(self, sender: str, receiver: str) -> tuple[int, int]:
        return self.repositories[receiver].copy_from(self.repositories[sender]), 0


def good_points(repository: Repository, machine: str = "") -> list[RestorePoint]:
    """The points there that recovery may choose, oldest first."""
    points = [one.point for one in list_entries(repository, trust()) if one.point and one.doubt is None]
    return [point for point in points if not machine or point.machine == machine]


def newest_points(repository: Repository, machines: Iterable[str]) -> dict[str, RestorePoint]:
    """The newest point that recovery may choose, of each of the machines that has one."""
    found = candidates(repository, tuple(machines), trust())
    return {machine: some.points[0] for machine, some in found.items() if some.points}


def disk_of(machine: str) -> bytes:
    """What the machine's disk holds: three pieces of a stream."""
    return machine.encode().ljust(16, b".") * (5 * MIB // 32)


def _seen(machine: Machine) -> SeenMachine:
    return SeenMachine(
        name=machine.name,
        moref=f"vm-{machine.name}",
        instance_uuid=f"uuid-{machine.name}",
        folder=machine.folder,
        vcpus=machine.vcpus,
        memory_mib=machine.memory_mib,
        powered_on=True,
        template=False,
        network=machine.network,
        address="",
        mark="",
    )
