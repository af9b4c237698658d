"""A message that is several requests has a row for each part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both can be left out by the version before, whose requests are all whole.
    op.add_column("request", sa.Column("whole_id", sa.Integer(), nullable=True))
    op.add_column("request", sa.Column("whole", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_request_whole_id"), "request", ["whole_id"], unique=False)
