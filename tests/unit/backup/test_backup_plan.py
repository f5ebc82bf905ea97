"""What a backup, a replication and a restore decide to do."""

from dataclasses import replace

import pytest

from backup.model import Guest, Hidden, RemoveSnapshot, TakeSnapshot
from backup.plan import (
    RESTORED_NETWORK,
    plan_backup,
    plan_prepare,
    plan_replication,
    plan_restore,
)
from backup.selection import select_machines
from groundwork.change.plan import Plan
from groundwork.errors import UsageError
from groundwork.model.hardware import Hardware
from groundwork.model.restore_point import MachineShape
from tests.builders.drill_values import survey
from tests.builders.estate_values import small_estate, small_machine

SHAPE = MachineShape(vcpus=1, memory_mib=512, network="alpha-services", address="10.1.10.11")
DB = Guest(name="pass-db-01", shape=SHAPE)
FILES = Guest(name="files-01", shape=replace(SHAPE, network="beta-services"))


def _lines(plan: Plan) -> list[str]:
    return [f"{wave.name} | {share.site} | {step.describe()}" for wave, share, _, step in plan.steps()]


def test_every_machine_that_is_there_gets_a_point_and_its_snapshot_is_always_removed() -> None:
    estate = small_estate()

    plan = plan_backup(estate, select_machines(estate), {"alpha": (DB,), "beta": (FILES,), "gamma": ()})

    assert _lines(plan) == [
        "restore points | alpha | store the estate of toytown (000000000000) in the repository of alpha",
        "restore points | alpha | snapshot pass-db-01",
        (
            "restore points | alpha | store the disks of pass-db-01 (1 vCPUs, 512 MiB) in the repository of alpha, "
            "and commit the restore point"
        ),
        "restore points | alpha | remove the run's snapshot of pass-db-01",
        "restore points | beta | store the estate of toytown (000000000000) in the repository of beta",
        "restore points | beta | snapshot files-01",
        (
            "restore points | beta | store the disks of files-01 (1 vCPUs, 512 MiB) in the repository of beta, "
            "and commit the restore point"
        ),
        "restore points | beta | remove the run's snapshot of files-01",
    ]
    assert plan.locks == ("site/alpha/backup", "site/beta/backup")
    assert plan.title == "back up 2 machines"
    removals = [track.always for wave in plan.waves for share in wave.shares for track in share.tracks if track.always]
    assert removals == [
        (RemoveSnapshot(site="alpha", machine="pass-db-01"),),
        (RemoveSnapshot(site="beta", machine="files-01"),),
    ]


def test_machines_are_stored_side_by_side_as_many_as_their_hypervisor_gives_leases() -> None:
    estate = small_estate()
    other = replace(DB, name="pass-web-01", hypervisor="esx-2")
    found = {"alpha": (replace(DB, hypervisor="esx-1"), other)}

    plan = plan_backup(estate, select_machines(estate), found)

    (share,) = plan.waves[0].shares
    assert share.lanes > 1
    assert [track.uses for track in share.tracks] == [(), ("hypervisor esx-1",), ("hypervisor esx-2",)]
    assert dict(share.caps) == {"hypervisor esx-1": 3, "hypervisor esx-2": 3}


def test_a_machine_that_went_to_another_hypervisor_is_what_it_was() -> None:
    estate = small_estate()
    plans = [
        plan_backup(estate, select_machines(estate), {"alpha": (replace(DB, hypervisor=name),)})
        for name in ("esx-1", "esx-2")
    ]
    assert plans[0].basis == plans[1].basis


def test_machines_that_are_not_there_or_hidden_are_named_and_left_out() -> None:
    estate = small_estate()
    machines = select_machines(estate)
    hidden = Hidden(name="files-01", reason="files-01 is disconnected")

    plan = plan_backup(estate, machines, {"alpha": (DB,), "beta": (hidden,)})

    assert [(one.source, one.message, one.exit_code) for one in plan.unread] == [
        ("alpha", "not backed up: not in its vCenter: pass-web-01", 6),
        ("beta/files-01", "not backed up: files-01 is disconnected", 6),
    ]
    assert [share.site for wave in plan.waves for share in wave.shares] == ["alpha"]
    assert plan_backup(estate, machines, {"alpha": (), "beta": ()}).empty
    assert plan_backup(estate, machines, {}).unread == ()


def test_what_no_point_holds_is_said_in_the_plan_and_what_cannot_be_frozen_is_not_tried() -> None:
    estate = small_estate()
    partly = replace(DB, shape=replace(SHAPE, hardware=Hardware(not_covered=("its vTPM, because no point holds one",))))
    never = replace(FILES, shape=replace(SHAPE, hardware=Hardware(no_snapshot="its disks are shared")))

    plan = plan_backup(estate, select_machines(estate), {"alpha": (partly,), "beta": (never,)})

    assert "(not covered: its vTPM, because no point holds one)" in "".join(_lines(plan))
    assert [share.site for wave in plan.waves for share in wave.shares] == ["alpha"]
    assert ("beta/files-01", "not backed up: its disks are shared") in [
        (one.source, one.message) for one in plan.unread
    ]


