import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.errors import InterruptedRunError, RefusedError
from groundwork.run.file_locks import FileLocks, is_locked, lock_file
from groundwork.run.holders import list_at_work
from groundwork.run.locks import Holder
from groundwork.run.naming import lock_of_run
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation

HOLDER = Holder(run="", reason="patching", since="2026-11-21T10:00:00+00:00", pid=os.getpid())


class Hasty(SystemClock):
    """A clock on which every wait is over at once."""

    def __init__(self) -> None:
        self._slept = 0.0

    def monotonic(self) -> float:
        return self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += 10 * seconds


def locks(folder: Path, run: str) -> FileLocks:
    return FileLocks(folder, replace(HOLDER, run=run), SystemClock())


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


def test_what_is_released_is_free_and_only_a_runs_own_lock_leaves_no_file(tmp_path: Path) -> None:
    first = locks(tmp_path, "run-1")
    first.take(["a/b", "c"])
    assert is_locked(tmp_path, "a/b")
    first.release()
    assert not is_locked(tmp_path, "a/b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a%2Fb", "c"]
    locks(tmp_path, "run-2").take(["a/b", "c"])
    own = locks(tmp_path, "run-3")
    own.take_alone(lock_of_run("run-3"))
    assert is_locked(tmp_path, "run/run-3")
    own.release()
    assert not lock_file(tmp_path, "run/run-3").exists()


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
    location = LedgerLocation(state=tmp_path)
    first, second = locks(location.locks, "run-1"), locks(location.locks, "run-2")
    first.take([lock_of_run("run-1"), "site/central"])
    second.take([lock_of_run("run-2")])
    assert [(one.run, one.reason) for one in list_at_work(location)] == [("run-1", "patching"), ("run-2", "patching")]
    first.release()
    assert [one.run for one in list_at_work(location)] == ["run-2"]
    second.release()
    assert list_at_work(location) == list_at_work(LedgerLocation(state=tmp_path / "none")) == ()


def test_a_site_is_refused_while_one_of_its_machines_is_held_and_the_holder_is_named(tmp_path: Path) -> None:
    first, site = locks(tmp_path, "run-1"), locks(tmp_path, "run-2")
    first.take(["site/central/machine/web-01"])
    locks(tmp_path, "run-3").take(["site/central/machine/web-02"])
    with pytest.raises(RefusedError, match=r"^site/central is held by run run-1 since 2026-11-21T10"):
        site.take(["site/central"])
    with pytest.raises(RefusedError, match="site/central is held"):
        site.take(["site/nchc", "site/central"])
    assert not is_locked(tmp_path, "site/nchc")


def test_a_machine_is_refused_while_its_site_is_held(tmp_path: Path) -> None:
    site = locks(tmp_path, "run-1")
    site.take(["site/central"])
    with pytest.raises(RefusedError, match=r"^site/central is held by run run-1"):
        locks(tmp_path, "run-2").take(["site/central/machine/web-01"])
    locks(tmp_path, "run-2").take(["site/central-2/machine/web-01"])


def test_a_run_is_never_in_its_own_way(tmp_path: Path) -> None:
    own, other = locks(tmp_path, "run-1"), locks(tmp_path, "run-2")
    own.take(["site/central/machine/web-01", "site/central/backup"])
    own.take(["site/central"])
    own.take(["site/central/machine/web-02"])
    with pytest.raises(RefusedError):
        other.take(["site/central/machine/web-03"])
    own.check()


def test_what_could_not_be_widened_is_held_as_before(tmp_path: Path) -> None:
    own, other = locks(tmp_path, "run-1"), locks(tmp_path, "run-2")
    own.take(["site/central/machine/web-01"])
    other.take(["site/central/machine/web-02"])
    with pytest.raises(RefusedError, match="site/central is held by run run-2"):
        own.take(["site/central"])
    own.check()
    third = locks(tmp_path, "run-3")
    with pytest.raises(RefusedError, match="web-01 is held by run run-1"):
        third.take(["site/central/machine/web-01"])
    other.release()
    with pytest.raises(RefusedError, match="site/central is held by run run-1"):
        third.take(["site/central"])


def test_a_name_of_any_length_has_a_file(tmp_path: Path) -> None:
    names = [f"site/central/machine/{'臺' * 80}{number}" for number in range(2)]
    first, second = locks(tmp_path, "run-1"), locks(tmp_path, "run-2")
    first.take([names[0]])
    second.take([names[1]])
    with pytest.raises(RefusedError, match="held by run run-1"):
        locks(tmp_path, "run-3").take([names[0]])
    with pytest.raises(RefusedError, match=r"site/central is held by run run-[12]"):
        locks(tmp_path, "run-3").take(["site/central"])


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@settings(max_examples=60, deadline=None)
@given(one=st.sets(PATHS, max_size=4), other=st.sets(PATHS, max_size=4))
def test_two_runs_hold_together_if_and_only_if_no_path_of_one_leads_to_one_of_the_other(
    one: set[str], other: set[str]
) -> None:
    with TemporaryDirectory() as folder:
        first = locks(Path(folder), "run-1")
        second = FileLocks(Path(folder), replace(HOLDER, run="run-2"), Hasty())
        first.take(one)
        if any(f"{a}/".startswith(f"{b}/") or f"{b}/".startswith(f"{a}/") for a in one for b in other):
            with pytest.raises(RefusedError, match="held by run run-1"):
                second.take(other)
        else:
            second.take(other)
            second.check()
        first.check()
        second.release()
        first.release()
        locks(Path(folder), "run-3").take({*one, *other})
