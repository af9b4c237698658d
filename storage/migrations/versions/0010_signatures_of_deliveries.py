"""Let a delivery by HTTP keep its signature, so that every replica knows a request that is played again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What came over our own connection has none.
    op.add_column("receipt", sa.Column("signed", sa.String(), nullable=False, server_default=""))
