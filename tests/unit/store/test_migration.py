import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect

from groundwork.errors import ConfigurationError, OutsideError
from groundwork.store import migration
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store
from groundwork.store.tables import METADATA

BEFORE_MIGRATIONS = """
CREATE TABLE cityops_locks_taken (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, run VARCHAR NOT NULL, target VARCHAR NOT NULL,
    UNIQUE (run, target)
);
INSERT INTO cityops_locks_taken (run, target) VALUES ('first', 'site/central');
CREATE TABLE cityops_ledger (identity VARCHAR NOT NULL PRIMARY KEY);
INSERT INTO cityops_ledger VALUES ('0123');
"""


def ask(location: LedgerLocation, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(location.file)) as connection:
        rows = connection.execute(query).fetchall()
        connection.commit()
    return rows


@pytest.fixture
def location(tmp_path: Path) -> LedgerLocation:
    return LedgerLocation(state=tmp_path)


def test_a_new_ledger_has_the_tables_that_the_code_names(location: LedgerLocation) -> None:
    with closing(Store(location)) as store:
        store.bring_up()
        names = {table.name for table in METADATA.tables.values()}
        with store.open() as connection:
            assert names < set(inspect(connection).get_table_names())
        for table in METADATA.tables.values():
            with store.open() as connection:
                seen = inspect(connection)
                assert {one["name"] for one in seen.get_columns(table.name)} == {one.name for one in table.columns}
                assert {one["name"] for one in seen.get_indexes(table.name)} == {one.name for one in table.indexes}


def test_a_ledger_from_before_the_migrations_keeps_what_it_holds(location: LedgerLocation) -> None:
    with closing(sqlite3.connect(location.file)) as connection:
        connection.executescript(BEFORE_MIGRATIONS)
    with closing(Store(location)) as store:
        store.bring_up()
        store.found()
        assert store.identity() == "0123"
    assert ask(location, "SELECT run, target FROM cityops_locks_taken") == [("first", "site/central")]
    assert ask(location, "SELECT count(*) FROM cityops_runs") == [(0,)]


def test_a_ledger_of_a_newer_version_is_refused_with_what_to_do(location: LedgerLocation) -> None:
    with closing(Store(location)) as store:
        store.bring_up()
        ask(location, "UPDATE cityops_version SET version_num = '9999'")
        with pytest.raises(ConfigurationError, match=r"newer version of cityops .* revision 9999") as said:
            store.bring_up()
    assert "use the newer version" in said.value.hint


def test_many_that_open_at_once_make_the_tables_once(location: LedgerLocation) -> None:
    def open_it(_number: int) -> str:
        with closing(Store(location)) as store:
            store.bring_up()
            store.found()
            return store.identity()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(open_it, range(6)))) == 1


def test_a_revision_that_fails_half_way_leaves_the_tables_as_they_were(location: LedgerLocation) -> None:
    with closing(sqlite3.connect(location.file)) as connection:
        connection.execute("CREATE TABLE cityops_runs (somebodys INTEGER)")
    with closing(Store(location)) as store, pytest.raises(OutsideError, match="cityops_runs already exists"):
        store.bring_up()
    assert ask(location, "SELECT name FROM sqlite_master WHERE name LIKE 'cityops%'") == [("cityops_runs",)]


def test_the_newest_revision_is_the_head(location: LedgerLocation) -> None:
    with closing(Store(location)) as store:
        store.bring_up()
    revisions = sorted(
        path.name for path in (Path(migration.__file__).parent / "migrations" / "versions").glob("v*.py")
    )
    assert revisions[-1].startswith(f"v{migration.HEAD}_")
    assert ask(location, "SELECT version_num FROM cityops_version") == [(migration.HEAD,)]
