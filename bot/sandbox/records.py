"""What the control door can ask about: every API call, and every message the service sent."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.store import Store


class Records:
    """The sandbox's memory of the service's calls. Tokens and secrets are never in it."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock

    def called(self, platform: str, path: str, method: str, errcode: int) -> None:
        self._store.run(
            "INSERT INTO api_call (at, platform, path, method, errcode) VALUES (?, ?, ?, ?, ?)",
            self._clock.now().isoformat(), platform, path, method, errcode,
        )  # fmt: skip

    def sent(
        self, platform: str, path: str, to: str, body: dict[str, Any], errcode: int, msgid: str, shown: bool
    ) -> None:
        self._store.run(
            "INSERT INTO sent (at, platform, path, recipient, body, errcode, msgid, shown)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self._clock.now().isoformat(), platform, path, to, json.dumps(body, ensure_ascii=False), errcode, msgid,
            shown,
        )  # fmt: skip

    def calls(self, platform: str = "", path: str = "") -> dict[str, Any]:
        """How many calls, by path and by errcode; `path` may be the path's end."""
        rows = self._store.all(
            "SELECT platform, path, errcode, count(*) AS count FROM api_call"
            " WHERE (? = '' OR platform = ?) AND path LIKE ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            platform, platform, f"%{path}",
        )  # fmt: skip
        entries = [dict(row) for row in rows]
        return {
            "total": sum(one["count"] for one in entries),
            "calls": entries,
        }

    def forget_calls(self) -> int:
        return self._store.run("DELETE FROM api_call")

    def list_sent(self, since: int = 0, platform: str = "", to: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """Messages after id `since`, oldest first; `to` are idents, empty for all."""
        rows = self._store.all(
            "SELECT * FROM sent WHERE id > ? AND (? = '' OR platform = ?) ORDER BY id", since, platform, platform
        )
        listed = [
            {
                "id": row["id"], "at": row["at"], "platform": row["platform"], "path": row["path"],
                "to": row["recipient"], "body": json.loads(row["body"]), "errcode": row["errcode"],
                "msgid": row["msgid"], "shown": bool(row["shown"]),
            }
            for row in rows
        ]  # fmt: skip
        return [one for one in listed if not to or set(str(one["to"]).split("|")) & set(to)]
