from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from groundwork.run.fences import Fence, FencedLocks, OvertakenError
from groundwork.run.file_locks import FileLocks, is_locked
from groundwork.run.launch import prepare
from groundwork.run.locks import Holder
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store
from groundwork.store.tables import LOCKS_TAKEN


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Store]:
    location = LedgerLocation(state=tmp_path)
    prepare(location)
    with closing(Store(location)) as opened:
        yield opened


def fence(tables: Store, run: str, *, unknown: tuple[str, ...] = ()) -> Fence:
    return Fence(tables, run, exists=lambda one: one not in unknown)


def test_a_run_whose_lock_another_took_after_it_neither_goes_on_nor_is_taken_up_again(tables: Store) -> None:
    first = fence(tables, "first")
    first.take(["site/central", "site/nchc"])
    first.check()
    second = fence(tables, "second")
    second.take(["site/nchc"])
    with pytest.raises(OvertakenError, match="run first cannot go on: run second took site/nchc after it"):
        first.check()
    with pytest.raises(OvertakenError, match="run second took site/nchc"):
        fence(tables, "first").take(["site/central"])
    second.check()
    fence(tables, "second").take(["site/nchc"])


def test_locks_that_have_nothing_in_common_do_not_matter(tables: Store) -> None:
    first, second = fence(tables, "first"), fence(tables, "second")
    first.take(["site/central"])
    second.take(["site/nchc", "site/central-2"])
    first.check()
    fence(tables, "first").take(["site/central"])


def test_a_run_that_comes_later_may_have_taken_other_locks_before(tables: Store) -> None:
    early, late = fence(tables, "early"), fence(tables, "late")
    early.take(["site/central"])
    late.take(["site/nchc"])
    early.take(["site/yangming"])
    late.check()
    early.take(["site/nchc"])
    early.check()
    with pytest.raises(OvertakenError, match="run late cannot go on: run early took site/nchc"):
        late.check()


def test_a_run_that_died_before_its_first_record_overtook_nobody(tables: Store) -> None:
    fence(tables, "first").take(["site/central"])
    fence(tables, "ghost").take(["site/central"])
    with pytest.raises(OvertakenError, match="run ghost took site/central"):
        fence(tables, "first").take(["site/central"])
    fence(tables, "first", unknown=("ghost",)).take(["site/central"])


def test_what_an_older_version_noted_is_compared_by_what_it_stood_for(tables: Store) -> None:
    with tables.open() as connection:
        old = ("backup/central", "machine/nchc/web-01", "host/repo-1")
        connection.execute(LOCKS_TAKEN.insert(), [{"run": "old", "target": target} for target in old])
    fence(tables, "other").take(["site/central/machine/web-01", "site/nchc/backup", "site/nchc/host/repo-2"])
    fence(tables, "old").take(["backup/central"])
    fence(tables, "later").take(["site/nchc/host/repo-1"])
    with pytest.raises(OvertakenError, match="run later took site/nchc/host/repo-1 after it"):
        fence(tables, "old").take(["host/repo-1"])
    fence(tables, "drill").take(["site/central"])
    with pytest.raises(OvertakenError, match="run drill took site/central after it"):
        fence(tables, "other").take([])


def test_an_older_ledgers_lock_is_taken_where_it_stands_now(tables: Store, tmp_path: Path) -> None:
    holder = Holder(run="old", reason="", since="", pid=0)
    locks = FencedLocks(FileLocks(tmp_path / "locks", holder, SystemClock()), fence(tables, "old"))
    locks.take(["backup/central", "machine/nchc/web-01"])
    assert is_locked(tmp_path / "locks", "site/central/backup")
    assert is_locked(tmp_path / "locks", "site/nchc/machine/web-01")
    locks.take(["host/repo-1"])
    assert is_locked(tmp_path / "locks", "site"), "nobody knows at which site the host stood"
    locks.release()


def test_a_ledger_keeps_its_identity_and_another_has_another(tables: Store, tmp_path: Path) -> None:
    known = tables.identity()
    tables.bring_up()
    tables.found()
    assert (len(known), tables.identity()) == (32, known)
    other = LedgerLocation(state=tmp_path / "other")
    prepare(other)
    with closing(Store(other)) as opened:
        assert opened.identity() not in {"", known}
