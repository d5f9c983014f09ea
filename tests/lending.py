"""PostgreSQL databases with the product's tables, lent to one test at a time and emptied in between.

To make a database and drop it again costs several times what most tests do with it. One that is left as it was lent, but
for its rows, is lent again; where somebody is still connected when it comes back, or a table, column, index or trigger is
not as it was, it is dropped and another one made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, NullPool, create_engine, inspect, make_url, text

from bot.ids import new_id

WAIT_S = 0.2
TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
USED_SEQUENCES = text("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL")
SHAPE = text("""
    SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
        SELECT concat_ws('.', table_name, column_name, data_type, is_nullable, column_default) AS line
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat(conrelid, conname, pg_get_constraintdef(oid)) FROM pg_constraint
        UNION ALL SELECT concat(tgrelid, tgname, tgenabled) FROM pg_trigger
    ) AS lines
""")


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
            if self._is_left(made) and made.empty():
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
        self._engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._tables = frozenset(inspect(self._engine).get_table_names())
        with self._engine.connect() as connection:
            self._shape = connection.scalar(SHAPE)

    def empty(self) -> bool:
        """Take out its rows and tables that the test made, and let sequences begin anew. False, and nothing else done,
        where it is not of the shape it was."""
        with self._engine.connect() as connection:
            for name in set(connection.scalars(TABLES)) - self._tables:
                connection.execute(text(f'DROP TABLE "{name}" CASCADE'))
            if connection.scalar(SHAPE) != self._shape:
                return False
            _take_out_rows(connection, self._tables)
        return True

    def drop(self) -> None:
        self._there.__exit__(None, None, None)


def _take_out_rows(connection: Connection, tables: frozenset[str]) -> None:
    probes = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in sorted(tables))
    filled = list(connection.scalars(text(probes)))
    if filled:
        named = ", ".join(f'"{name}"' for name in filled)
        connection.execute(text(f"TRUNCATE {named} CASCADE"))
    for name in list(connection.scalars(USED_SEQUENCES)):
        connection.execute(text(f'ALTER SEQUENCE "{name}" RESTART'))
