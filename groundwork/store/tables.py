"""Our tables as they are now; how an older ledger comes to them stands in `migrations/versions`."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, UniqueConstraint

SCHEMA = "cityops"  # on PostgreSQL; SQLite has none, and our names begin with it instead
METADATA = MetaData(schema=SCHEMA)
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts in no other type

LOCKS_TAKEN = Table(
    "cityops_locks_taken",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("run", String, nullable=False),
    Column("target", String, nullable=False),
    UniqueConstraint("run", "target"),
    sqlite_autoincrement=True,  # a number is never given twice
)
PLANS_USED = Table(
    "cityops_plans_used",
    METADATA,
    Column("plan", String, primary_key=True),
    Column("run", String, nullable=False),
)
LEDGER = Table("cityops_ledger", METADATA, Column("identity", String, primary_key=True))

# The engine's rows of runs, as far as lists need them. Moments are milliseconds since 1970, as the engine keeps them.
RUNS = Table(
    "cityops_runs",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),  # of two of one moment, the later has the higher
    Column("id", String, nullable=False, unique=True),
    Column("operation", String, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),  # the engine's row was changed then; 0: not read yet
    Column("settled", Boolean, nullable=False),  # nothing more is expected of the engine's row
    Column("succeeded", Boolean, nullable=False),
    Column("undo", Boolean, nullable=False),
    Column("record", JSON, nullable=False),
    Index("cityops_runs_of_operation", "operation", "started_ms", "number"),
    Index("cityops_runs_started", "started_ms", "number"),
    Index("cityops_runs_settled", "settled"),
)
