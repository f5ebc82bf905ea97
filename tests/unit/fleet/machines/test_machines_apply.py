from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from fleet.machines.apply import MachinePerformer, machines_operations, observe_machines, observe_obstacles
from fleet.machines.comparison import compare_machines
from fleet.machines.model import Card, FoundMachine
from fleet.machines.plan import plan_machines
from fleet.machines.steps import (
    ConsolidateDisks,
    CreateMachine,
    GrowDisk,
    MachineStep,
    MarkMachine,
    MoveMachine,
    PowerMachine,
    RemoveMachine,
    ResizeMachine,
)
from groundwork.change.step import Attempt, Json
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.protocol import SeenMachine, UnseenMachine, VCenter
from groundwork.errors import OutsideError, RefusedError, VerificationError
from groundwork.shell.clock import SystemClock
from groundwork.shell.sighting import Sighting
from tests.builders.machine_values import MARK, WANTED, found, seen, template

ATTEMPT = Attempt(run_id="run-1", say=lambda _: None)
CREATE = CreateMachine(
    site="central",
    name="web-01",
    machine="web-01",
    folder="digital",
    vcpus=2,
    memory_mib=4096,
    cards=(Card(network="central-dmz"),),
    mark=MARK,
    template="tmpl-debian-13",
    guest_info=(),
)
RESIZE = ResizeMachine(
    site="central", name="web-01", vcpus=4, memory_mib=8192, was_vcpus=2, was_memory_mib=4096, powered_on=True
)


@pytest.fixture
def vcenter() -> FakeVCenter:
    return FakeVCenter(clock=SystemClock(), networks={"central-dmz"})


@pytest.fixture
def perform(vcenter: FakeVCenter) -> Callable[[Any], Json]:
    performer = MachinePerformer("central", vcenter)
    return lambda step: performer(step, ATTEMPT)


def _shown(vcenter: FakeVCenter) -> SeenMachine:
    machine = vcenter.read_machine("web-01")
    assert machine is not None
    return machine


def test_each_step_does_what_it_says_and_its_undo_takes_it_back(
    vcenter: FakeVCenter, perform: Callable[[Any], Json]
) -> None:
    vcenter.put(seen(), b"disk")
    before = _shown(vcenter)
    steps: list[MachineStep] = [
        RESIZE,
        PowerMachine(site="central", name="web-01", on=False),
        MoveMachine(site="central", name="web-01", folder="tax", was_folder="digital"),
        MarkMachine(site="central", name="web-01", text="other", was_text=MARK),
    ]
    for step in steps:
        perform(step)
        assert _shown(vcenter) != before
        undone = step.undo(None)
        assert undone is not None
        perform(undone)
        assert replace(_shown(vcenter), address=before.address) == before


def test_a_created_machine_is_destroyed_by_its_undo_and_not_twice(
    vcenter: FakeVCenter, perform: Callable[[Any], Json]
) -> None:
    vcenter.put(template(), b"system")
    made = {"vcpus": 2, "memory_mib": 4096, "network": "central-dmz", "folder": "digital", "mark": MARK}
    assert perform(CREATE) == {**made, "instance_uuid": "central-1"}
    assert perform(CREATE.undo(None)) == {"destroyed": True}
    assert perform(CREATE.undo(None)) == {"destroyed": False}
    assert [one.name for one in vcenter.list_machines()] == ["tmpl-debian-13"]


def test_what_a_run_made_is_not_mistaken_for_what_was_made_anew_under_its_name_since(
    vcenter: FakeVCenter, perform: Callable[[Any], Json]
) -> None:
    vcenter.put(template(), b"system")
    undo = CREATE.undo(perform(CREATE))
    assert undo.uuid == "central-1"
    perform(CREATE.undo(None))
    vcenter.put(replace(seen(), mark=MARK, instance_uuid="central-2"))
    with pytest.raises(RefusedError, match="another machine than the one that was made"):
        perform(undo)
    assert _shown(vcenter).name == "web-01"
    vcenter.put(replace(seen(), mark=MARK, instance_uuid="central-1"))
    assert perform(undo) == {"destroyed": True}


def test_a_machine_with_another_mark_is_not_destroyed(vcenter: FakeVCenter, perform: Callable[[Any], Json]) -> None:
    vcenter.put(replace(seen(), mark="cityops: agency=tax service=x tier=2"))
    with pytest.raises(RefusedError, match="does not bear the mark"):
        perform(CREATE.undo(None))
    assert _shown(vcenter).name == "web-01"


def test_a_resize_killed_while_the_machine_was_off_ends_with_it_on(
    vcenter: FakeVCenter, perform: Callable[[Any], Json]
) -> None:
    vcenter.put(replace(seen(), powered_on=False, vcpus=4, memory_mib=8192))
    perform(RESIZE)
    assert _shown(vcenter).powered_on


def test_a_vcenter_that_says_yes_and_does_nothing_is_found_out() -> None:
    class Liar(FakeVCenter):
        def set_power(self, name: str, *, on: bool) -> None:
            del name, on

    liar = Liar(clock=SystemClock(), networks=set())
    liar.put(replace(seen(), powered_on=False))
    perform = MachinePerformer("central", liar)
    with pytest.raises(VerificationError, match=r"shows powered on False after it was set to powered on True"):
        perform(PowerMachine(site="central", name="web-01", on=True), ATTEMPT)


