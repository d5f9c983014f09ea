"""What each person's phone shows: the items of a thread, each with a lasting `seq` and a `rev` that grows on change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.clock import SandboxClock
from bot.sandbox.store import Row, Store

Direction = Literal["in", "out"]
SERVICE_ERROR = "该公众号提供的服务出现故障，请稍后再试"


@dataclass(frozen=True)
class Item:
    """One bubble, card or grey line; the kinds and what `body` holds are listed in the phone's bubbles.js."""

    seq: int
    at: str
    dir: Direction
    kind: str
    body: dict[str, Any]
    exchange_id: int | None

    def as_json(self) -> dict[str, Any]:
        head = {"seq": self.seq, "at": self.at, "dir": self.dir, "kind": self.kind}
        if self.exchange_id is not None:
            head["exchange_id"] = self.exchange_id
        return {**self.body, **head}


def _item(row: Row) -> Item:
    return Item(row["seq"], row["at"], row["dir"], row["kind"], json.loads(row["body"]), row["exchange_id"])


class Chat:
    """All threads."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock

    def add(self, person: str, way: Direction, kind: str, exchange_id: int | None = None, **body: Any) -> int:
        """Append an item; its seq."""
        with self._store.transaction():
            return self._store.insert(
                "INSERT INTO item (rev, person, at, dir, kind, body, exchange_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
                self._store.next("item_rev"), person, self._clock.now().isoformat(), way, kind,
                json.dumps(body, ensure_ascii=False), exchange_id,
            )  # fmt: skip

    def change(self, seq: int, **body: Any) -> None:
        """Change an item in place; phones get it again under its old seq."""
        with self._store.transaction():
            row = self._store.one("SELECT body FROM item WHERE seq = ?", seq)
            if row is None:
                return
            merged = {**json.loads(row["body"]), **body}
            self._store.run(
                "UPDATE item SET body = ?, rev = ? WHERE seq = ?",
                json.dumps(merged, ensure_ascii=False), self._store.next("item_rev"), seq,
            )  # fmt: skip

    def get(self, seq: int) -> Item | None:
        row = self._store.one("SELECT * FROM item WHERE seq = ?", seq)
        return _item(row) if row else None

    def of_exchange(self, exchange_id: int) -> Sequence[Item]:
        return [_item(row) for row in self._store.all("SELECT * FROM item WHERE exchange_id = ?", exchange_id)]

    def since(self, person: str, after: int) -> tuple[list[Item], int]:
        """Items new or changed since the cursor `after`, in thread order, and the next cursor."""
        rows = self._store.all("SELECT * FROM item WHERE person = ? AND rev > ? ORDER BY seq", person, after)
        newest = self._store.one("SELECT max(rev) AS rev FROM item WHERE person = ?", person)
        return [_item(row) for row in rows], int(newest["rev"] or 0) if newest else 0

    def card_of(self, person: str, task: str) -> Item | None:
        """The newest interactive card with this task id on the person's phone."""
        row = self._store.one(
            "SELECT * FROM item WHERE person = ? AND kind = 'card'"
            " AND json_extract(body, '$.card.task_id') = ? ORDER BY seq DESC LIMIT 1",
            person, task,
        )  # fmt: skip
        return _item(row) if row else None
