"""A change on trial, killed at each point: resumed in time it is confirmed, resumed too late it had gone back."""

import signal
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.run.ledger import open_ledger
from groundwork.run.record import RunRecord
from groundwork.shell.command import Completed, LocalCommands
from groundwork.store.location import LedgerLocation
from tests.builders.toy_confirm import MOMENTS
from tests.builders.toy_program import wait_until
from tests.builders.warm_python import warm_argv

LONG, SHORT = 600.0, 2.0


def run(folder: Path, act: str, seconds: float, moment: str, run_id: str = "") -> Completed:
    (folder / "value").write_text("old", encoding="utf-8") if act == "start" else None
    program = str(ROOT / "tests" / "builders" / "toy_confirm.py")
    argv = warm_argv(program, str(folder), act, str(seconds), moment, run_id)
    return LocalCommands().run(argv, timeout_seconds=120, environment={"PYTHONPATH": str(ROOT)}, check=False)


def record(folder: Path) -> RunRecord:
    with open_ledger(LedgerLocation(state=folder)) as ledger:
        (one,) = ledger.list_runs()
        return ledger.read_run(one.id)


def value(folder: Path) -> str:
    return (folder / "value").read_text(encoding="utf-8")


@pytest.mark.parametrize("moment", MOMENTS)
def test_resumed_in_time_the_change_is_confirmed_whatever_had_happened(tmp_path: Path, moment: str) -> None:
    assert run(tmp_path, "start", LONG, moment).exit_code == -signal.SIGKILL
    done = run(tmp_path, "resume", LONG, moment, record(tmp_path).id)
    assert done.exit_code == 0, done.stderr
    assert value(tmp_path) == "new"
    (state,) = tmp_path.glob("*.state")
    assert state.read_text(encoding="utf-8") == "confirmed"
    applied = (tmp_path / "applied").read_text(encoding="utf-8").count("applied")
    assert applied == (2 if moment in {"after-change", "after-verify"} else 1)


@pytest.mark.parametrize("moment", ["after-arm", "after-change", "after-verify"])
def test_resumed_too_late_it_had_gone_back_by_itself_and_is_not_tried_again(tmp_path: Path, moment: str) -> None:
    assert run(tmp_path, "start", SHORT, moment).exit_code == -signal.SIGKILL
    (state,) = tmp_path.glob("*.state")
    wait_until("it goes back", lambda: state.read_text(encoding="utf-8") == "went-back")
    assert value(tmp_path) == "old"
    before = (tmp_path / "applied").read_text(encoding="utf-8") if (tmp_path / "applied").exists() else ""
    run_id = record(tmp_path).id
    assert run(tmp_path, "resume", SHORT, moment, run_id).exit_code == 5
    (stage,) = record(tmp_path).stages
    (step,) = stage.steps
    assert step.failure is not None
    assert "went back by itself" in step.failure.message
    assert value(tmp_path) == "old"
    assert ((tmp_path / "applied").read_text(encoding="utf-8") if (tmp_path / "applied").exists() else "") == before
    assert run(tmp_path, "resume", SHORT, moment, run_id).exit_code == 3, "it is at its end"


def test_what_does_not_verify_goes_back_at_once(tmp_path: Path) -> None:
    (tmp_path / "wrong").touch()
    assert run(tmp_path, "start", LONG, "never").exit_code == 6
    assert value(tmp_path) == "old"
    (stage,) = record(tmp_path).stages
    failure = stage.steps[0].failure
    assert failure is not None
    assert failure.message == "seen from elsewhere it does not answer; the target went back to what it was"
