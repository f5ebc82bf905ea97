import signal
from pathlib import Path

import pytest

from groundwork.change.outcome import NotBegun
from tests.builders.torture import some_of
from tests.builders.toy_program import ToyProgram, wait_until
from tests.builders.toy_run import ToyOrder

SITES = {"central": ["a", "b"], "yangming": ["c"]}
WHOLE = sorted(f"{site}-{name}-{stage}-1" for site in SITES for name in SITES[site] for stage in (1, 2))


def order(**how: object) -> ToyOrder:
    return ToyOrder(sites=SITES, stages=2, **how)  # type: ignore[arg-type]  # each test names fields of ToyOrder


@pytest.mark.parametrize("number", some_of(range(1, len(WHOLE) + 1), 2, 4))
@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
def test_a_run_killed_in_any_step_is_resumed_to_the_same_end_with_nothing_made_twice(
    tmp_path: Path, number: int, moment: str
) -> None:
    toy = ToyProgram(tmp_path, order(**{moment: number}))
    assert toy.run("start").exit_code == -signal.SIGKILL
    killed = toy.only_record()
    assert killed.status == "interrupted"
    tracks = {step.target.rpartition("/")[2] for stage in killed.stages for step in stage.steps}
    tracks |= {one.track for stage in killed.stages for one in stage.not_begun}
    planned = {name for name in WHOLE if int(name[-3]) <= len(killed.stages)}
    assert len(planned - tracks) <= len(SITES), "what is neither done nor not begun was in flight"
    done = toy.run("resume", killed.id)
    assert done.exit_code == 0, done.stderr
    assert toy.made() == WHOLE
    assert sorted(toy.making()) == WHOLE
    record = toy.only_record()
    assert record.status == "succeeded"
    assert [(stage.planned, stage.not_begun) for stage in record.stages] == [(3, ()), (3, ())]
    assert sorted(step.target.rpartition("/")[2] for stage in record.stages for step in stage.steps) == WHOLE
    assert len(record.resumed) == 1
    again = [step.attempts for stage in record.stages for step in stage.steps if step.attempts > 1]
    assert again[0] == 2
    assert len(again) <= len(SITES), "of each site, the step that was in flight"


def test_a_run_killed_twice_is_resumed_twice(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(kill_before=2))
    toy.run("start")
    (tmp_path / "died").unlink()
    toy = ToyProgram(tmp_path, order(kill_before=5))
    run_id = toy.only_record().id
    assert toy.run("resume", run_id).exit_code == -signal.SIGKILL
    assert toy.run("resume", run_id).exit_code == 0
    assert toy.made() == WHOLE
    assert sorted(toy.making()) == WHOLE


