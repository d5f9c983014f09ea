"""Alembic's environment: the database handed over by ``bot.storage.migrate``, or the one in the settings."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from bot.features import load_features
from bot.schema import load_tables
from bot.storage.db import Base, Database
from bot.storage.migrate import migrating
from config.catalog import feature_names
from config.keys import load_settings


def run() -> None:
    database = context.config.attributes.get("database")
    if database is None:
        settings = load_settings()
        load_features(feature_names(settings))
        database = Database(settings.database_url)
    load_tables()
    with migrating(database) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.is_sqlite,
            compare_type=True,
            transaction_per_migration=False,
            render_item=_render_item,
        )
        context.run_migrations()


def _render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types by name."""
    if kind == "type" and type(item).__name__ == "Moment":
        autogen.imports.add("from bot.storage.db import Moment")
        return "Moment()"
    return False


run()
