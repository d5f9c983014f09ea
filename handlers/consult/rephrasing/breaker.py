"""A switch that opens by itself: after some failures in a row nobody asks for a while, then one tries."""

from __future__ import annotations

import threading

from bot.clock import stopwatch

FAILURES, PAUSE_S = 5, 60.0


class Breaker:
    """Of one process; shared with nobody."""

    def __init__(self, failures: int = FAILURES, pause_s: float = PAUSE_S) -> None:
        self._most, self._pause_s = failures, pause_s
        self._failed = 0
        self._until = float("-inf")
        self._lock = threading.Lock()

    def may(self) -> bool:
        """Whether to ask now. After the pause one may; the others wait for what becomes of it."""
        with self._lock:
            if self._failed < self._most:
                return True
            if stopwatch() < self._until:
                return False
            self._until = stopwatch() + self._pause_s
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            if self._failed >= self._most:
                self._until = stopwatch() + self._pause_s
