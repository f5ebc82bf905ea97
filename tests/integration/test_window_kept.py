"""A run begins its waves only within its window: the next one waits for the next window, whoever killed the run."""

import signal
from pathlib import Path

import pytest

from tests.builders.toy_program import ToyProgram, wait_until
from tests.builders.toy_run import ToyOrder

WINDOW = "sat 22:00-04:00"
BEFORE = "2026-11-28T21:59:00+08:00"
WITHIN = "2026-11-28T22:30:00+08:00"
AFTER = "2026-11-29T04:00:00+08:00"
NEXT = "2026-12-06T03:59:00+08:00"
FIRST, SECOND = ["central-a-1-1", "central-b-1-1"], ["central-a-1-2", "central-b-1-2"]
CLOSED = f"may begin only in its window, {WINDOW} (Asia/Taipei), which opens next on sat 2026-12-05 22:00 Asia/Taipei"


def toy(folder: Path, *, kill_before: int = -1, kill_after: int = -1) -> ToyProgram:
    order = ToyOrder(
        sites={"central": ["a", "b"]}, waves=2, window=[WINDOW], kill_before=kill_before, kill_after=kill_after
    )
    return ToyProgram(folder, order)


def stopped_at_the_end_of_its_window(program: ToyProgram) -> str:
    """A run whose window closed while its first wave was at work; its id."""
    program.show(WITHIN)
    held = program.hold("central-a-1-1")
    process = program.start("start")
    wait_until("the first wave is at work", lambda: bool(program.begun()))
    program.show(AFTER)
    held.unlink()
    ended = process.wait()
    assert ended.exit_code == 7
    assert f"stopped between two steps: wave '1.2' {CLOSED}" in ended.stderr
    program.close()
    return program.only_record().id


def test_a_wave_that_was_begun_is_finished_and_the_next_one_waits_for_the_next_window(tmp_path: Path) -> None:
    program = toy(tmp_path)
    run_id = stopped_at_the_end_of_its_window(program)
    assert program.made() == FIRST
    record = program.only_record()
    assert record.status == "interrupted"
    assert [one.wave for one in record.stages[0].not_begun] == ["1.2", "1.2"]
    refused = program.run("resume", run_id)
    assert refused.exit_code == 3
    assert f"what is left of {run_id} {CLOSED}" in refused.stderr
    assert program.only_record().resumed == ()
    program.show(NEXT)
    assert program.run("resume", run_id).exit_code == 0
    assert program.making() == [*FIRST, *SECOND]


def test_nothing_is_started_outside_the_window_and_no_run_is_recorded(tmp_path: Path) -> None:
    program = toy(tmp_path)
    program.show(BEFORE)
    refused = program.run("start")
    assert refused.exit_code == 3
    assert "toy may begin only in its window" in refused.stderr
    assert "opens next on sat 2026-11-28 22:00 Asia/Taipei (14:00 UTC)" in refused.stderr
    assert (program.records(), program.made()) == ((), [])


@pytest.mark.parametrize(("before", "after"), [(2, -1), (-1, 3)])
def test_a_killed_run_goes_on_in_a_window_alone_and_makes_nothing_twice(
    tmp_path: Path, before: int, after: int
) -> None:
    program = toy(tmp_path, kill_before=before, kill_after=after)
    program.show(WITHIN)
    assert program.run("start").exit_code == -signal.SIGKILL
    made, run_id = program.made(), program.only_record().id
    program.show(AFTER)
    refused = program.run("resume", run_id)
    assert (refused.exit_code, program.made()) == (3, made)
    program.show(NEXT)
    done = program.run("resume", run_id)
    assert done.exit_code == 0, done.stderr
    assert program.making() == [*FIRST, *SECOND]
    second = NEXT if max(before, after) < 3 else WITHIN  # when the second wave was begun for the first time
    assert program.waves_begun() == [WITHIN, second]


def test_a_resumed_wave_is_finished_though_its_window_closes_and_the_next_one_waits(tmp_path: Path) -> None:
    program = toy(tmp_path, kill_before=2)
    program.show(WITHIN)
    assert program.run("start").exit_code == -signal.SIGKILL
    held = program.hold("central-b-1-1")
    program.show(NEXT)
    process = program.start("resume", program.only_record().id)
    wait_until("the step that was cut off is at work again", lambda: len(program.begun()) == 3)
    program.show("2026-12-06T04:00:00+08:00")
    held.unlink()
    assert process.wait().exit_code == 7
    assert program.made() == FIRST
    program.close()


def test_an_emergency_starts_outside_the_window_and_is_kept_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    program = toy(tmp_path, kill_before=2)
    program.show(AFTER)
    assert program.run("start", emergency="water in the room").exit_code == -signal.SIGKILL
    assert program.only_record().permit.emergency == "water in the room"
    assert program.run("resume", program.only_record().id).exit_code == 0
    assert program.making() == [*FIRST, *SECOND]


def test_what_is_left_is_carried_out_outside_the_window_in_an_emergency_which_is_recorded(tmp_path: Path) -> None:
    program = toy(tmp_path)
    run_id = stopped_at_the_end_of_its_window(program)
    assert program.run("resume", run_id, emergency="half of it must not stay").exit_code == 0
    assert program.making() == [*FIRST, *SECOND]
    record = program.only_record()
    assert record.permit.emergency == "half of it must not stay"
    assert record.permit.plan


def test_going_back_waits_for_no_window(tmp_path: Path) -> None:
    program = toy(tmp_path)
    run_id = stopped_at_the_end_of_its_window(program)
    assert program.run("cancel", run_id).exit_code == 0
    assert program.made() == []
