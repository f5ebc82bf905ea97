"""The whole road on fakes, under the real engine: back up, replicate twice, lose alpha, recover at gamma, judge."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backup.apply import BackupTools, backup_operations
from backup.bundle import RecoveredEstate, RecoveryBundle
from backup.guests import observe_guests
from backup.plan import plan_backup, plan_prepare, plan_replication
from dr_drills.apply import DrillPerformer, drill_operation
from dr_drills.bubble import Bubble
from dr_drills.evidence import Image
from dr_drills.model import ProveClean
from dr_drills.plan import plan_drill
from dr_drills.report import render_markdown
from dr_drills.tools import DrillTools
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt
from groundwork.drivers.probe.fake import FakeProber, FakeProberHost
from groundwork.drivers.probe.protocol import Sighting
from groundwork.drivers.repository.fake import FakeRepository
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.drivers.site_loss.fake import FakeSiteLoss
from groundwork.drivers.transfer.fake import FakeTransfer
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.protocol import NewMachine, SeenMachine, VCenter
from groundwork.errors import UnreachableError
from groundwork.model.mark import render_drill
from groundwork.model.restore_point import MachineShape
from groundwork.run.engine import Engine, open_engine
from groundwork.run.record import RunRecord
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation
from tests.builders.estate_values import SITES, small_estate
from tests.builders.signing import KEY, SIGNERS

ESTATE = small_estate()
MACHINES = tuple(one for one in ESTATE.machines.values() if one.site == "alpha")
CLOCK = SystemClock()


class HastyClock(SystemClock):
    """A clock on which waiting takes no time but passes it."""

    waited = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.waited

    def sleep(self, seconds: float) -> None:
        self.waited += seconds


@dataclass
class City:
    """Three sites of fakes; what stands at a lost site cannot be opened."""

    vcenters: dict[str, FakeVCenter] = field(
        default_factory=lambda: {site: FakeVCenter(clock=CLOCK, site=site, folders={"bureau"}) for site in SITES}
    )
    repositories: dict[str, FakeRepository] = field(
        default_factory=lambda: {site: FakeRepository(clock=CLOCK, site=site) for site in SITES}
    )
    site_loss: FakeSiteLoss = field(default_factory=FakeSiteLoss)
    prober: FakeProber = field(default_factory=FakeProber)
    bad_bundles: tuple[tuple[datetime, str], ...] = ()

    def __post_init__(self) -> None:
        self.prober_host = FakeProberHost(inside=self.prober)
        prober = replace(_seen("prober-01", "10.3.0.30"), network="gamma-management", hypervisor="esx-1")
        self.vcenters["gamma"].put(prober)
        self.transfer = FakeTransfer(copy=self._copy, sites=tuple(SITES))
        self.hosts = FakeRepositoryHost(sites=tuple(SITES))
        for machine in MACHINES:
            self.vcenters["alpha"].put(_seen(machine.name, machine.address), b"disk of " + machine.name.encode())

    @contextmanager
    def vcenter(self, site: str) -> Iterator[VCenter]:
        self._refuse_lost(site)
        yield self.vcenters[site]

    def repository(self, site: str) -> FakeRepository:
        self._refuse_lost(site)
        return self.repositories[site]

    def backup_tools(self) -> BackupTools:
        return BackupTools(
            vcenter=self.vcenter,
            repository=self.repository,
            hosts=lambda: self.hosts,
            transfer=lambda: self.transfer,
            bundle=lambda _city: RecoveryBundle(tar=b"the estate", digest=ESTATE.digest),
            key=lambda: KEY,
            signers=lambda: SIGNERS,
            clock=CLOCK,
        )

    @contextmanager
    def drill_tools(self, site: str) -> Iterator[DrillTools]:
        with self.vcenter(site) as vcenter:
            yield DrillTools(
                vcenter=vcenter,
                repository=lambda: self.repository(site),
                open_vcenter=lambda: self.vcenter(site),
                prober=self.prober_host,
                prober_machine="prober-01",
                site_loss=self.site_loss,
                read_estate=lambda _repository: RecoveredEstate(
                    estate=ESTATE, made=CLOCK.now(), passed_over=self.bad_bundles
                ),
                signers=lambda: SIGNERS,
                clock=HastyClock(),
            )

    def _copy(self, sender: str, receiver: str) -> tuple[int, int]:
        copied = self.repositories[receiver].copy_from(self.repositories[sender])
        return copied, copied

    def _refuse_lost(self, site: str) -> None:
        if site in self.site_loss.lost:
            raise UnreachableError(f"{site} is lost", hint="nothing of it may be needed")


def _seen(name: str, address: str) -> SeenMachine:
    return SeenMachine(
        name=name,
        moref="vm-1",
        instance_uuid=name,
        folder="bureau",
        vcpus=1,
        memory_mib=512,
        powered_on=True,
        template=False,
        network="alpha-services",
        address=address,
        mark="",
    )


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def engine(city: City, tmp_path: Path) -> Iterator[Engine]:
    operations: tuple[Operation[Any], ...] = (
        *backup_operations(city.backup_tools()),
        drill_operation(city.drill_tools),
    )
    with open_engine({one.name: one for one in operations}, ledger=LedgerLocation(state=tmp_path)) as opened:
        yield opened


def copy_everywhere(city: City, engine: Engine) -> None:
    seen = {"alpha": observe_guests(city.vcenters["alpha"], MACHINES)}
    pinned = {site: city.hosts.pinned(site) for site in SITES}
    for plan in (plan_prepare(ESTATE, pinned), plan_backup(ESTATE, MACHINES, seen), plan_replication(ESTATE)):
        assert engine.start(plan, reason="test", say=lambda _line: None).exit_code == 0


def _drill(engine: Engine) -> RunRecord:
    plan = plan_drill(ESTATE.drill("alpha-lost"), city=ESTATE.city, mark="0a1b2c3d", basis=ESTATE.digest)
    return engine.start(plan, reason="test", say=lambda _line: None)


def test_a_service_comes_back_from_the_farthest_copy_and_nothing_is_left(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    before = [one.name for one in city.vcenters["gamma"].list_machines()]
    newest = CLOCK.now() - timedelta(minutes=2)
    city.prober.alive = {machine.address for machine in MACHINES}
    city.prober.data_from = {machine.address: newest for machine in MACHINES}

    record = _drill(engine)

    assert record.exit_code == 0, record
    assert record.summary["result"] == "passed"
    assert record.summary["isolated"] is True
    assert [one.name for one in city.vcenters["gamma"].list_machines()] == before
    assert city.site_loss.losses() == {}
    assert "**passed" in render_markdown(record, "en")


def test_a_switch_that_nobody_chose_stops_the_drill_before_anything_is_cut(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    switches = city.vcenters["gamma"].switches
    switches.members["storage"] = set(switches.hypervisors)

    record = _drill(engine)

    assert record.exit_code == 5
    assert "2 distributed switches" in str(record)
    assert not record.results("drill.record-loss")


def test_a_bubble_that_leaks_stops_the_drill_before_anything_is_powered_on(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    city.prober_host.strangers = [Sighting(mac="02:00:00:00:00:66", probe="arp", words="10.3.0.1 is here")]

    record = _drill(engine)

    assert record.exit_code == 6
    assert record.summary["isolated"] is False
    assert not record.results("drill.start-machine")
    assert city.site_loss.losses() == {}
    assert city.prober_host.held == {}


def test_what_stands_no_more_spoils_the_proof_of_clean_up_as_what_the_drill_left_does(city: City) -> None:
    before = Image(
        machines=("bystander", "prober-01"),
        networks=("gamma-management",),
        folders=("bureau",),
        files=("[gamma] prober-01",),
        probers=(),
    )
    bubble = Bubble(network="drill-0a1b", prober="p0a1b")
    city.prober_host.hold("p0a1b", mac="00:50:56:00:00:09")
    city.prober_host.hold("px", mac="00:50:56:00:00:10")
    attempt = Attempt(run_id="20261121-101500-drill-0a1b", say=lambda _line: None)
    for name, mark in (("renamed", render_drill(run=attempt.run_id)), ("new", "")):
        shape = MachineShape(vcpus=1, memory_mib=64, network="gamma-management", address="")
        new = NewMachine(name=name, folder="bureau", shape=shape, mark=mark)
        city.vcenters["gamma"].create(new, template=None)

    with city.drill_tools("gamma") as tools:
        step = ProveClean(site="gamma", before=before, bubble=bubble, folders=("bureau",))
        found = DrillPerformer(tools)(step, attempt)

    assert found == {
        "leftovers": ["machines renamed", "probers p0a1b", "machines bystander (gone)"],
        "changed_by_others": ["machines new", "files [gamma] new", "files [gamma] renamed", "probers px"],
    }


def test_without_a_copy_at_the_surviving_site_the_drill_fails_and_heals(city: City, engine: Engine) -> None:
    city.repositories["gamma"].ensure_initialised()

    record = _drill(engine)

    assert record.exit_code == 6
    assert city.site_loss.losses() == {}


def test_a_restore_that_breaks_half_way_fails_the_drill_and_leaves_nothing(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    city.prober.alive = {machine.address for machine in MACHINES}
    city.vcenters["gamma"].fail("import_machine", 2)
    before = [one.name for one in city.vcenters["gamma"].list_machines()]

    record = _drill(engine)

    assert record.exit_code == 6
    assert record.summary["leftovers"] == []
    assert [one.name for one in city.vcenters["gamma"].list_machines()] == before
