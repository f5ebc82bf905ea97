"""What is left of runs that were taken out of the ledger."""

import sqlalchemy as sa
from alembic import op

from groundwork.store.tables import SCHEMA

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make it, empty."""
    op.create_table(
        "cityops_pruned",
        sa.Column("run", sa.String, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
        schema=SCHEMA,
    )
