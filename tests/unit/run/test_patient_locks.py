import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundwork.errors import InterruptedRunError, RefusedError
from groundwork.run.file_locks import FileLocks, lock_file
from groundwork.run.locks import Holder
from groundwork.run.patient_locks import PatientLocks
from groundwork.shell.clock import SystemClock


class Waiting:
    """A clock on which something happens whenever somebody waits."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, _seconds: float) -> None:
        self._meanwhile()


def locks(folder: Path, run: str) -> FileLocks:
    return FileLocks(folder, Holder(run=run, reason="", since="", pid=os.getpid()), SystemClock())


def test_a_refused_lock_is_asked_for_until_it_is_free_and_the_wait_is_reported_once(tmp_path: Path) -> None:
    first, reported, waits = locks(tmp_path, "run-1"), list[str](), list[int]()
    first.take(["a"])

    def meanwhile() -> None:
        waits.append(1)
        if len(waits) == 2:
            first.release()

    patient = PatientLocks(
        lambda: locks(tmp_path, "run-2"), given_up=lambda: False, say=reported.append, clock=Waiting(meanwhile)
    )
    patient.take(["a"])
    patient.check()
    assert (len(waits), reported) == (2, ["waiting: a is held by run run-1 since  (reason: )"])
    with pytest.raises(RefusedError):
        locks(tmp_path, "run-3").take(["a"])


def test_when_there_is_no_more_use_in_waiting_the_refusal_is_raised(tmp_path: Path) -> None:
    stopped: list[bool] = []
    patient = PatientLocks(
        lambda: locks(tmp_path, "run-1"),
        given_up=lambda: bool(stopped),
        say=lambda _line: None,
        clock=Waiting(lambda: stopped.append(True)),
    )
    patient.take(["a"])
    lock_file(tmp_path, "a").unlink()
    with pytest.raises(InterruptedRunError, match="lock file of a was removed"):
        patient.check()
