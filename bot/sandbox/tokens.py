"""Access tokens. WeChat has two kinds that know nothing of each other; WeCom returns the same one while it is valid."""

from __future__ import annotations

import secrets
import time
from typing import Literal

from bot.sandbox.clock import SandboxClock
from bot.sandbox.store import Store

Kind = Literal["ordinary", "stable", "wecom", "user", "jsapi"]
LIFE_S = 7200
OVERLAP_S = 300
FORCED_A_DAY = 20
FORCED_APART_S = 30


class TooOften(Exception):
    """A forced refresh beyond the day's twenty (`daily`), or within 30 s of the one before."""

    def __init__(self, *, daily: bool) -> None:
        super().__init__("daily" if daily else "apart")
        self.daily = daily


class Tokens:
    """Issues and checks tokens by the sandbox's clock."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def issue(self, platform: str, kind: Kind) -> tuple[str, int]:
        """A new token and its seconds to live; the ordinary one before it lives five minutes more at most."""
        now, value = self._now(), secrets.token_urlsafe(96)
        with self._store.transaction():
            if kind == "ordinary":
                self._store.run(
                    "UPDATE token SET expires = min(expires, ?) WHERE platform = ? AND kind = ?",
                    now + OVERLAP_S, platform, kind,
                )  # fmt: skip
            self._store.run("INSERT INTO token VALUES (?, ?, ?, ?, ?, 0)", value, platform, kind, now, now + LIFE_S)
        return value, LIFE_S

    def current(self, platform: str, kind: Kind) -> tuple[str, int]:
        """The valid token, or a new one in its last five minutes; both then work till the old one ends."""
        with self._store.transaction():
            row = self._store.one(
                "SELECT value, expires FROM token WHERE platform = ? AND kind = ? AND NOT dead AND expires > ?"
                " ORDER BY created DESC LIMIT 1",
                platform, kind, self._now() + OVERLAP_S,
            )  # fmt: skip
            if row is None:
                return self.issue(platform, kind)
            return row["value"], int(row["expires"] - self._now())

    def force(self, platform: str) -> tuple[str, int]:
        """A forced new stable token; the old one dies at once. Raises TooOften."""
        now = self._now()
        with self._store.transaction():
            used = self._store.one("SELECT count(*) AS n, max(at) AS last FROM refresh WHERE at > ?", now - 86400)
            assert used is not None
            if used["n"] >= FORCED_A_DAY:
                raise TooOften(daily=True)
            if used["last"] is not None and now - used["last"] < FORCED_APART_S:
                raise TooOften(daily=False)
            self._store.run("INSERT INTO refresh VALUES (?, ?)", now, time.time())
            self._store.run("UPDATE token SET dead = 1 WHERE platform = ? AND kind = 'stable'", platform)
            return self.issue(platform, "stable")

    def state(self, platform: str, value: str) -> Literal["valid", "expired", "unknown"]:
        """Whether an API call may use `value`."""
        row = self._store.one(
            "SELECT expires, dead FROM token WHERE value = ? AND platform = ?"
            " AND kind IN ('ordinary', 'stable', 'wecom')",
            value, platform,
        )  # fmt: skip
        if row is None or row["dead"]:
            return "unknown"
        return "valid" if row["expires"] > self._now() else "expired"

    def kill(self, platform: str) -> int:
        """Make every token of a platform invalid, as another process's refresh would; how many."""
        return self._store.run("UPDATE token SET dead = 1 WHERE platform = ? AND NOT dead", platform)
