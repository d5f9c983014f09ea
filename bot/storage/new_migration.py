"""``make migration m="…"``: writes the next migration from what the tables in the code have beyond the last one."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from bot.features import load_features
from bot.schema import load_tables
from bot.storage.db import Database
from bot.storage.migrate import alembic_config, upgrade
from config.catalog import feature_names
from config.keys import load_settings


def main(words: str) -> None:
    """Compare with a throw-away database at the newest revision; number the new one."""
    load_tables()
    load_features(feature_names(load_settings()))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'compare.db'}")
        upgrade(database)
        config = alembic_config(database)
        head = ScriptDirectory.from_config(config).get_current_head() or "0"
        command.revision(config, message=words, autogenerate=True, rev_id=f"{int(head) + 1:04d}")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
