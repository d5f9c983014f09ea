"""PostgreSQL databases with the product's tables, lent to one test at a time and emptied in between.

To make a database and drop it again costs several times what most tests do with it. One that is left as it was lent, but
for its rows, is lent again; where somebody is still connected when it comes back, it is dropped and another one made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text

from bot.ids import new_id

WAIT_S = 0.2


@contextmanager
def database(server: str) -> Iterator[str]:
    """The address of an empty database for a while."""
    name = f"test_{new_id().lower()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


class Lending:
    """``make_tables`` fills an empty database, given its address."""

    def __init__(self, server: str, make_tables: Callable[[str], None]) -> None:
        self._server, self._make_tables = server, make_tables
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT")
        self._made: _Made | None = None

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of a database with tables and no rows."""
        made = self._made or _Made(self._server, self._make_tables)
        self._made = None
        try:
            yield made.url
        finally:
            if self._is_left(made):
                made.empty()
                self._made = made
            else:
                made.drop()

    def close(self) -> None:
        if self._made is not None:
            self._made.drop()
        self._engine.dispose()

    def _is_left(self, made: _Made) -> bool:
        """Whether nobody is connected any more; a closed connection takes a moment to be gone."""
        there = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
        until = time.monotonic() + WAIT_S
        with self._engine.connect() as connection:
            while connection.scalar(there, {"name": made.name}):
                if time.monotonic() > until:
                    return False
                time.sleep(0.002)
        return True


class _Made:
    """A database with its tables as they were made."""

    def __init__(self, server: str, make_tables: Callable[[str], None]) -> None:
        self._there = database(server)
        self.url = self._there.__enter__()
        self.name = make_url(self.url).database
        make_tables(self.url)
        engine = self._engine()
        self._tables = frozenset(inspect(engine).get_table_names())
        engine.dispose()

    def empty(self) -> None:
        """Without rows, with sequences from their beginning, and without tables that the test made."""
        engine = self._engine()
        with engine.connect() as connection:
            _empty(connection, self._tables)
        engine.dispose()

    def drop(self) -> None:
        self._there.__exit__(None, None, None)

    def _engine(self) -> Engine:
        return create_engine(self.url, isolation_level="AUTOCOMMIT")


def _empty(connection: Connection, ours: frozenset[str]) -> None:
    tables = list(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    for name in set(tables) - ours:
        connection.execute(text(f'DROP TABLE "{name}" CASCADE'))
    probes = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in sorted(ours))
    filled = list(connection.scalars(text(probes)))
    if filled:
        named = ", ".join(f'"{name}"' for name in filled)
        connection.execute(text(f"TRUNCATE {named} CASCADE"))
    used = connection.scalars(text("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"))
    for name in list(used):
        connection.execute(text(f'ALTER SEQUENCE "{name}" RESTART'))
