"""Add incidents, which tickets may belong to, and what a ticket repeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_ticket_id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=False),
        sa.Column("card_channel", sa.String(), nullable=False),
        sa.Column("card_ts", sa.String(), nullable=False),
        sa.Column("card_link", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("first_ticket_id", name=op.f("uq_incident_first_ticket_id")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_opened_at"), ["opened_at"], unique=False)
    # Without foreign keys: SQLite could only add one by making the whole table anew.
    op.add_column("ticket", sa.Column("incident_id", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("duplicate_of", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_ticket_incident_id"), "ticket", ["incident_id"], unique=False)
