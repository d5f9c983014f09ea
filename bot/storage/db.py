"""The database: SQLite (WAL) on one machine, PostgreSQL beyond it; the same code on both."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from bot.clock import stopwatch

BUSY_MS = 10_000
WEB_BUSY_MS = 1_800
CONNECT_S = 3
POOL = 8
POLL_S = 0.0005
WAL_PAGES = 16_000
"""Pages (64 MB) after which a commit itself copies the log into the file; the worker does so every few seconds, where
nobody waits for it."""
AUDIT_KEY = "audit_key"
"""Where a session carries the key of the audit chain (``bot.console.audit``)."""


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on every database (SQLite has no zones and keeps the naive UTC)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table of the service; a slice's ``records.py`` adds its own."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment()}


class Database:
    """Engine and sessions for one URL.

    ``reading()`` gives a session that writes nothing; ``begin()`` one unit of work that commits at its end. On SQLite a
    unit of work takes the write lock at its start (BEGIN IMMEDIATE), so that it never fails half-way for want of it.
    ``busy_ms`` is how long it waits for that lock: the web's share is short (WEB_BUSY_MS), because the platforms cut a
    message's answer off after five seconds.
    """

    def __init__(self, url: str, busy_ms: int = BUSY_MS, audit_key: bytes = b"") -> None:
        self._info = {AUDIT_KEY: audit_key}
        self.url = make_url(url)
        self._turn = threading.Lock()
        self._holder = 0
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._busy_ms = busy_ms
        self.engine = _sqlite_engine(self.url, busy_ms) if self.is_sqlite else _postgres_engine(self.url)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False, info=self._info) as session:
            yield session

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with (
            self.connect_for_writing() as connection,
            Session(connection, expire_on_commit=False, info=self._info) as session,
        ):
            yield session
            session.flush()

    @contextmanager
    def connect_for_writing(self) -> Iterator[Connection]:
        """A connection inside a write transaction; committed at the end, rolled back on an error.

        SQLite has one writer. Within a process the turn is taken at a gate, so that waiting for it blocks no other
        greenlet; what is left of ``busy_ms`` then is for other processes. TimeoutError when the turn does not come.
        """
        with self._gate() as left_ms, self.engine.connect() as connection:
            connection.info["busy_ms"] = left_ms
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.info.pop("busy_ms", None)

    @contextmanager
    def _gate(self) -> Iterator[int]:
        if not self.is_sqlite:
            yield 0
            return
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("a unit of work is open here already; use its session (in a turn: turn.session)")
        began = stopwatch()
        if not self._turn.acquire(timeout=self._busy_ms / 1000):
            raise TimeoutError("the database's write lock is taken")
        self._holder = me
        try:
            yield max(0, self._busy_ms - round((stopwatch() - began) * 1000))
        finally:
            self._holder = 0
            self._turn.release()

    def checkpoint(self) -> None:
        """Copy SQLite's log into the file as far as no reader or writer is hindered; nothing on other databases."""
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # type: ignore[union-attr]

    def dispose(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: Any, busy_ms: int) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=POOL, max_overflow=2 * POOL, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's late one
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={busy_ms}")
        _use_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
        cursor.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if "busy_ms" in connection.info:
            _begin_writing(connection.connection.dbapi_connection, connection.info["busy_ms"])
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_writing(raw: Any, busy_ms: int) -> None:
    """Take the write lock, giving way while another process has it.

    Not by SQLite's own waiting, which stops every greenlet and sleeps longer each time; and not in another thread, of
    which a busy loop would hear late, with the lock held meanwhile (docs/adr/0002).
    """
    until = stopwatch() + busy_ms / 1000
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or stopwatch() >= until:
                    raise
            time.sleep(POLL_S)
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_MS}")


def _use_wal(cursor: Any) -> None:
    """Switching to WAL needs the file alone and does not heed busy_timeout; several starting processes take turns."""
    for attempt in range(50):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except Exception:
            if attempt == 49:
                raise
            time.sleep(0.1)


def _postgres_engine(url: Any) -> Engine:
    return create_engine(
        url,
        pool_size=POOL,
        max_overflow=2 * POOL,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"connect_timeout": CONNECT_S},
    )


def database_time(session: Session) -> datetime:
    """The database's own time, which leases go by: processes on several machines agree on it."""
    if session.get_bind().dialect.name == "sqlite":
        text_ = session.scalar(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"))
        return datetime.fromisoformat(str(text_)).replace(tzinfo=UTC)
    moment: datetime = session.scalars(text("SELECT clock_timestamp()")).one()
    return moment.astimezone(UTC)
