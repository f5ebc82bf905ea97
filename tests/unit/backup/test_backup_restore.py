"""Machines brought back from their points, on a city in memory, and what a restore leaves when it fails."""

from dataclasses import replace

import pytest

from backup.plan import (
    REPLICATE,
    RESTORE,
    RESTORED_NETWORK,
    RUN,
    plan_backup,
    plan_replication,
    plan_restore,
    port_group_of,
)
from backup.restore import find_obstacles, restore_machine
from backup.selection import select_machines
from groundwork.change.plan import Plan
from groundwork.change.step import Step
from groundwork.drivers.vcenter.protocol import HALF_IMPORTED
from groundwork.errors import UsageError, VerificationError
from groundwork.model.mark import render_network
from tests.builders.backup_city import BackupCity, disk_of, newest_points
from tests.builders.run_in_memory import Killed, RunInMemory


def _replicated() -> BackupCity:
    city = BackupCity()
    plan = plan_backup(city.estate, select_machines(city.estate), city.seen())
    assert RunInMemory(city.operation(RUN)).carry_out(plan)[1].exit_code == 0
    RunInMemory(city.operation(REPLICATE)).carry_out(plan_replication(city.estate))
    return city


def test_a_machine_comes_back_at_another_site_byte_for_byte_and_once() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")

    for _ in range(2):
        _, conclusion = RunInMemory(city.operation(RESTORE)).carry_out(plan)
        assert conclusion.exit_code == 0

    seen = city.vcenters["gamma"].read_machine("copy-01")
    assert seen is not None
    assert (seen.powered_on, seen.network, seen.folder) == (False, "cityops-restored", "bureau")
    assert city.vcenters["gamma"].read_disk("copy-01") == disk_of("pass-db-01")
    assert city.vcenters["gamma"].networks == {"cityops-restored"}


def test_a_restore_that_fails_takes_its_port_group_away_and_leaves_one_that_is_used() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    broken = replace(point, disks=(replace(point.disks[0], sha256="0" * 64),))
    plan = plan_restore(city.estate, broken, site="gamma", name="copy-01")

    assert RunInMemory(city.operation(RESTORE), "first").carry_out(plan)[1].exit_code == 6
    assert city.vcenters["gamma"].networks == set()

    good = plan_restore(city.estate, point, site="gamma", name="copy-01")
    assert RunInMemory(city.operation(RESTORE), "second").carry_out(good)[1].exit_code == 0
    again = plan_restore(city.estate, broken, site="gamma", name="copy-02")
    assert RunInMemory(city.operation(RESTORE), "third").carry_out(again)[1].exit_code == 6
    assert city.vcenters["gamma"].networks == {"cityops-restored"}


def test_a_port_group_of_a_person_is_neither_used_for_a_copy_nor_removed() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    city.vcenters["gamma"].networks.add("cityops-restored")  # with an uplink, as whatever we did not make

    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")
    assert RunInMemory(city.operation(RESTORE)).carry_out(plan)[1].exit_code == 3

    assert city.vcenters["gamma"].read_machine("copy-01") is None
    assert city.vcenters["gamma"].networks == {"cityops-restored"}


def test_a_machine_that_is_not_what_its_point_says_ends_a_restore_with_6() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")
    assert RunInMemory(city.operation(RESTORE)).carry_out(plan)[1].exit_code == 0
    city.vcenters["gamma"].resize("copy-01", vcpus=9, memory_mib=512)

    conclusion = RunInMemory(city.operation(RESTORE)).carry_out(plan)[1]

    assert conclusion.exit_code == 6
    assert "vCPU: 1 → 9" in str(conclusion.summary["restored"])


def test_a_restore_of_another_run_is_refused_the_name() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")
    RunInMemory(city.operation(RESTORE), "first").carry_out(plan)

    _, conclusion = RunInMemory(city.operation(RESTORE), "second").carry_out(plan)

    assert conclusion.exit_code == 3


def test_undoing_a_restore_destroys_its_own_machine_only() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")
    first, second = (RunInMemory(city.operation(RESTORE), name) for name in ("first", "second"))
    first.carry_out(plan)
    undo = next(step for _, _, _, step in plan.steps() if step.kind == "backup.restore-machine").undo(None)
    assert undo is not None

    reported = second.perform_once("gamma", undo)
    assert isinstance(reported, dict)
    assert (reported["destroyed"], str(reported["seen"])[:28]) == (False, "another's: cityops: restored")
    assert city.vcenters["gamma"].read_machine("copy-01") is not None
    assert first.perform_once("gamma", undo) == {"seen": "whole", "destroyed": True}
    assert first.perform_once("gamma", undo) == {"seen": "gone", "destroyed": False}
    assert city.vcenters["gamma"].read_machine("copy-01") is None


