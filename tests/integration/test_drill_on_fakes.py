"""What a drill does when a point is damaged, the site comes back meanwhile, or another drill stands in the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from backup.apply import backup_operations
from dr_drills.apply import drill_operation
from dr_drills.plan import OPERATION, plan_drill
from dr_drills.report import render_markdown
from groundwork.change.operation import Operation
from groundwork.change.step import Json
from groundwork.drivers.probe.fake import FakeProber
from groundwork.drivers.probe.protocol import ProbeResult, Sighting
from groundwork.drivers.site_loss.protocol import Loss
from groundwork.model.drill import Loss as HowLost
from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.run.engine import Engine, open_engine
from groundwork.run.record import RunRecord
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation
from tests.integration.test_road_on_fakes import ESTATE, MACHINES, City, copy_everywhere

SCENARIO = ESTATE.drill("alpha-lost")
DATABASE = next(machine.name for machine in MACHINES if machine.role == "database")


@dataclass(kw_only=True)
class Eventful(FakeProber):
    """A prober during whose first look something happens to the city."""

    city: City
    events: list[Loss | None] = field(default_factory=list)

    def probe(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        if self.events:
            event = self.events.pop()
            self.city.site_loss.lost.pop("alpha")
            if event is not None:
                self.city.site_loss.lost["alpha"] = event
        return super().probe(asked, address=address, login=login)


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


def drill(engine: Engine, *, loss: HowLost = "cut") -> RunRecord:
    scenario = replace(SCENARIO, loss=loss)
    plan = plan_drill(scenario, city=ESTATE.city, mark="0a1b2c3d", basis=ESTATE.digest)
    return engine.start(plan, reason="test", say=lambda _line: None)


def bring_to_life(city: City) -> None:
    city.prober.alive = {machine.address for machine in MACHINES}
    city.prober.data_from = {machine.address: SystemClock().now() for machine in MACHINES}


def damage_newest(city: City, machine: str, *, how_many: int = 1) -> None:
    disks = [one for one in city.repositories["gamma"].list_objects() if f"machine={machine}" in one.tags]
    for disk in [one for one in disks if one.name.endswith(".vmdk") or "disk" in one.name][-how_many:]:
        city.repositories["gamma"].damage(disk.snapshot)


def test_a_damaged_point_is_passed_over_for_the_next_older(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    copy_everywhere(city, engine)
    damage_newest(city, DATABASE)
    bring_to_life(city)

    record = drill(engine)

    restores = [cast("dict[str, Json]", step.result) for step in record.results("drill.restore-machine")]
    over = [one for restore in restores for one in cast("list[dict[str, str]]", restore["passed_over"])]
    assert [one["machine"] for one in over] == [DATABASE]
    assert "damaged" in over[0]["reason"] or "not what was stored" in over[0]["reason"]
    assert str(restores[0]["point"]) < over[0]["point"]
    assert record.summary["result"] == "passed"


def test_what_a_stranger_stored_is_reported_in_the_report_and_not_recovered_from(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    repository = city.repositories["gamma"]
    (ours,) = (one for one in repository.list_objects(tags=("sort=point", f"machine={DATABASE}")))
    marks = tuple(tag for tag in ours.tags if not tag.startswith("point="))
    for reported in ("point=é", "point=AAAA"):
        repository.store(ours.name, iter([b"x"]), tags=(*marks, reported))
    city.bad_bundles = ((SystemClock().now(), "not ours: no signer of the settings vouches for it"),)
    bring_to_life(city)

    record = drill(engine)

    assert record.summary["result"] == "passed"
    report = render_markdown(record, "en")
    assert report.count(f"| {DATABASE} |") >= 2
    assert "not what cityops writes" in report
    assert "| gamma | estate@" in report


def test_a_service_whose_machine_cannot_be_restored_is_not_waited_for(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    copy_everywhere(city, engine)
    damage_newest(city, DATABASE, how_many=2)
    bring_to_life(city)

    record = drill(engine)

    assert record.exit_code == 6
    assert record.results("drill.await-service") == ()
    assert f"{DATABASE} could not be restored" in str(record.summary["not_probed"])
    assert city.site_loss.losses() == {}


@pytest.mark.parametrize("event", [None, Loss(by="20261121-120000-drill-ffff"), Loss(by="")])
def test_a_drill_fails_as_soon_as_its_site_is_not_lost_any_more(city: City, engine: Engine, event: Loss | None) -> None:
    copy_everywhere(city, engine)
    bring_to_life(city)
    eventful = Eventful(city=city, events=[event], alive=city.prober.alive, data_from=city.prober.data_from)
    city.prober_host.inside = eventful

    record = drill(engine)

    assert record.exit_code == 6
    assert record.summary["result"] == "failed"
    assert record.summary["stayed_lost"] is False
    failures = [step.failure.message for stage in record.stages for step in stage.steps if step.failure]
    assert ("answers again" if event is None else "not by this drill any more") in failures[0]
    assert city.site_loss.losses() == ({} if event is None else {"alpha": event})
    assert [one.name for one in city.vcenters["gamma"].list_machines()] == ["prober-01"]


def test_a_site_that_another_lost_is_not_lost_again_nor_healed(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    other = Loss(by="20261121-120000-drill-ffff")
    city.site_loss.lost["alpha"] = other

    record = drill(engine)

    assert record.summary["result"] == "failed"
    assert city.site_loss.losses() == {"alpha": other}
    assert record.results("drill.survey") == ()


def test_nothing_is_cut_where_a_restore_point_is_missing(city: City, engine: Engine) -> None:
    city.repositories["gamma"].ensure_initialised()

    record = drill(engine)

    assert record.exit_code == 6
    assert [step.kind for stage in record.stages for step in stage.steps] == ["drill.check-readiness"]


def test_a_drill_of_an_assumed_loss_uses_nothing_of_the_site_that_works_on(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    bring_to_life(city)
    city.site_loss.lost["alpha"] = Loss(by="the test: whatever opens a driver of alpha raises now")

    record = drill(engine, loss="assumed")

    assert record.summary["result"] == "passed"
    assert record.operation == OPERATION
    assert list(city.site_loss.losses()) == ["alpha"]


@pytest.mark.parametrize("lack", ["full", "obstacle"])
def test_nothing_is_cut_where_the_machines_would_find_no_place(city: City, engine: Engine, lack: str) -> None:
    copy_everywhere(city, engine)
    if lack == "full":
        city.vcenters["gamma"].free_bytes = 1
    else:
        city.vcenters["gamma"].obstacles = ("datastore vsan is in maintenance",)

    record = drill(engine)

    assert record.exit_code == 5
    assert [step.kind for stage in record.stages for step in stage.steps] == ["drill.check-readiness"]
    failures = [step.failure.message for stage in record.stages for step in stage.steps if step.failure]
    assert "nothing can be recovered at gamma: datastore vsan" in failures[0]


def test_a_leak_after_power_on_stops_the_drill_powers_its_machines_off_and_is_in_the_record(
    city: City, engine: Engine
) -> None:
    copy_everywhere(city, engine)
    bring_to_life(city)
    city.prober_host.inside = Leaky(city=city, alive=city.prober.alive, data_from=city.prober.data_from)

    record = drill(engine)

    assert (record.exit_code, record.summary["isolated"]) == (6, False)
    assert city.vcenters["gamma"].calls["cut_power"] >= 1
    (failure,) = [step.failure for stage in record.stages for step in stage.steps if step.failure]
    assert failure.error == "GuardTrippedError"
    assert f"{STRANGER.mac} was heard" in failure.message
    watch = record.results("drill.end-watch")[0].result
    assert isinstance(watch, dict)
    assert STRANGER.mac in str(watch["sightings"])
    assert city.prober_host.list_held() == ()


STRANGER = Sighting(mac="02:00:00:00:00:66", probe="heard", words="ARP: 10.1.10.11 asks for 10.1.10.1")


@dataclass(kw_only=True)
class Leaky(FakeProber):
    """A prober during whose first look somebody else comes into the bubble."""

    city: City

    def probe(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        if not self.city.prober_host.strangers:
            self.city.prober_host.strangers.append(STRANGER)
        return super().probe(asked, address=address, login=login)


def test_an_age_that_cannot_be_read_makes_no_service_late_and_no_drill_pass(city: City, engine: Engine) -> None:
    copy_everywhere(city, engine)
    bring_to_life(city)
    city.prober.data_from = {}

    record = drill(engine)

    (recovery,) = cast("list[dict[str, Json]]", record.summary["recoveries"])
    assert recovery["rto"] is not None
    assert recovery["rpo"] is None
    assert record.summary["result"] == "failed"
    (awaited,) = [step for stage in record.stages for step in stage.steps if step.kind == "drill.await-service"]
    assert cast("dict[str, Json]", awaited.result)["green_at"] is not None
