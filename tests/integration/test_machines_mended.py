"""A city's machines, planned and mended on fakes: the estate of Taichung against three vCenters with faults in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from fleet.machines.apply import machines_operations, observe_machines
from fleet.machines.comparison import compare_machines
from fleet.machines.model import WantedTemplate
from fleet.machines.plan import plan_machines
from fleet.machines.steps import MachineStep
from fleet.machines.wanted import meant_machines, wanted_machines
from groundwork.change.basis import moves_alone, with_checks
from groundwork.change.operation import Stage, conclude_by_failures
from groundwork.change.outcome import Outcome, StepOutcome, TrackOutcome
from groundwork.change.plan import Plan, Share, Wave
from groundwork.change.step import Attempt, Step
from groundwork.change.walk import carry_out, walk_share
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.protocol import ListedMachine, SeenMachine, VCenter
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate
from groundwork.run.redaction import Redactor
from groundwork.run.saved import read_step_outcome
from groundwork.run.share_work import ShareWork
from groundwork.shell.clock import SystemClock
from tests.builders.machine_values import seen
from tests.builders.machine_values import template as seen_template

INVENTORY = Path(__file__).parents[2] / "inventory"


@pytest.fixture(scope="session")
def estate() -> Estate:
    return load_estate(INVENTORY, "taichung")


GUEST = WantedTemplate(name="tmpl-lab-guest", disk_gib=1)


class City:
    """Three fake vCenters that hold what the estate wants, and the operation on them, carried out in this process."""

    def __init__(self, estate: Estate) -> None:
        self.wanted = wanted_machines(estate)
        self.sites = {
            site: FakeVCenter(clock=SystemClock(), site=site, networks=set(estate.networks)) for site in estate.sites
        }
        for number, machine in enumerate(self.wanted):
            self.sites[machine.site].put(seen(machine, number), b"disk")
        for template in estate.templates.values():
            for site in template.sites:
                self.sites[site].put(seen_template(template.name, template.disk_gib), template.name.encode())
        self.operation = machines_operations(self.opened)[0]

    @contextmanager
    def opened(self, site: str) -> Iterator[VCenter]:
        yield self.sites[site]

    def plan(self) -> Plan:
        found = observe_machines(self.sites, self.opened).seen
        return plan_machines(city="taichung", rows=compare_machines(self.wanted, found))

    def carry_out(self, plan: Plan) -> Outcome:
        codec = self.operation.codec
        return carry_out(codec.decode_plan(codec.encode_plan(plan)), self)

    def carry_out_wave(self, wave: Wave) -> tuple[TrackOutcome, ...]:
        return tuple(track for share in wave.shares for track in self._walk(share))

    def _walk(self, share: Share) -> tuple[TrackOutcome, ...]:
        attempt = Attempt(run_id="run-1", say=lambda _: None)
        work = ShareWork(self.operation, share.site, attempt, clock=SystemClock(), redactor=Redactor(tuple))

        def perform(step: Step) -> StepOutcome:
            return read_step_outcome(work.perform(step)["outcome"])

        try:
            return walk_share(share, perform)
        finally:
            work.close()


@pytest.fixture
def city(estate: Estate) -> City:
    return City(estate)


def _spoil(city: City) -> dict[str, str]:
    """Machines missing (one of each template), mis-sized, powered off, misplaced, unmarked; by sort."""
    small_template = next(machine for machine in city.wanted if machine.template == GUEST)
    quiet = [machine for machine in city.wanted if machine.template != GUEST and machine.powered_on]
    missing, small, off, lost, bare = quiet[0], quiet[40], quiet[80], quiet[120], quiet[160]
    for machine in (small_template, missing):
        city.sites[machine.site].destroy(machine.name)
    city.sites[small.site].resize(small.name, vcpus=small.vcpus + 1, memory_mib=small.memory_mib)
    city.sites[off.site].set_power(off.name, on=False)
    city.sites[lost.site].move(lost.name, folder="elsewhere")
    city.sites[bare.site].mark(bare.name, text="")
    return {
        "guest": small_template.name,
        "missing": missing.name,
        "small": small.name,
        "off": off.name,
        "lost": lost.name,
        "bare": bare.name,
    }


def test_a_city_that_is_right_has_nothing_to_do(city: City) -> None:
    assert city.plan().empty


def test_what_is_planted_wrong_is_mended_and_a_second_apply_has_nothing_to_do(city: City) -> None:
    spoilt = _spoil(city)
    plan = city.plan()
    assert {track.name for _, _, track, _ in plan.steps()} == set(spoilt.values())
    outcome = city.carry_out(plan)
    assert outcome.failures == ()
    assert city.plan().empty
    clone = next(machine for machine in city.wanted if machine.name == spoilt["guest"])
    assert city.sites[clone.site].read_disk(clone.name) == b"tmpl-lab-guest"
    assert city.sites[clone.site].guest_info_of(clone.name) == dict(clone.guest_info) != {}


def test_a_failure_in_the_canary_leaves_the_rest_alone_and_is_the_exit_code(city: City) -> None:
    for machine in city.wanted[:60]:
        city.sites[machine.site].mark(machine.name, text="")
    plan = city.plan()
    site = plan.waves[0].shares[0].site
    vcenter = city.sites[site]
    vcenter.fail("mark", vcenter.calls["mark"] + 1)
    outcome = city.carry_out(plan)
    assert outcome.stopped
    assert len(outcome.tracks) == sum(len(share.tracks) for share in plan.waves[0].shares)
    conclusion = conclude_by_failures((Stage(plan=plan, outcome=outcome),))
    assert conclusion.exit_code == 5
    assert len(city.plan().waves) > 0


def test_a_run_killed_in_the_middle_is_carried_out_again_without_making_anything_twice(city: City) -> None:
    _spoil(city)
    plan = city.plan()
    city.carry_out(replace(plan, waves=plan.waves[:1]))
    assert city.carry_out(plan).failures == ()
    assert city.plan().empty


def test_undoing_every_step_in_reverse_brings_back_what_was_found(city: City) -> None:
    _spoil(city)
    before = {site: vcenter.list_machines() for site, vcenter in city.sites.items()}
    plan = city.plan()
    city.carry_out(plan)
    attempt = Attempt(run_id="run-1-undo", say=lambda _: None)
    for _, share, _, step in reversed(list(plan.steps())):
        undo = step.undo(None)
        if undo:
            with city.operation.performer(share.site) as perform:
                perform(cast("MachineStep", undo), attempt)
    after = {site: vcenter.list_machines() for site, vcenter in city.sites.items()}
    assert _plain(after) == _plain(before)


def test_a_machine_that_moved_since_is_left_alone_and_the_others_are_mended(city: City) -> None:
    spoilt = _spoil(city)
    plan = city.plan()
    assert moves_alone(plan)
    moved = next(machine for machine in city.wanted if machine.name == spoilt["small"])
    city.sites[moved.site].resize(moved.name, vcpus=moved.vcpus + 3, memory_mib=moved.memory_mib)
    made = next(machine for machine in city.wanted if machine.name == spoilt["missing"])
    city.sites[made.site].put(seen(made, 9001), b"somebody else's")
    outcome = city.carry_out(with_checks(plan))
    refused = {track.name: track.failure for track in outcome.tracks if track.failure}
    assert set(refused) == {moved.name, made.name}
    assert all(failure.error == "MovedError" and failure.exit_code == 3 for failure in refused.values())
    assert [len(track.steps) for track in outcome.tracks if track.failure] == [1, 1], "nothing was changed first"
    assert not outcome.stopped, "what moved says nothing of the others"
    assert {track.name for _, _, track, _ in city.plan().steps()} == {moved.name}
    assert city.sites[made.site].read_disk(made.name) == b"somebody else's"


def test_what_a_guest_reports_of_itself_does_not_count_as_moved(city: City) -> None:
    spoilt = _spoil(city)
    plan = city.plan()
    small = next(machine for machine in city.wanted if machine.name == spoilt["small"])
    shown = city.sites[small.site].read_machine(small.name)
    assert shown is not None
    city.sites[small.site].put(replace(shown, address="192.0.2.77"), b"disk")
    assert city.carry_out(with_checks(plan)).failures == ()


def test_only_one_site_is_planned_when_only_it_is_named(city: City, estate: Estate) -> None:
    _spoil(city)
    found = observe_machines(["nchc"], city.opened).seen
    rows = compare_machines(city.wanted, found, meant_machines(estate, ["nchc"]))
    assert {row.site for row in rows} == {"nchc"}


def _plain(machines: dict[str, tuple[ListedMachine, ...]]) -> dict[str, list[SeenMachine]]:
    """An address comes and goes with power."""
    return {
        site: [replace(one, address="") for one in shown if isinstance(one, SeenMachine)]
        for site, shown in machines.items()
    }