def test_a_machine_of_another_name_at_the_vcenter_is_frozen_by_that_and_stored_by_ours() -> None:
    guest = replace(DB, vcenter_name="Pass DB 01")
    policies = {name: replace(one, quiesce="required") for name, one in small_estate().backup_policies.items()}
    estate = small_estate(backup_policies=policies)

    plan = plan_backup(estate, select_machines(estate, ["machine:pass-db-01"]), {"alpha": (guest,)})

    frozen = next(step for _, _, _, step in plan.steps() if isinstance(step, TakeSnapshot))
    assert (frozen.machine, frozen.vcenter_name, frozen.quiesce) == ("pass-db-01", "Pass DB 01", "required")
    assert frozen.undo(None) == RemoveSnapshot(site="alpha", machine="pass-db-01", vcenter_name="Pass DB 01")


def test_leftovers_of_dead_runs_are_removed_and_nobody_elses_snapshots() -> None:
    estate = small_estate()
    theirs = ("before the upgrade", "cityops-by-hand", "veeam-123")
    ours = ("cityops-20261119-101500-backup-3f29", "cityops-20261120-101500-backup-3f2a")
    guest = replace(DB, snapshots=(*theirs, *ours))

    plan = plan_backup(estate, select_machines(estate, ["alpha"]), {"alpha": (guest,)})

    removed = [step.snapshot for _, _, _, step in plan.steps() if isinstance(step, RemoveSnapshot)]
    assert removed == [*ours, ""]
    (share,) = plan.waves[0].shares
    assert [track.uses for track in share.tracks[1:]] == [
        ("machine pass-db-01",),
        ("hypervisor ", "machine pass-db-01"),
    ]
    assert dict(share.caps)["machine pass-db-01"] == 1, "nobody takes a snapshot of a machine while one is removed"
    assert plan.title == "back up 1 machines"


def test_repositories_are_prepared_hop_by_hop_and_where_none_is_borne() -> None:
    one = "1" * 64
    estate = small_estate()

    assert _lines(plan_prepare(estate, dict.fromkeys(("alpha", "beta", "gamma")))) == [
        "repositories | alpha | make a repository at alpha, unless one is there, and declare it to its host",
        "repositories, hop 1 | beta | take alpha's repository over at beta, and declare it to its host",
        "repositories, hop 2 | gamma | take beta's repository over at gamma, and declare it to its host",
    ]
    assert _lines(plan_prepare(estate, {"alpha": None, "beta": one, "gamma": one})) == [
        "repositories | alpha | declare the repository 111111111111, of which others have copies, to alpha's host",
    ]


def test_replication_goes_hop_by_hop() -> None:
    assert _lines(plan_replication(small_estate())) == [
        "hop 1 | beta | pull what alpha's repository has and beta's lacks, and prove it",
        "hop 2 | gamma | pull what beta's repository has and gamma's lacks, and prove it",
    ]
    assert _lines(plan_replication(small_estate(), ["gamma"])) == [
        "hop 2 | gamma | pull what beta's repository has and gamma's lacks, and prove it"
    ]
    with pytest.raises(UsageError, match="'alpha' selects no site that copies from another"):
        plan_replication(small_estate(), ["alpha"])


def test_a_restored_copy_is_attached_to_nothing_unless_a_network_is_named() -> None:
    point = survey().points[0]

    alone = plan_restore(small_estate(), point, site="gamma", name="copy")
    placed = plan_restore(small_estate(), point, site="gamma", name="copy", network="gamma-services")

    assert [step.kind for _, _, _, step in alone.steps()] == [
        "backup.make-isolated-network",
        "backup.restore-machine",
        "backup.remove-unused-network",
    ]
    assert f"attached to {RESTORED_NETWORK}, powered off" in _lines(alone)[1]
    assert [step.kind for _, _, _, step in placed.steps()] == ["backup.restore-machine"]
    assert "attached to gamma-services, powered off" in _lines(placed)[-1]


@pytest.mark.parametrize(("count", "more"), [(10, ""), (11, " and 1 more")])
def test_ten_machines_that_are_not_there_are_named_and_the_others_counted(count: int, more: str) -> None:
    names = [f"web-{number:02}" for number in range(count)]
    estate = small_estate(machines={name: small_machine(name) for name in names})
    (unread,) = plan_backup(estate, select_machines(estate), {"alpha": ()}).unread
    assert unread.message == f"not backed up: not in its vCenter: {', '.join(names[:10])}{more}"
