"""The version after this one, as far as tests need it."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from storage.database import MIGRATIONS


def newest() -> str:
    """Return the newest of our own revisions, which the next version's come after."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head is not None
    return head
