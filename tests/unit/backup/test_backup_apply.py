"""Backup, replication and restore carried out on a city in memory, with every accident that can be had there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backup.plan import REPLICATE, RUN, plan_backup, plan_replication
from backup.selection import select_machines
from groundwork.change.outcome import Conclusion
from groundwork.change.plan import Plan
from groundwork.change.step import Step
from groundwork.drivers.repository.protocol import StoredObject
from groundwork.errors import OutsideError
from groundwork.model.restore_point import RestorePoint
from tests.builders.backup_city import MIB, START, BackupCity, TickingClock, disk_of, good_points, newest_points
from tests.builders.run_in_memory import Killed, RunInMemory

MACHINES = ["files-01", "pass-db-01", "pass-web-01"]


def _backup(city: BackupCity, run_id: str = "20261121-101500-backup-0a1b") -> tuple[RunInMemory, Plan]:
    return RunInMemory(city.operation(RUN), run_id), plan_backup(city.estate, select_machines(city.estate), city.seen())


def _back_up(city: BackupCity) -> Conclusion:
    run, plan = _backup(city)
    return run.carry_out(plan)[1]


def _taken(city: BackupCity) -> None:
    run, plan = _backup(city)
    assert run.carry_out(plan)[1].exit_code == 0


def _points(city: BackupCity) -> dict[str, list[RestorePoint]]:
    found: dict[str, list[RestorePoint]] = {}
    for site in ("alpha", "beta"):
        for point in good_points(city.repositories[site]):
            if point.site == site:
                found.setdefault(point.machine, []).append(point)
    return found


def test_every_machine_gets_one_whole_point_and_no_snapshot_stays() -> None:
    city = BackupCity()
    run, plan = _backup(city)

    _, conclusion = run.carry_out(plan)

    assert conclusion.exit_code == 0
    assert conclusion.summary["failed"] == {}
    points = _points(city)
    assert sorted(points) == MACHINES
    point = points["pass-db-01"][0]
    assert point.disks[0].size_bytes == len(disk_of("pass-db-01"))
    assert point.run == "20261121-101500-backup-0a1b"
    assert point.shape.address == "10.1.10.11"
    assert city.snapshots() == set()
    assert [one.name for one in city.repositories["alpha"].list_objects(tags=("sort=estate",))] == [
        "estate/toytown.tar"
    ]


def test_a_second_backup_adds_points_but_stores_the_same_estate_once() -> None:
    city = BackupCity()
    _taken(city)
    run, plan = _backup(city, "20261121-111500-backup-0a1c")
    run.carry_out(plan)

    assert {name: len(points) for name, points in _points(city).items()} == dict.fromkeys(MACHINES, 2)
    assert len(city.repositories["alpha"].list_objects(tags=("sort=estate",))) == 1


def test_the_mark_of_a_point_comes_last_and_tells_it_without_being_read() -> None:
    city = BackupCity()
    _taken(city)

    kept = city.repositories["beta"].list_objects(tags=("machine=files-01",))
    city.repositories["beta"].damage(kept[-1].snapshot)

    assert [one.name for one in kept] == ["files-01/disk-0.vmdk", "files-01/point.json"]
    (point,) = good_points(city.repositories["beta"], "files-01")
    assert (point.site, point.disks[0].snapshot) == ("beta", kept[0].snapshot)


def test_a_stream_that_breaks_makes_no_point_removes_the_snapshot_and_spares_the_others() -> None:
    city = BackupCity()
    city.vcenters["alpha"].fail("read_chunk", 2, OutsideError("the stream broke after 1 MiB", hint="run it again"))
    run, plan = _backup(city)

    _, conclusion = run.carry_out(plan)

    assert conclusion.exit_code == 5
    assert conclusion.summary["failed"] == {"alpha/pass-db-01": "the stream broke after 1 MiB"}
    assert sorted(_points(city)) == ["files-01", "pass-web-01"]
    assert city.repositories["alpha"].list_objects(tags=("machine=pass-db-01",)) == ()
    assert city.snapshots() == set()


def test_a_guest_that_cannot_be_quiesced_gets_a_point_as_after_a_power_cut_or_none_as_its_policy_says() -> None:
    city = BackupCity()
    city.vcenters["alpha"].unquiet.add("pass-db-01")
    run, plan = _backup(city)

    assert run.carry_out(plan)[1].exit_code == 0
    quiesced = {name: point.quiesced for name, (point,) in _points(city).items()}
    assert quiesced == {"files-01": True, "pass-db-01": False, "pass-web-01": True}

    policies = {name: replace(one, quiesce="required") for name, one in city.estate.backup_policies.items()}
    strict = BackupCity(estate=replace(city.estate, backup_policies=policies))
    strict.vcenters["alpha"].unquiet.add("pass-db-01")
    run, plan = _backup(strict)

    conclusion = run.carry_out(plan)[1]
    assert (conclusion.exit_code, sorted(_points(strict))) == (5, ["files-01", "pass-web-01"])
    assert "cannot be quiesced" in str(conclusion.summary["failed"])
    assert strict.snapshots() == set()


def test_a_point_of_a_vcenter_whose_clock_is_ahead_bears_our_own_time() -> None:
    city = BackupCity()
    ahead = TickingClock(at=START + timedelta(days=1))
    city.vcenters["alpha"].clock = ahead

    _taken(city)

    taken = {name: point.taken for name, (point,) in _points(city).items()}
    assert all(moment - START < timedelta(hours=1) for moment in taken.values())


def test_a_full_repository_makes_no_point_and_says_so() -> None:
    city = BackupCity()
    city.repositories["alpha"].full_after_bytes = 2 * MIB
    run, plan = _backup(city)

    _, conclusion = run.carry_out(plan)

    failed = conclusion.summary["failed"]
    assert isinstance(failed, dict)
    assert "disk is full" in str(failed["alpha/pass-db-01"])
    assert sorted(_points(city)) == ["files-01"]
    assert city.snapshots() == set()


def _steps_of_a_backup() -> int:
    city = BackupCity()
    _, plan = _backup(city)
    return len(list(plan.steps()))


@pytest.mark.parametrize("boundary", range(_steps_of_a_backup()))
def test_killed_after_any_step_and_before_its_record_a_backup_resumes_to_the_same_end(boundary: int) -> None:
    city = BackupCity()
    run, plan = _backup(city)

    def kill(position: int, _step: Step) -> None:
        if position == boundary:
            raise Killed

    with pytest.raises(Killed):
        run.carry_out(plan, injure=kill)
    _, conclusion = run.carry_out(plan)

    assert conclusion.exit_code == 0
    assert {name: len(points) for name, points in _points(city).items()} == dict.fromkeys(MACHINES, 1)
    assert city.snapshots() == set()


@pytest.mark.parametrize("store", range(1, 9))
def test_killed_inside_a_step_after_any_store_a_backup_resumes_to_the_same_end(store: int) -> None:
    city = BackupCity()
    run, plan = _backup(city)
    _kill_after_store(city, store)

    with pytest.raises(Killed):
        run.carry_out(plan)
    _, conclusion = run.carry_out(plan)

    assert conclusion.exit_code == 0
    points = _points(city)
    assert {name: len(some) for name, some in points.items()} == dict.fromkeys(MACHINES, 1)
    assert city.snapshots() == set()
    for name, (point,) in points.items():
        with city.repositories[point.site].open_object(point.disks[0].snapshot, f"{name}/disk-0.vmdk") as pieces:
            assert b"".join(pieces) == disk_of(name)


def test_a_cancelled_backup_takes_its_snapshots_back() -> None:
    city = BackupCity()
    run, plan = _backup(city)

    def kill(_position: int, step: Step) -> None:
        if step.kind == "backup.take-snapshot":
            raise Killed

    with pytest.raises(Killed):
        run.carry_out(plan, injure=kill)
    taken = next(step for _, _, _, step in plan.steps() if step.kind == "backup.take-snapshot")
    undo = taken.undo(None)
    assert undo is not None
    run.perform_once("alpha", undo)

    assert city.snapshots() == set()


def test_copies_go_from_site_to_site_and_each_says_how_new_they_are() -> None:
    city = BackupCity()
    _taken(city)

    _, conclusion = RunInMemory(city.operation(REPLICATE)).carry_out(plan_replication(city.estate))

    assert conclusion.exit_code == 0
    assert city.transfer.pulls[-2:] == [("alpha", "beta"), ("beta", "gamma")]
    newest = newest_points(city.repositories["gamma"], MACHINES)
    assert sorted(newest) == MACHINES
    pulls = conclusion.summary["pulls"]
    assert isinstance(pulls, list)
    last = pulls[-1]
    assert isinstance(last, dict)
    assert last["newest"] == {
        "alpha": max(newest[name].taken for name in ("pass-db-01", "pass-web-01")).isoformat(),
        "beta": newest["files-01"].taken.isoformat(),
    }


def test_a_disk_without_room_is_reported_once_before_anything_is_frozen() -> None:
    city = BackupCity()
    city.hosts.rooms["alpha"] = 1 << 20

    conclusion = _back_up(city)

    failed = conclusion.summary["failed"]
    assert isinstance(failed, dict)
    assert conclusion.exit_code == 5
    assert [str(why) for why in failed.values()] == [
        "the disk of alpha's repository is full (1 MiB free)",
        *["alpha's repository is not written to (see above)"] * 2,
    ]
    assert city.vcenters["alpha"].calls["take_snapshot"] == 0
    assert sorted(_points(city)) == ["files-01"]


def test_a_server_that_cannot_write_is_reported_as_a_full_disk_where_it_is_one_and_the_rest_is_not_tried() -> None:
    city = BackupCity()

    def run_full(_stored: StoredObject) -> None:
        city.hosts.rooms["alpha"] = 0
        raise OutsideError("its server cannot write", hint="")

    city.repositories["alpha"].after_store = run_full
    failed = _back_up(city).summary["failed"]

    assert isinstance(failed, dict)
    assert failed["alpha/estate"] == "the disk of alpha's repository is full (0 MiB free)"
    assert failed["alpha/pass-web-01"] == "alpha's repository is not written to (see above)"


def test_a_stray_file_is_reported_and_holds_nothing_up() -> None:
    city = BackupCity()
    _taken(city)
    city.transfer.refused["beta"] = tuple(f"data/0f/{number}" for number in range(4000))

    conclusion = RunInMemory(city.operation(REPLICATE)).carry_out(plan_replication(city.estate))[1]

    assert conclusion.exit_code == 0
    pulls = conclusion.summary["pulls"]
    assert isinstance(pulls, list)
    first = pulls[0]
    assert isinstance(first, dict)
    assert first["counts"] == {"refused": 4000, "foreign": 0, "missing": 0, "incomplete": 0}
    assert len(str(first)) < 2000
    assert first["whole"] is True


def test_an_object_that_lacks_something_ends_with_6_and_the_next_hop_goes_on() -> None:
    city = BackupCity()
    _taken(city)
    city.transfer.incomplete["beta"] = ("0f3a",)

    conclusion = RunInMemory(city.operation(REPLICATE)).carry_out(plan_replication(city.estate))[1]

    assert conclusion.exit_code == 6
    assert conclusion.summary["failed"] == {}
    assert city.transfer.pulls[-1] == ("beta", "gamma")


def _kill_after_store(city: BackupCity, number: int) -> None:
    kept: list[StoredObject] = []

    def die(stored: StoredObject) -> None:
        kept.append(stored)
        if len(kept) == number:
            raise Killed

    for repository in city.repositories.values():
        repository.after_store = die
