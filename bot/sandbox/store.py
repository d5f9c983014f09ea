"""The sandbox's own SQLite file. One connection behind one lock: every statement is short, and a restart keeps all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS person (
  id TEXT PRIMARY KEY, platform TEXT NOT NULL, ident TEXT NOT NULL, name TEXT NOT NULL, role_hint TEXT NOT NULL,
  following INTEGER NOT NULL, listed INTEGER NOT NULL, receipt TEXT NOT NULL DEFAULT 'success', since REAL NOT NULL,
  UNIQUE (platform, ident));
CREATE TABLE IF NOT EXISTS item (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL, person TEXT NOT NULL, at TEXT NOT NULL,
  dir TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, exchange_id INTEGER);
CREATE INDEX IF NOT EXISTS item_person ON item (person, rev);
CREATE TABLE IF NOT EXISTS exchange (
  id INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, person TEXT, at TEXT NOT NULL, kind TEXT NOT NULL,
  request_xml TEXT NOT NULL, wire_xml TEXT NOT NULL DEFAULT '', query TEXT NOT NULL DEFAULT '{}',
  response_xml TEXT NOT NULL DEFAULT '', response_wire TEXT NOT NULL DEFAULT '', status INTEGER, ms REAL,
  tries TEXT NOT NULL DEFAULT '[]', ok INTEGER, verdict TEXT NOT NULL DEFAULT '', pending INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS api_call (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, platform TEXT NOT NULL, path TEXT NOT NULL,
  method TEXT NOT NULL, errcode INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS api_call_path ON api_call (platform, path);
CREATE TABLE IF NOT EXISTS sent (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, platform TEXT NOT NULL, path TEXT NOT NULL,
  recipient TEXT NOT NULL, body TEXT NOT NULL, errcode INTEGER NOT NULL, msgid TEXT NOT NULL, shown INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS token (
  value TEXT PRIMARY KEY, platform TEXT NOT NULL, kind TEXT NOT NULL, created REAL NOT NULL, expires REAL NOT NULL,
  dead INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refresh (at REAL NOT NULL, real_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS media (
  id TEXT PRIMARY KEY, platform TEXT NOT NULL, type TEXT NOT NULL, mime TEXT NOT NULL, name TEXT NOT NULL,
  created REAL NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS fault (
  id INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, path TEXT NOT NULL, errcode INTEGER,
  delay_ms INTEGER NOT NULL, drop_after_accept INTEGER NOT NULL, rate REAL NOT NULL, remaining INTEGER);
CREATE TABLE IF NOT EXISTS reply_window (
  person TEXT NOT NULL, scene TEXT NOT NULL, opened REAL NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (person, scene));
CREATE TABLE IF NOT EXISTS once (
  platform TEXT NOT NULL, key TEXT NOT NULL, at REAL NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (platform, key));
CREATE TABLE IF NOT EXISTS refusal (person TEXT NOT NULL, template TEXT NOT NULL, PRIMARY KEY (person, template));
CREATE TABLE IF NOT EXISTS consent (
  person TEXT NOT NULL, template TEXT NOT NULL, remaining INTEGER NOT NULL, PRIMARY KEY (person, template));
CREATE TABLE IF NOT EXISTS card (
  code TEXT PRIMARY KEY, person TEXT NOT NULL, task TEXT NOT NULL, seqs TEXT NOT NULL, at REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS oauth_code (
  code TEXT PRIMARY KEY, platform TEXT NOT NULL, person TEXT NOT NULL, scope TEXT NOT NULL, at REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS qrcode (ticket TEXT PRIMARY KEY, scene TEXT NOT NULL, at REAL NOT NULL, lives REAL);
"""

Row = sqlite3.Row


class Store:
    """Thin typed access to the file; `transaction()` groups statements and keeps others out meanwhile."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested, the outermost one commits."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")

    def run(self, sql: str, *params: Any) -> int:
        """Execute one statement; the number of rows it touched."""
        with self._lock:
            return self._db.execute(sql, params).rowcount

    def insert(self, sql: str, *params: Any) -> int:
        """Execute one INSERT; the new row's id."""
        with self._lock:
            return int(self._db.execute(sql, params).lastrowid or 0)

    def all(self, sql: str, *params: Any) -> Sequence[Row]:
        with self._lock:
            return self._db.execute(sql, params).fetchall()

    def one(self, sql: str, *params: Any) -> Row | None:
        with self._lock:
            return self._db.execute(sql, params).fetchone()  # type: ignore[no-any-return]

    def next(self, counter: str) -> int:
        """The next number of a named counter, from 1."""
        row = self.one(
            "INSERT INTO meta VALUES (?, '1') ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
            " RETURNING value",
            counter,
        )
        return int(row["value"]) if row else 0

    def get(self, name: str) -> str | None:
        row = self.one("SELECT value FROM meta WHERE name = ?", name)
        return None if row is None else str(row["value"])

    def put(self, name: str, value: str) -> None:
        self.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)

    def close(self) -> None:
        with self._lock:
            self._db.close()
