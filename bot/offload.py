"""Work that blocks in C (an fsync, a lock of another process), kept from stopping everyone else in a gevent process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gevent import get_hub, monkey

T = TypeVar("T")


def offload(work: Callable[[], T]) -> T:
    """``work()``, in a native thread where greenlets would wait for it, else right here.

    ``work`` must touch no lock, socket or queue of the standard library: those belong to the greenlets' thread.
    """
    if not monkey.is_module_patched("threading"):
        return work()
    result: T = get_hub().threadpool.apply(work)
    return result
