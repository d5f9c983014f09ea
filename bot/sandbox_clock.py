"""The product's clock as the sandbox moves it: an offset in the product's own database, seen by every process."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import clock
from bot.inbox.records import ClockOffset
from bot.storage.db import Database


class DatabaseClock:
    """Keeps the offset in table ``clock_offset``; see ``bot.sandbox.clock.SandboxClock``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        with self._database.reading() as session:
            row = session.get(ClockOffset, 1)
            return clock.system() + timedelta(seconds=row.offset_s if row else 0.0)

    def set(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("the clock takes an aware moment")
        self._write((moment - clock.system()).total_seconds(), absolute=True)

    def advance(self, seconds: float) -> None:
        self._write(seconds, absolute=False)

    def reset(self) -> None:
        self._write(0.0, absolute=True)

    def _write(self, seconds: float, *, absolute: bool) -> None:
        with self._database.begin() as session:
            row = session.get(ClockOffset, 1) or ClockOffset(id=1, offset_s=0.0)
            row.offset_s = seconds if absolute else row.offset_s + seconds
            session.merge(row)