def test_undoing_a_restore_that_was_killed_waits_for_the_import_and_destroys_what_it_had_made() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")
    killed, vcenter = RunInMemory(city.operation(RESTORE), "killed"), city.vcenters["gamma"]
    killed.carry_out(plan)
    made = vcenter.read_machine("copy-01")
    assert made is not None
    vcenter.change("copy-01", mark=f"{HALF_IMPORTED} {made.mark}")
    vcenter.held["copy-01"] = 300  # the lease of the dead command
    undo = next(step for _, _, _, step in plan.steps() if step.kind == "backup.restore-machine").undo(None)
    assert undo is not None
    began = city.clock.now()

    assert killed.perform_once("gamma", undo) == {"seen": "half imported", "destroyed": True}

    assert (city.clock.now() - began).total_seconds() >= 300
    assert vcenter.read_machine("copy-01") is None


@pytest.mark.parametrize("owner", ["person", "another run"])
def test_an_unused_port_group_that_was_there_before_us_outlives_a_failed_restore_and_its_undo(owner: str) -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    city.repositories["gamma"].damage(point.disks[0].snapshot)
    marks = {"person": "for the audit", "another run": render_network(run="another")}
    city.vcenters["gamma"].create_network(RESTORED_NETWORK, mark=marks[owner])
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")
    ours, make = RunInMemory(city.operation(RESTORE), "ours"), _make_network(plan)

    outcome, _ = ours.carry_out(plan)

    assert RESTORED_NETWORK in city.vcenters["gamma"].list_networks()
    assert make.undo(outcome.tracks[0].steps[0].result) is None
    undo = make.undo(None)  # cut off: nobody knows what it did
    assert undo is not None
    assert ours.perform_once("gamma", undo) == {"removed": False}
    assert RESTORED_NETWORK in city.vcenters["gamma"].list_networks()


def test_a_port_group_that_was_made_and_never_recorded_is_known_by_its_mark_and_taken_away() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")
    run, undo = RunInMemory(city.operation(RESTORE), "killed"), _make_network(plan).undo(None)

    def kill(_position: int, _step: Step) -> None:
        raise Killed

    with pytest.raises(Killed):
        run.carry_out(plan, injure=kill)
    assert RESTORED_NETWORK in city.vcenters["gamma"].list_networks()
    assert undo is not None
    assert RunInMemory(city.operation(RESTORE), "other").perform_once("gamma", undo) == {"removed": False}
    assert run.perform_once("gamma", _make_network(plan)) == {"made": True}
    assert run.perform_once("gamma", undo) == {"removed": True}
    assert RESTORED_NETWORK not in city.vcenters["gamma"].list_networks()


def _make_network(plan: Plan) -> Step:
    return next(step for _, _, _, step in plan.steps() if step.kind == "backup.make-isolated-network")


def test_a_disk_that_is_not_what_was_stored_is_refused_before_its_last_piece() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    wrong = replace(point, disks=(replace(point.disks[0], sha256="0" * 64),))
    city.vcenters["gamma"].networks.add("bubble")

    with pytest.raises(VerificationError, match="not what was stored"):
        restore_machine(
            city.repositories["gamma"],
            city.vcenters["gamma"],
            wrong,
            name="copy-01",
            network="bubble",
            folder="drill",
            mark="cityops: drill",
        )

    assert city.vcenters["gamma"].read_machine("copy-01") is None


def test_a_damaged_copy_is_refused_and_leaves_no_machine() -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]
    city.repositories["gamma"].damage(point.disks[0].snapshot)
    plan = plan_restore(city.estate, point, site="gamma", name="copy-01")

    _, conclusion = RunInMemory(city.operation(RESTORE)).carry_out(plan)

    assert conclusion.exit_code == 5
    assert city.vcenters["gamma"].read_machine("copy-01") is None


def test_what_stands_in_a_restores_way_is_found_before_it_begins() -> None:
    gamma = BackupCity().vcenters["gamma"]
    central = BackupCity().vcenters["alpha"]

    assert find_obstacles(gamma, name="copy-01", network=None) == ()
    assert find_obstacles(central, name="PASS-DB-01", network=None) == ("a machine named pass-db-01 is there already",)
    assert "no network named 'nowhere'" in "".join(find_obstacles(gamma, name="copy-01", network="nowhere"))
    gamma.switches.members["storage"] = set(gamma.switches.hypervisors)
    assert "2 distributed switches" in "".join(find_obstacles(gamma, name="copy-01", network=None))
    gamma.networks.add(RESTORED_NETWORK)
    assert find_obstacles(gamma, name="copy-01", network=None) == ()


@pytest.mark.parametrize("name", ["web/01", "Copy", "a b", "", "-x", "x" * 64, "\x1b[2J"])
def test_a_name_that_no_machine_can_have_is_wrong_usage(name: str) -> None:
    city = _replicated()
    point = newest_points(city.repositories["gamma"], ["pass-db-01"])["pass-db-01"]

    with pytest.raises(UsageError, match="is no name of a machine") as caught:
        plan_restore(city.estate, point, site="gamma", name=name)
    assert "\x1b" not in caught.value.message


def test_a_network_is_the_sites_and_stands_for_its_port_group() -> None:
    estate = BackupCity().estate
    other = replace(estate.networks["gamma-services"], port_group="VMs/Services 10")

    assert port_group_of(replace(estate, networks={other.name: other}), "gamma", "gamma-services") == "VMs/Services 10"
    with pytest.raises(UsageError, match="gamma has no network 'alpha-services'"):
        port_group_of(estate, "gamma", "alpha-services")
