"""Faults one can order: a platform that refuses, dawdles, or accepts a message and drops the answer."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any

from bot.sandbox.store import Row, Store


@dataclass(frozen=True)
class Fault:
    """`path` is the API path or its end ("message/template/send"), "*" for all. `remaining` None: until removed."""

    id: int
    platform: str
    path: str
    errcode: int | None
    delay_ms: int
    drop_after_accept: bool
    rate: float
    remaining: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def fits(self, platform: str, path: str) -> bool:
        return self.platform in ("*", platform) and (self.path in ("", "*") or path.endswith(self.path.rstrip("/")))


def _fault(row: Row) -> Fault:
    return Fault(
        row["id"], row["platform"], row["path"], row["errcode"], row["delay_ms"], bool(row["drop_after_accept"]),
        row["rate"], row["remaining"],
    )  # fmt: skip


class Faults:
    """The faults in force."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, platform: str, path: str, *, errcode: int | None = None, delay_ms: int = 0,
        drop_after_accept: bool = False, rate: float = 1.0, count: int | None = None,
    ) -> int:  # fmt: skip
        return self._store.insert(
            "INSERT INTO fault (platform, path, errcode, delay_ms, drop_after_accept, rate, remaining)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            platform, path, errcode, delay_ms, drop_after_accept, rate, count,
        )  # fmt: skip

    def all(self) -> list[Fault]:
        return [_fault(row) for row in self._store.all("SELECT * FROM fault ORDER BY id")]

    def remove(self, platform: str = "*", path: str = "*") -> int:
        """Remove the faults given for exactly this platform and path ("*" for any); how many."""
        return self._store.run(
            "DELETE FROM fault WHERE (? = '*' OR platform = ?) AND (? = '*' OR path = ?)",
            platform, platform, path, path,
        )  # fmt: skip

    def strike(self, platform: str, path: str) -> list[Fault]:
        """The faults that hit this call; each counts one off."""
        struck = []
        with self._store.transaction():
            for fault in self.all():
                if not fault.fits(platform, path) or random.random() >= fault.rate:
                    continue
                struck.append(fault)
                if fault.remaining is not None and fault.remaining <= 1:
                    self._store.run("DELETE FROM fault WHERE id = ?", fault.id)
                elif fault.remaining is not None:
                    self._store.run("UPDATE fault SET remaining = remaining - 1 WHERE id = ?", fault.id)
        return struck
