"""Bringing a database to the current schema. One line of migrations: ``bot/storage/migrations``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from bot.storage.db import Database

MIGRATION_LOCK = 616_2021
SCRIPTS = Path(__file__).parent / "migrations"


def alembic_config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["database"] = database
    return config


class MigrationError(RuntimeError):
    """A migration would leave rows that point to nothing; nothing was changed."""


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """A connection for migrations, in one transaction; others wait.

    SQLite changes a column by copying its table and dropping the old one, which would delete every row that refers to
    it: references are not enforced meanwhile and are checked before the commit. On PostgreSQL a lock keeps two machines
    from migrating at once.
    """
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        if database.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
                yield connection
                if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise MigrationError("a migration leaves rows that point to nothing")
        finally:
            if database.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined]


def upgrade(database: Database) -> None:
    """Apply what is missing; harmless when nothing is."""
    command.upgrade(alembic_config(database), "head")


def is_current(database: Database) -> bool:
    """Whether the schema is the newest."""
    head = ScriptDirectory.from_config(alembic_config(database)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
