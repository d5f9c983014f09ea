"""All tables of the engine, imported so that they are known to the metadata; features bring their own."""

from __future__ import annotations

from importlib import import_module

TABLES = (
    "bot.console.records",
    "bot.directory.records",
    "bot.inbox.records",
    "bot.job_records",
    "bot.outbox.records",
    "bot.switches",
)


def load_tables() -> None:
    for name in TABLES:
        import_module(name)
