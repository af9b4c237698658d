"""Let a delivery name the process that sees to it, so that only what a dead one had kept is taken over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A version from before does not say who it is.
    op.add_column("receipt", sa.Column("kept_by", sa.String(), nullable=False, server_default=""))
