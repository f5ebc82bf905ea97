"""The catalogue of restore points."""

import sqlalchemy as sa
from alembic import op

from groundwork.store.tables import NUMBER, SCHEMA

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make it, empty: it is filled when a repository is read for a listing."""
    op.create_table(
        "cityops_readings",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("site", sa.String, nullable=False, unique=True),
        sa.Column("at_us", sa.BigInteger),
        sa.Column("gaps_over_us", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("more", sa.JSON, nullable=False),
        schema=SCHEMA,
    )
    _make_points()
    op.create_table(
        "cityops_doubts",
        sa.Column("snapshot", sa.String, primary_key=True),
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("doubt", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "cityops_gaps",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("machine", sa.String, primary_key=True),
        sa.Column("after_us", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until_us", sa.BigInteger),
        schema=SCHEMA,
    )


def _make_points() -> None:
    op.create_table(
        "cityops_points",
        sa.Column("snapshot", sa.String, primary_key=True),
        sa.Column("machine", sa.String, nullable=False),
        sa.Column("moment_us", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("good", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.JSON, nullable=False),
        schema=SCHEMA,
    )
    columns = ["machine", "moment_us", "held", "good"]
    op.create_index("cityops_points_of_machine", "cityops_points", columns, schema=SCHEMA)
    doubted = sa.text("held <> good")
    op.create_index(
        "cityops_points_doubted",
        "cityops_points",
        ["moment_us"],
        schema=SCHEMA,
        sqlite_where=doubted,
        postgresql_where=doubted,
    )
