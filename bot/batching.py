"""Work of many requests done in one go.

Under load many messages want the same thing at the same moment: a look at the cache, a commit. ``Batcher`` lets the
first of them do it for all that are ready, so that the cost of a round trip or an fsync is shared.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

MOST_YIELDS = 4
T = TypeVar("T")
R = TypeVar("R")


class _Waiting(Generic[T, R]):
    __slots__ = ("done", "error", "item", "result")

    def __init__(self, item: T) -> None:
        self.item = item
        self.done = threading.Event()
        self.result: R | None = None
        self.error: BaseException | None = None


class Batcher(Generic[T, R]):
    """Calls ``flush(items)`` for all items that are waiting; it returns one result for each, in order.

    Works under threads and under gevent: the caller that finds nobody at work leads, gives way so that others that
    are ready can join, and flushes until nothing waits. An error of ``flush`` is raised to every caller of that
    batch; a result that is an exception is raised to its own caller only.
    """

    def __init__(self, flush: Callable[[Sequence[T]], Sequence[R | BaseException]], largest: int = 256) -> None:
        self._flush = flush
        self._largest = largest
        self._queue: list[_Waiting[T, R]] = []
        self._lock = threading.Lock()
        self._led = False

    def submit(self, item: T) -> R:
        waiting: _Waiting[T, R] = _Waiting(item)
        with self._lock:
            self._queue.append(waiting)
            lead = not self._led
            self._led = True
        if lead:
            self._gather()
            self._lead()
        else:
            waiting.done.wait()
        if waiting.error is not None:
            raise waiting.error
        return waiting.result  # type: ignore[return-value]

    def _gather(self) -> None:
        """Give way while others that are ready keep joining."""
        for _ in range(MOST_YIELDS):
            joined = len(self._queue)
            time.sleep(0)
            if len(self._queue) == joined:
                return

    def _lead(self) -> None:
        while True:
            with self._lock:
                batch, self._queue = self._queue[: self._largest], self._queue[self._largest :]
                if not batch:
                    self._led = False
                    return
            try:
                results = self._flush([waiting.item for waiting in batch])
                for waiting, result in zip(batch, results, strict=True):
                    if isinstance(result, BaseException):
                        waiting.error = result
                    else:
                        waiting.result = result
            except BaseException as error:
                for waiting in batch:
                    waiting.error = error
            for waiting in batch:
                waiting.done.set()
