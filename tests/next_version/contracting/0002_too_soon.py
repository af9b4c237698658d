"""Contract in the same release: what a running version needs is renamed, and a column that it does not fill is made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0002_incidents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("ticket", "owner", new_column_name="answers_for_it")
    with op.batch_alter_table("feedback") as batch:
        batch.add_column(sa.Column("stars", sa.Integer(), nullable=False))
