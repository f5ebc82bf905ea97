"""Our own tables beside the engine's: who took which lock, which run used which plan, and the ledger's identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    inspect,
)
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.schema import CreateSchema

from groundwork.run.database import database_told
from groundwork.run.place import LedgerPlace

_SCHEMA = "cityops"
_METADATA = MetaData(schema=_SCHEMA)

LOCKS_TAKEN = Table(
    "cityops_locks_taken",
    _METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("run", String, nullable=False),
    Column("target", String, nullable=False),
    UniqueConstraint("run", "target"),
    sqlite_autoincrement=True,  # a number is never given twice
)
PLANS_USED = Table(
    "cityops_plans_used",
    _METADATA,
    Column("plan", String, primary_key=True),
    Column("run", String, nullable=False),
)
_IDENTITY = Table("cityops_ledger", _METADATA, Column("identity", String, primary_key=True))


class LedgerTables:
    """Our tables in one ledger; `open` gives a connection in a transaction."""

    def __init__(self, place: LedgerPlace) -> None:
        self._place = place
        self._engine = _engine_of(place)

    def make(self) -> None:
        """Make the tables that are not there, and give a new ledger its identity."""
        with self.open() as connection:
            if self._place.is_shared:
                connection.execute(CreateSchema(_SCHEMA, if_not_exists=True))
            _METADATA.create_all(connection)
            if connection.execute(_IDENTITY.select()).first() is None:
                connection.execute(_IDENTITY.insert().values(identity=token_hex(16)))

    def identity(self) -> str:
        """The ledger's identity; empty for one that a version without identities made."""
        with self.open() as connection:
            schema = _SCHEMA if self._place.is_shared else None
            if not inspect(connection).has_table(_IDENTITY.name, schema=schema):
                return ""
            row = connection.execute(_IDENTITY.select()).first()
        return str(row[0]) if row else ""

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """A connection in a transaction. Raises UnreachableError or OutsideError when the database fails."""
        with database_told(self._place), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _engine_of(place: LedgerPlace) -> Engine:
    if not place.is_shared:
        made = create_engine(place.database_url, connect_args={"timeout": 30})
        return made.execution_options(schema_translate_map={_SCHEMA: None})
    url: URL = make_url(place.database_url).set(drivername="postgresql+psycopg")
    return create_engine(url, pool_pre_ping=True, pool_size=2)