def test_a_machine_that_somebody_removed_meanwhile_is_reported_as_gone() -> None:
    class Removing(FakeVCenter):
        def set_power(self, name: str, *, on: bool) -> None:
            super().set_power(name, on=on)
            self.destroy(name)

    vcenter = Removing(clock=SystemClock(), networks={"central-dmz"})
    vcenter.put(seen(), b"disk")

    with pytest.raises(VerificationError, match="web-01 at central is gone"):
        MachinePerformer("central", vcenter)(RESIZE, ATTEMPT)


def test_sites_are_observed_side_by_side_and_one_that_fails_is_reported() -> None:
    sites = {name: FakeVCenter(clock=SystemClock(), site=name) for name in ("central", "nchc")}
    sites["central"].put(seen())

    @contextmanager
    def opened(site: str) -> Iterator[VCenter]:
        yield sites[site]

    assert observe_machines(["central", "nchc"], opened) == Sighting(seen={"central": (found(),), "nchc": ()})
    sites["nchc"].fail("list_machines", 2)
    sighting = observe_machines(["central", "nchc"], opened)
    assert sighting.seen == {"central": (found(),)}
    ((source, message),) = [(one.source, one.message) for one in sighting.unread]
    assert (source, "the vCenter of nchc refused" in message) == ("nchc", True)


def test_every_step_of_a_plan_can_be_saved_and_read_again() -> None:
    crooked = replace(found(), folder="tax", vcpus=1, annotation="", powered_on=False)
    other = replace(WANTED, name="web-02", vcenter_name="web-02", guest_info=(("hostname", "web-02"),))
    plan = plan_machines(city="taichung", rows=compare_machines([WANTED, other], {"central": (crooked,)}))
    operation = machines_operations(lambda _: pytest.fail("opened"))[0]
    assert operation.codec.decode_plan(operation.codec.encode_plan(plan)) == plan
    assert operation.name == plan.operation


def test_what_a_vcenter_cannot_show_is_found_as_unseen(vcenter: FakeVCenter) -> None:
    vcenter.put_unseen(UnseenMachine(name="web-01", moref="vm-1", reason="orphaned", instance_uuid="u", mark=MARK))

    @contextmanager
    def opened(_: str) -> Iterator[VCenter]:
        yield vcenter

    assert observe_machines(["central"], opened).seen["central"] == (
        FoundMachine(name="web-01", site="central", uuid="u", annotation=MARK, unseen="orphaned"),
    )


def test_what_a_plan_needs_at_the_vcenter_is_looked_at_before_it_is_carried_out(vcenter: FakeVCenter) -> None:
    @contextmanager
    def opened(_: str) -> Iterator[VCenter]:
        yield vcenter

    rows = compare_machines([WANTED], {"central": ()})
    (reported,) = observe_obstacles(rows, opened).seen["central"].values()
    assert "no template named 'tmpl-debian-13'" in reported
    vcenter.put(template(), b"system")
    assert observe_obstacles(rows, opened).seen == {"central": {}}
    elsewhere = compare_machines([replace(WANTED, datastore="flash")], {"central": ()})
    (reported,) = observe_obstacles(elsewhere, opened).seen["central"].values()
    assert "no datastore named 'flash'" in reported


def test_a_machine_is_made_on_the_datastore_it_names(vcenter: FakeVCenter, perform: Callable[[Any], Json]) -> None:
    vcenter.put(template(), b"system")
    with pytest.raises(OutsideError, match="no datastore named 'flash'"):
        perform(replace(CREATE, datastore="flash"))
    vcenter.datastores.add("flash")
    perform(replace(CREATE, datastore="flash"))
    assert _shown(vcenter).name == "web-01"


def test_a_disk_grows_and_what_snapshots_left_is_merged(vcenter: FakeVCenter, perform: Callable[[Any], Json]) -> None:
    vcenter.put(replace(seen(), consolidation_needed=True), b"disk")
    assert perform(GrowDisk(site="central", name="web-01", disk_gib=50, was_disk_gib=40)) == {"disk_gib": 50}
    perform(ConsolidateDisks(site="central", name="web-01"))
    assert not _shown(vcenter).consolidation_needed


def test_a_machine_is_removed_only_while_it_is_still_the_one_that_was_looked_at(
    vcenter: FakeVCenter, perform: Callable[[Any], Json]
) -> None:
    mark = "cityops: restored from central/web-01@2026-01-01 (run r1)"
    remove = RemoveMachine(site="central", name="web-01", uuid="uuid-of-web-01", mark=mark)
    for other in ({"mark": MARK}, {"mark": mark, "instance_uuid": "another"}):
        vcenter.put(replace(seen(), **other))  # type: ignore[arg-type]  # fields of SeenMachine
        with pytest.raises(RefusedError, match="no longer the machine"):
            perform(remove)
    vcenter.put(replace(seen(), mark=f"ask Ms. Lin first\n{mark}"))
    assert perform(remove) == {"removed": True}
    assert perform(remove) == {"removed": False}