def test_a_run_killed_while_a_program_works_for_it_leaves_no_program_and_is_resumed(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a"]}, child_seconds=2))
    process = toy.start("start")
    wait_until("the program works", lambda: bool(toy.children()))
    process.signal(signal.SIGKILL)
    done = toy.run("resume", toy.records()[0].id)
    assert done.exit_code == 0, done.stderr
    assert toy.making() == ["central-a-1-1"]
    assert not any(Path(f"/proc/{pid}").exists() for pid in toy.children())
    toy.close()


def test_a_run_that_is_being_carried_out_is_not_resumed(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"]}))
    held = toy.hold("central-a-1-1")
    process = toy.start("start")
    wait_until("it works", lambda: bool(toy.begun()))
    refused = toy.run("resume", toy.only_record().id)
    assert refused.exit_code == 3
    assert "(reason: a test)" in refused.stderr
    held.unlink()
    assert process.wait().exit_code == 0
    assert toy.making() == ["central-a-1-1", "central-b-1-1"]
    toy.close()


def test_two_runs_do_not_meet_on_one_target(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a"]}))
    held = toy.hold("central-a-1-1")
    process = toy.start("start")
    wait_until("it works", lambda: bool(toy.begun()))
    first = toy.only_record()
    assert first.status == "running"
    refused = toy.run("start")
    assert refused.exit_code == 3
    assert f"here/file/a is held by run {first.id} since {first.started[:16]}" in refused.stderr
    held.unlink()
    assert process.wait().exit_code == 0
    assert len(toy.records()) == 1
    toy.close()


def test_ctrl_c_stops_at_the_step_boundary_with_exit_code_seven(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"]}))
    held = toy.hold("central-a-1-1")
    process = toy.start("start")
    wait_until("it works", lambda: bool(toy.begun()))
    process.signal(signal.SIGINT)
    held.unlink()
    assert process.wait().exit_code == 7
    record = toy.only_record()
    assert (record.status, toy.making()) == ("interrupted", ["central-a-1-1"])
    assert toy.run("resume", record.id).exit_code == 0
    assert toy.making() == ["central-a-1-1", "central-b-1-1"]
    assert [step.attempts for stage in toy.only_record().stages for step in stage.steps] == [1, 1]
    toy.close()


def test_cancel_stops_a_living_run_at_the_step_boundary_and_takes_it_back(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b", "c"]}))
    held = toy.hold("central-b-1-1")
    process = toy.start("start")
    wait_until("the second step is in flight", lambda: len(toy.begun()) == 2)
    run_id = toy.only_record().id
    canceller = toy.start("cancel", run_id)
    wait_until("it is cancelled", lambda: toy.records()[-1].cancel_reason is not None)
    held.unlink()
    done = canceller.wait()
    assert done.exit_code == 0, done.stderr
    stopped = process.wait()
    assert (stopped.exit_code, "resume" in stopped.stderr) == (99, False)
    assert toy.made() == []
    undo, cancelled = toy.records()
    assert (cancelled.status, cancelled.undone_by, cancelled.cancel_reason) == (
        "cancelled",
        undo.id,
        "no longer wanted",
    )
    assert (undo.status, undo.undo_of) == ("succeeded", run_id)
    described = [step.description for stage in undo.stages for step in stage.steps]
    assert described == ["erase central-b-1-1", "erase central-a-1-1"]
    assert toy.run("resume", run_id).exit_code == 3
    toy.close()


def test_a_killed_run_is_taken_back_with_the_step_that_was_in_flight(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(kill_after=5))
    toy.run("start")
    assert len(toy.made()) == 5
    run_id = toy.only_record().id
    done = toy.run("cancel", run_id)
    assert (done.exit_code, "a step was cut off: waiting 5 s" in done.stderr) == (0, True)
    assert toy.made() == []
    left = sorted(path.name for path in (tmp_path / "locks").iterdir())
    assert left == ["here", "here%2Ffile", "here%2Ffile%2Fa"], "and not the killed command's own"
    assert toy.records()[1].status == "cancelled"


def test_a_run_that_ended_is_undone_the_newest_step_first_and_only_once(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"]}, waves=2))
    assert toy.run("start").exit_code == 0
    done = toy.only_record()
    assert toy.run("undo", done.id).exit_code == 0
    assert toy.made() == []
    undo, undone = toy.records()
    assert (undo.status, undo.undo_of, undo.reason) == ("succeeded", done.id, "no longer wanted")
    assert (undone.status, undone.undone_by) == ("succeeded", undo.id), "it did what was asked; it is not cancelled"
    described = [step.description for stage in undo.stages for step in stage.steps]
    assert described == [f"erase central-{name}" for name in ("b-1-2", "a-1-2", "b-1-1", "a-1-1")]
    for act, which, why in (
        ("undo", done.id, f"run {done.id} was undone by {undo.id}"),
        ("undo", undo.id, f"run {undo.id} undoes another run"),
        ("cancel", done.id, "has ended"),
    ):
        refused = toy.run(act, which)
        assert (refused.exit_code, why in refused.stderr) == (3, True), refused.stderr


def test_a_failed_run_is_undone(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"]}, broken=["central-b-1-1"]))
    assert toy.run("start").exit_code == 5
    assert toy.made() == ["central-a-1-1"]
    assert toy.run("undo", toy.only_record().id).exit_code == 0
    assert toy.made() == []
    assert toy.records()[1].status == "failed"


@pytest.mark.parametrize(("before", "after"), [(1, -1), (-1, 2), (3, -1)])
def test_an_undo_that_was_killed_goes_on_with_the_same_command(tmp_path: Path, before: int, after: int) -> None:
    asked = ToyOrder(sites={"central": ["a", "b", "c"]}, kill_undo_before=before, kill_undo_after=after)
    toy = ToyProgram(tmp_path, asked)
    assert toy.run("start").exit_code == 0
    done = toy.only_record()
    assert toy.run("undo", done.id).exit_code == -signal.SIGKILL
    assert toy.records()[0].status == "interrupted"
    assert toy.run("undo", done.id).exit_code == 0
    assert toy.made() == []
    assert len(toy.records()) == 2


def test_a_run_is_not_undone_when_a_later_one_took_its_lock(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a"]}))
    toy.run("start")
    first = toy.only_record()
    toy.run("start")
    second = toy.records()[0]
    refused = toy.run("undo", first.id)
    words = f"run {first.id} cannot be undone: run {second.id} took here/file/a after it"
    assert (refused.exit_code, words in refused.stderr) == (3, True), refused.stderr
    assert [(one.id, one.undone_by) for one in toy.records()] == [(second.id, None), (first.id, None)]
    assert toy.run("undo", second.id).exit_code == 0


def test_what_is_not_at_its_end_or_was_cancelled_is_not_undone(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(kill_before=3))
    toy.run("start")
    killed = toy.only_record().id
    refused = toy.run("undo", killed)
    assert (refused.exit_code, f"run {killed} is not at its end" in refused.stderr) == (3, True)
    assert toy.run("cancel", killed).exit_code == 0
    refused = toy.run("undo", killed)
    assert (refused.exit_code, f"run {killed} was cancelled" in refused.stderr) == (3, True)


def test_a_failed_step_ends_the_run_with_its_exit_code_and_later_waves_are_left_out(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"]}, waves=2, broken=["central-a-1-1"]))
    assert toy.run("start").exit_code == 5
    assert toy.made() == ["central-b-1-1"]
    record = toy.only_record()
    assert (record.status, record.exit_code) == ("failed", 5)
    assert record.summary["failed"] == {"central-a-1-1": "central-a-1-1 is broken "}
    assert record.summary["not_begun"] == ["central: central-a-1-2", "central: central-b-1-2"]
    left = [NotBegun(wave="1.2", site="central", track=f"central-{name}-1-2") for name in "ab"]
    assert list(record.stages[0].not_begun) == left


def test_failures_within_the_budget_are_borne(tmp_path: Path) -> None:
    broken = ToyOrder(sites={"central": ["a", "b"]}, waves=2, broken=["central-a-1-1"], failure_budget=1)
    toy = ToyProgram(tmp_path, broken)
    assert toy.run("start").exit_code == 5
    assert toy.made() == ["central-a-1-2", "central-b-1-1", "central-b-1-2"]


def test_no_form_of_a_secret_is_in_the_ledger(tmp_path: Path) -> None:
    secret = "gehe'im\"\\ &ß%\nzeile"  # noqa: S105 - made up
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"]}, broken=["central-b-1-1"], secret=secret))
    toy.run("start")
    (record,) = toy.records()
    assert next(step.result for stage in record.stages for step in stage.steps) == {
        "path": "central-a-1-1",
        "said": "[redacted]",
    }
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))
    assert b"gehe" not in kept


def test_a_run_whose_lock_was_removed_stops_at_the_step_boundary_and_can_be_resumed(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"], "yangming": ["c"]}))
    held = toy.hold("central-a-1-1")
    process = toy.start("start")
    wait_until("the other site is done", lambda: "yangming-c-1-1" in toy.made() and "central-a-1-1" in toy.begun())
    (lock,) = (path for path in (tmp_path / "locks").iterdir() if path.name.endswith("file%2Fa"))
    lock.unlink()
    held.unlink()
    stopped = process.wait()
    assert (stopped.exit_code, "lock file of here/file/a was removed" in stopped.stderr) == (7, True)
    assert toy.run("resume", toy.only_record().id).exit_code == 0
    assert sorted(toy.making()) == ["central-a-1-1", "central-b-1-1", "yangming-c-1-1"]
    toy.close()


def test_a_killed_run_whose_lock_another_run_took_is_not_resumed_but_can_be_taken_back(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(kill_before=3))
    assert toy.run("start").exit_code == -signal.SIGKILL
    killed = toy.only_record()
    assert toy.run("start").exit_code == 0
    later = toy.records()[0]
    refused = toy.run("resume", killed.id)
    assert refused.exit_code == 3
    assert f"run {killed.id} cannot go on: run {later.id} took here/file/a after it" in refused.stderr
    assert toy.records()[1].status == "interrupted"
    assert toy.run("cancel", killed.id).exit_code == 0


def test_a_living_run_that_lost_its_lock_to_another_goes_no_further(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a", "b"]}))
    held = toy.hold("central-a-1-1")
    process = toy.start("start")
    wait_until("it works", lambda: bool(toy.begun()))
    overtaken = toy.only_record()
    (lock,) = (path for path in (tmp_path / "locks").iterdir() if path.name.endswith("file%2Fa"))
    lock.unlink()
    other = ToyProgram(tmp_path, ToyOrder(sites={"yangming": ["c"]}))
    assert other.run("start").exit_code == 0
    later = toy.records()[0]
    held.unlink()
    assert process.wait().exit_code == 7
    refused = toy.run("resume", overtaken.id)
    assert (refused.exit_code, f"run {later.id} took here/file/a after it" in refused.stderr) == (3, True)
    assert toy.making() == ["yangming-c-1-1", "central-a-1-1"]
    toy.close()


def test_an_undo_that_was_killed_goes_on_though_a_later_run_took_the_lock(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(kill_before=3))
    toy.run("start")
    run_id = toy.only_record().id
    held = toy.hold("central-a-1-1-erased")
    undo = toy.start("cancel", run_id)
    wait_until("the undo works", lambda: "central-a-1-1" in toy.erasing())
    undo.signal(signal.SIGKILL)
    undo.wait()
    held.unlink()
    other = ToyProgram(tmp_path, ToyOrder(sites={"nchc": ["z"]}))
    assert other.run("start").exit_code == 0
    done = toy.run("cancel", run_id)
    assert done.exit_code == 0, done.stderr
    assert toy.made() == ["nchc-z-1-1"]
    toy.close()
