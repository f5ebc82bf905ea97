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
PRUNED = Table(  # what is left of runs that were taken out; milliseconds since 1970
    "cityops_pruned",
    METADATA,
    Column("run", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("gone", Boolean, nullable=False),  # false: it is just being taken out, or that was cut off
)
LEDGER = Table("cityops_ledger", METADATA, Column("identity", String, primary_key=True))

# What the sites' repositories said when they were read last: a hint for listings. Moments are microseconds since 1970;
# `held` and `good` are sets of sites, bit `number` of each.
READINGS = Table(
    "cityops_readings",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("site", String, nullable=False, unique=True),
    Column("at_us", BigInteger),  # null: it is just taken in, or that was cut off
    Column("gaps_over_us", BigInteger, nullable=False),  # no gap is shorter
    Column("basis", String, nullable=False),  # what was believed then; with another belief it is read anew
    Column("more", JSON, nullable=False),
)
POINTS = Table(
    "cityops_points",
    METADATA,
    Column("snapshot", String, primary_key=True),
    Column("machine", String, nullable=False),
    Column("moment_us", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),  # the sites that hold a copy
    Column("good", BigInteger, nullable=False),  # those whose copy recovery may choose
    Column("entry", JSON, nullable=False),
    Index("cityops_points_of_machine", "machine", "moment_us", "held", "good"),  # answers without the rows
)
_DOUBTED = POINTS.c.held != POINTS.c.good
Index("cityops_points_doubted", POINTS.c.moment_us, sqlite_where=_DOUBTED, postgresql_where=_DOUBTED)
DOUBTS = Table(
    "cityops_doubts",
    METADATA,
    Column("snapshot", String, primary_key=True),
    Column("site", String, primary_key=True),
    Column("doubt", String, nullable=False),
    Column("reason", String, nullable=False),
)
GAPS = Table(  # from a good point of a machine at a site to the next, where that is long; null: there is none yet
    "cityops_gaps",
    METADATA,
    Column("site", String, primary_key=True),
    Column("machine", String, primary_key=True),
    Column("after_us", BigInteger, primary_key=True, autoincrement=False),
    Column("until_us", BigInteger),
)
CATALOGUE = (READINGS, POINTS, DOUBTS, GAPS)

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
