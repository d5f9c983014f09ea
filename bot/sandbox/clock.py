"""The platforms' time. Quotas, reply windows, token and media lifetimes all count by it, so tests can move it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class SandboxClock(Protocol):
    """What the sandbox asks of a clock. The product may bind one to its own movable clock."""

    def now(self) -> datetime:
        """The moment, always aware."""

    def set(self, moment: datetime) -> None:
        """Make it `moment` now; time runs on from there."""

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, back if negative."""

    def reset(self) -> None:
        """Return to the real time."""


class OffsetClock:
    """Real time plus an offset kept in memory."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("the clock takes an aware datetime")
        with self._lock:
            self._offset = moment - datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        with self._lock:
            self._offset = timedelta(0)
