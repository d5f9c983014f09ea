"""Bringing a database to the current schema. One line of migrations: ``bot/storage/migrations``."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.storage.db import Database

SCRIPTS = Path(__file__).parent / "migrations"


def alembic_config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """Apply what is missing; harmless when nothing is."""
    command.upgrade(alembic_config(database), "head")


def is_current(database: Database) -> bool:
    """Whether the schema is the newest."""
    head = ScriptDirectory.from_config(alembic_config(database)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
