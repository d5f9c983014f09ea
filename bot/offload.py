"""Work that blocks in C (an fsync, a lock of another process), kept from stopping everyone else in a gevent process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gevent import Timeout, get_hub, monkey
from gevent.threadpool import ThreadPool

T = TypeVar("T")


def offload(work: Callable[[], T]) -> T:
    """``work()``, in a native thread where greenlets would wait for it, else right here.

    ``work`` must touch no lock, socket or queue of the standard library: those belong to the greenlets' thread.
    """
    if not monkey.is_module_patched("threading"):
        return work()
    result: T = get_hub().threadpool.apply(work)
    return result


class Lane:
    """One native thread for work of one kind that takes milliseconds, done in order; nobody waits long for it.

    Outside a gevent process there is no lane: the work is done by the thread that wants it.
    """

    def __init__(self, most_waiting: int, within_s: float) -> None:
        self._most_waiting, self._within_s = most_waiting, within_s
        self._pool: ThreadPool | None = None
        self._waiting = 0

    def run(self, work: Callable[[], T]) -> T | None:
        """``work()``, or None at once where too many wait already, and None where it would be done too late.

        See ``offload`` for what ``work`` must not touch.
        """
        if not monkey.is_module_patched("threading"):
            return work()
        if self._waiting >= self._most_waiting:
            return None
        if self._pool is None:
            self._pool = ThreadPool(1)
        self._waiting += 1
        try:
            with Timeout(self._within_s, False):
                result: T = self._pool.apply(work)
                return result
            return None
        finally:
            self._waiting -= 1
