import os
from pathlib import Path

import pytest

from groundwork.errors import InterruptedRunError, RefusedError
from groundwork.run.holders import list_at_work
from groundwork.run.locks import FileLocks, Holder, is_locked, lock_file
from groundwork.run.naming import lock_of_run
from groundwork.shell.clock import SystemClock
from groundwork.store.place import LedgerPlace


def locks(folder: Path, run: str) -> FileLocks:
    holder = Holder(run=run, reason="patching", since="2026-11-21T10:00:00+00:00", pid=os.getpid())
    return FileLocks(folder, holder, SystemClock())


def test_the_second_is_refused_by_name_time_and_reason_of_the_first(tmp_path: Path) -> None:
    first = locks(tmp_path, "run-1")
    first.take(["central/machine/web-01"])
    with pytest.raises(RefusedError) as refused:
        locks(tmp_path, "run-2").take(["central/machine/web-01"])
    assert refused.value.message == (
        "central/machine/web-01 is held by run run-1 since 2026-11-21T10:00:00+00:00 (reason: patching)"
    )


def test_all_or_none_are_taken(tmp_path: Path) -> None:
    first, second = locks(tmp_path, "run-1"), locks(tmp_path, "run-2")
    first.take(["b"])
    with pytest.raises(RefusedError):
        second.take(["a", "b"])
    assert not is_locked(tmp_path, "a")


def test_what_is_released_is_free_and_leaves_no_file(tmp_path: Path) -> None:
    first = locks(tmp_path, "run-1")
    first.take(["a/b", "c"])
    assert is_locked(tmp_path, "a/b")
    first.release()
    assert not is_locked(tmp_path, "a/b")
    assert list(tmp_path.iterdir()) == []
    locks(tmp_path, "run-2").take(["a/b", "c"])


def test_a_lock_that_was_removed_under_its_holder_is_noticed(tmp_path: Path) -> None:
    first = locks(tmp_path, "run-1")
    first.take(["a"])
    first.check()
    lock_file(tmp_path, "a").unlink()
    with pytest.raises(InterruptedRunError, match="lock file of a was removed"):
        first.check()


def test_a_thousand_targets_are_held_at_once(tmp_path: Path) -> None:
    many = locks(tmp_path, "run-1")
    many.take([f"wifi/hotspot/{number}" for number in range(1500)])
    many.check()
    many.release()


def test_looking_at_a_lock_neither_takes_nor_makes_it(tmp_path: Path) -> None:
    assert not is_locked(tmp_path, "a")
    assert list(tmp_path.iterdir()) == []


def test_the_runs_at_work_on_a_machine_are_known_by_their_locks(tmp_path: Path) -> None:
    place = LedgerPlace(state=tmp_path)
    first, second = locks(place.locks, "run-1"), locks(place.locks, "run-2")
    first.take([lock_of_run("run-1"), "site/central"])
    second.take([lock_of_run("run-2")])
    assert [(one.run, one.reason) for one in list_at_work(place)] == [("run-1", "patching"), ("run-2", "patching")]
    first.release()
    assert [one.run for one in list_at_work(place)] == ["run-2"]
    second.release()
    assert list_at_work(place) == list_at_work(LedgerPlace(state=tmp_path / "none")) == ()
