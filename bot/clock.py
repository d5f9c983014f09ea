"""The two clocks. No other module asks what time it is.

``system()`` is the machine's time: signatures, TOTP, sessions, leases, locks, time-outs. ``now()`` is what people mean
by time: due times, windows, "today", as-of dates; the sandbox can move it both ways by an offset kept in the database,
which each process reads again at most every second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
REFRESH_S = 1.0


def system() -> datetime:
    """The machine's time, aware UTC."""
    return datetime.now(UTC)


def milliseconds() -> int:
    """The machine's time in milliseconds since 1970; for identifiers."""
    return time.time_ns() // 1_000_000


def stopwatch() -> float:
    """Seconds that only grow; for measuring, never stored."""
    return time.monotonic()


class Clock:
    """People's time: the machine's plus an offset.

    ``read_offset`` returns the offset from wherever it is kept; without it the offset is zero (production).
    """

    def __init__(self, read_offset: Callable[[], timedelta] | None = None) -> None:
        self._read = read_offset
        self._offset = timedelta()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """Aware UTC."""
        if self._read is not None and stopwatch() - self._read_at > REFRESH_S:
            self.refresh()
        return system() + self._offset

    def refresh(self) -> None:
        """Read the offset now; a store that cannot be reached leaves it as it was."""
        if self._read is None:
            return
        self._read_at = stopwatch()
        try:
            self._offset = self._read()
        except Exception:
            return

    def local(self) -> datetime:
        """Now, in Asia/Shanghai."""
        return self.now().astimezone(SHANGHAI)

    def today(self) -> date:
        """The date in Asia/Shanghai."""
        return self.local().date()


def to_local(moment: datetime) -> datetime:
    """An aware moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI)


def words(moment: datetime) -> str:
    """A moment as staff read it: 6月17日 15:00."""
    local = to_local(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
