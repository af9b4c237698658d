"""Alembic's entry: runs on the connection it is given, so that the caller holds the lock."""

from alembic import context
from sqlmodel import SQLModel

import storage.reviews
import storage.tables  # noqa: F401

connection = context.config.attributes["connection"]
# The caller has begun a transaction on SQLite too, where Alembic does not expect one around a change of the schema.
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
