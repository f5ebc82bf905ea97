"""A track's basis is read again by a real run, once, before its first change; a killed run does not read it twice."""

from pathlib import Path

import pytest

from groundwork.change.basis import KIND
from tests.builders.toy_program import ToyProgram
from tests.builders.toy_run import ToyOrder

NAMES = ["a", "b", "c"]
ALL = [f"here-{name}-1-{wave}" for wave in (1, 2) for name in NAMES]


def toy(folder: Path, *, kill_before: int = -1, kill_after: int = -1) -> ToyProgram:
    order = ToyOrder(sites={"here": NAMES}, waves=2, basis=True, kill_before=kill_before, kill_after=kill_after)
    return ToyProgram(folder, order)


def test_each_basis_is_read_once_and_recorded_before_the_change(tmp_path: Path) -> None:
    program = toy(tmp_path)
    assert program.run("start").exit_code == 0
    steps = program.only_record().stages[0].steps
    assert [step.kind for step in steps] == [KIND, "toy.write"] * len(ALL)
    assert program.reading() == ALL


def test_a_target_that_moved_is_left_alone_and_the_waves_after_it_are_done(tmp_path: Path) -> None:
    program = toy(tmp_path)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "here-b-1-1").write_text("somebody's", encoding="utf-8")
    assert program.run("start").exit_code == 3
    record = program.only_record()
    (failed,) = (step for stage in record.stages for step in stage.steps if step.failure)
    assert failed.kind == KIND
    assert failed.failure is not None
    assert "here/file/here-b-1-1 is no longer what its steps were decided on" in failed.failure.message
    assert record.stages[0].not_begun == ()
    assert sorted(program.making()) == sorted(set(ALL) - {"here-b-1-1"})
    assert (tmp_path / "made" / "here-b-1-1").read_text(encoding="utf-8") == "somebody's"


@pytest.mark.parametrize(("before", "after"), [(2, -1), (-1, 2)])
def test_a_killed_run_goes_on_with_its_own_change_and_does_not_take_it_for_another_s(
    tmp_path: Path, before: int, after: int
) -> None:
    program = toy(tmp_path, kill_before=before, kill_after=after)
    assert program.run("start").exit_code == -9
    resumed = program.run("resume", program.only_record().id)
    assert resumed.exit_code == 0, resumed.stderr
    assert program.reading() == ALL, "none is read twice"
    assert program.making() == ALL


def test_a_cancelled_run_takes_back_what_it_made_and_reads_nothing(tmp_path: Path) -> None:
    program = toy(tmp_path, kill_after=2)
    program.run("start")
    read = program.reading()
    assert program.run("cancel", program.only_record().id).exit_code == 0
    assert program.made() == []
    assert program.reading() == read
