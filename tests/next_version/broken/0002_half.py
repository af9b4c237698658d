"""Fail in the middle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0002_incidents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("mood", sa.Text(), nullable=True))
    op.create_table("visit", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("no_such_table", sa.Column("mood", sa.Text(), nullable=True))
