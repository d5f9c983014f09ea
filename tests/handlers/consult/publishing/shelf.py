"""A knowledge base under test: entries published and withdrawn as staff do it, without the pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.services import Services
from handlers.consult.publishing import editing, rolling, withdrawing
from handlers.consult.publishing.editing import Written
from handlers.consult.publishing.live import live, tree_entries
from handlers.consult.publishing.records import TEXT, EntryVersion
from handlers.consult.publishing.versions import body_of
from knowledge.schema import Entry

BELT = "height.belt-required"
ASKED = "高处作业要系安全带吗"
NEW_WORDS = "要系。两米以上就算高处作业，安全带高挂低用，挂在牢靠的地方。这是新改的一版。"


def changed(entry_id: str = BELT, **fields: Any) -> str:
    """The body of an entry of the tree with other words."""
    return json.dumps({**json.loads(body_of(tree_entries()[entry_id])), **fields}, ensure_ascii=False)


def new_entry(entry_id: str, **fields: Any) -> str:
    """The body of an entry that the tree does not have."""
    entry = {
        "id": entry_id,
        "question": "无人机在工地上空飞要报备吗",
        "phrasings": [
            "工地飞无人机要不要报备",
            "航拍工地要批吗",
            "无人机拍工地行不行",
            "飞个航拍要找谁",
            "大疆在工地能飞吗",
        ],
        "answer": "要。飞之前先在系统里实名登记，在管制空域里飞要先申请。",
        "sources": [{"title": "无人驾驶航空器飞行管理暂行条例", "issuer": "国务院"}],
        "audience": ["worker"],
        **fields,
    }
    return json.dumps(entry, ensure_ascii=False)


@dataclass
class Shelf:
    """One installation's knowledge base."""

    services: Services

    def draft(self, body: str, entry_id: str = BELT, by: str = "writer", **values: Any) -> EntryVersion:
        days = {name: values.pop(name, None) for name in ("first", "last")}
        with self.services.database.begin() as session:
            return editing.start(
                session, self.services, entry_id, by, Written(body, days["first"], days["last"]), **values
            )

    def publish(
        self,
        body: str,
        entry_id: str = BELT,
        *,
        kind: str = TEXT,
        first: date | None = None,
        last: date | None = None,
        restore: bool = False,
    ) -> EntryVersion:
        """Written by one, read and published by another."""
        version = self.draft(body, entry_id, kind=kind, first=first, last=last)
        with self.services.database.begin() as session:
            version = editing.propose(session, self.services, version.id, version.edit, "writer")
            version = editing.publish(session, self.services, version.id, version.edit, "reader", restore=restore)
        return version

    def withdraw(self, entry_id: str = BELT, reason: str = "数字写错了") -> None:
        with self.services.database.begin() as session:
            withdrawing.withdraw(session, self.services, entry_id, "writer", reason)

    def restore(self, entry_id: str = BELT) -> None:
        with self.services.database.begin() as session:
            withdrawing.ask_restore(session, self.services, entry_id, "writer", "核对过了，没有错")
            withdrawing.restore(session, self.services, entry_id, "reader")

    def roll_back(self, number: int, entry_id: str = BELT) -> None:
        with self.services.database.begin() as session:
            rolling.go_back(session, self.services, entry_id, number, "writer", "改错了")

    def served(self, entry_id: str = BELT) -> Entry | None:
        """What people may be told now."""
        live().look()
        return live().serving().entry(entry_id)
