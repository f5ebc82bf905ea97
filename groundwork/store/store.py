"""A ledger's database as our own tables use it: opened, brought up to this version, known by its identity."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from secrets import token_hex

from sqlalchemy import Column, Connection, Table, create_engine, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import OperationalError

from groundwork.store.database import database_errors
from groundwork.store.location import LedgerLocation
from groundwork.store.migration import bring_up
from groundwork.store.tables import LEDGER, METADATA, SCHEMA

_COMPACT_MS = 2000  # how long one waits for others before the file is left as it is


class Store:
    """Our tables in one ledger, or in this process's memory; `open` gives a connection in a transaction."""

    def __init__(self, location: LedgerLocation | None) -> None:
        self._location = location
        self._engine = _engine_of(location)

    def bring_up(self) -> None:
        """Bring the tables up to this version's, or make them; whoever comes second finds it done.

        Raises ConfigurationError when a newer version of cityops has been here.
        """
        with self._errors():
            bring_up(self._engine)

    def make_again(self, tables: Sequence[Table]) -> None:
        """Where somebody dropped one of the tables, make them all anew, empty: for what is rebuilt."""
        with self.open() as connection:
            schema = SCHEMA if connection.dialect.name == "postgresql" else None
            seen = set(inspect(connection).get_table_names(schema=schema))
            if not {table.name for table in tables} <= seen:
                METADATA.drop_all(connection, tables=list(tables))
                METADATA.create_all(connection, tables=list(tables))

    def found(self) -> None:
        """Give a new ledger its identity."""
        with self.open() as connection:
            if connection.execute(LEDGER.select()).first() is None:
                connection.execute(LEDGER.insert().values(identity=token_hex(16)))

    def identity(self) -> str:
        """The ledger's identity; empty for one that a version without identities made."""
        with self.open() as connection:
            schema = SCHEMA if connection.dialect.name == "postgresql" else None
            if not inspect(connection).has_table(LEDGER.name, schema=schema):
                return ""
            row = connection.execute(LEDGER.select()).first()
        return str(row[0]) if row else ""

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """A connection in a transaction. Raises UnreachableError or OutsideError when the database fails."""
        with self._errors(), self._engine.begin() as connection:
            yield connection

    def newest(self, number: Column[int]) -> int:
        """The highest number in a table, 0 in an empty one; in plain SQL, as it is asked before each step."""
        shared = self._engine.dialect.name == "postgresql"
        table = f"{SCHEMA}.{number.table.name}" if shared else number.table.name
        with self._errors(), self._engine.connect() as connection:
            found = connection.exec_driver_sql(f"SELECT max({number.name}) FROM {table}")  # noqa: S608 - our own names
            return int(found.scalar() or 0)

    def upsert(
        self,
        connection: Connection,
        table: Table,
        rows: Sequence[dict[str, object]],
        *,
        key: Column[str],
        newer: Column[int] | None = None,
    ) -> None:
        """Insert rows, or replace those of the same key; with `newer`, none whose value there is higher."""
        insert = insert_into(connection, table)
        changed = {name: insert.excluded[name] for name in rows[0] if name != key.name}
        kept = None if newer is None else insert.excluded[newer.name] >= newer
        connection.execute(insert.on_conflict_do_update(index_elements=[key.name], set_=changed, where=kept), rows)

    def compact(self) -> bool:
        """Give the room of dropped rows back to the disk; False when somebody is using the ledger just now.

        Only for a file: PostgreSQL does so by itself.
        """
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {_COMPACT_MS}")
                connection.exec_driver_sql("VACUUM")
                busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        except OperationalError:
            return False
        return not busy

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _errors(self) -> AbstractContextManager[None]:
        return database_errors(self._location) if self._location else nullcontext()


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert of the database's own kind, which can say what to do when the row is there."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def store_in_memory() -> Store:
    """Empty tables that end with the process, for what has no ledger yet."""
    made = Store(None)
    with made.open() as connection:
        METADATA.create_all(connection)
    return made


def _engine_of(location: LedgerLocation | None) -> Engine:
    if location is None or not location.is_shared:
        made = create_engine(location.database_url if location else "sqlite://", connect_args={"timeout": 30})
        return made.execution_options(schema_translate_map={SCHEMA: None})
    url: URL = make_url(location.database_url).set(drivername="postgresql+psycopg")
    return create_engine(url, pool_pre_ping=True, pool_size=2)
