"""The knowledge base as staff see it: every entry with how it stands, one entry with its history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.audit import COMMAND
from bot.console.records import Staff
from handlers.consult.publishing.diffs import Difference, differences
from handlers.consult.publishing.events import ACTION_WORDS
from handlers.consult.publishing.live import live, tree_entries
from handlers.consult.publishing.records import (
    DRAFT,
    HIDE,
    PROPOSED,
    PUBLISHED,
    EntryEvent,
    EntryVersion,
    Withdrawal,
)
from handlers.consult.publishing.store import as_published, outline
from handlers.consult.publishing.versions import body_of, fingerprint, holding, overlay
from knowledge.content import load_topics
from knowledge.schema import Entry
from knowledge.text import normalise

VIEWS: Mapping[str, str] = {
    "all": "全部",
    "confirm": "待确认",
    "withdrawn": "已撤回",
    "changed": "改过的",
    "open": "草稿和待复核",
}
STATE_WORDS: Mapping[str, str] = {
    "draft": "草稿",
    "proposed": "等人复核",
    "published": "已发布",
    "replaced": "被后来的替换",
    "rolled_back": "已退回",
    "dropped": "已放弃",
}
SHOWN = 50
NEAR = 20
"""Entries that a search finds by its words besides those in which they stand."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the list. ``served`` is False for one that is hidden, not begun, or a draft alone."""

    id: str
    question: str
    topic: str
    served: bool
    confirm: bool
    withdrawn: bool
    changed: bool
    in_tree: bool
    open_state: str

    @property
    def open_words(self) -> str:
        return STATE_WORDS.get(self.open_state, "")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list and how many entries each view has."""

    rows: tuple[Row, ...]
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """One step of an entry's history."""

    at: datetime
    by: str
    words: str
    note: str


@dataclass(frozen=True, slots=True)
class Stand:
    """How one entry stands. ``served`` is what people would hear today were it not withdrawn; ``holding`` the version
    that it comes from, None for the tree's own. ``base_changed``: what the tree says now differs from what it said when
    that version was written."""

    id: str
    served: Entry | None
    tree: Entry | None
    holding: EntryVersion | None
    coming: tuple[EntryVersion, ...]
    opened: EntryVersion | None
    withdrawal: Withdrawal | None
    versions: tuple[EntryVersion, ...]
    history: tuple[Told, ...]
    names: Mapping[str, str]

    @property
    def base_changed(self) -> bool:
        return self.holding is not None and self.holding.tree != fingerprint(self.tree) and not self.in_the_tree_now

    @property
    def in_the_tree_now(self) -> bool:
        """The published version and the tree say the same: a release took it over."""
        return self.holding is not None and self.served is not None and same(self.served, self.tree)

    @property
    def over_tree(self) -> tuple[Difference, ...]:
        """From the tree's words to those that are served."""
        return differences(fields_of(self.tree), fields_of(self.served))


@lru_cache(maxsize=1)
def topics() -> Mapping[str, str]:
    """Code → name of every topic."""
    return {topic.topic: topic.name for topic in load_topics()}


def fields_of(entry: Entry | None) -> Mapping[str, Any]:
    """An entry's fields as a body holds them; empty for none."""
    fields: Mapping[str, Any] = json.loads(body_of(entry)) if entry is not None else {}
    return fields


def same(one: Entry | None, other: Entry | None) -> bool:
    return fingerprint(one) == fingerprint(other)


def listed(
    session: Session, day: date, *, view: str = "all", topic: str = "", words: str = "", page: int = 1
) -> Listing:
    """The entries of a view and of a topic; with ``words`` those in which all of them stand, then those that a question
    in these words would find. Else in the tree's order, new ones last."""
    rows = [(row, text) for row, text in _rows(session, day) if not topic or row.topic == topic]
    everything = _found(rows, words) if words.strip() else [row for row, _ in rows]
    counts = {name: sum(_in_view(row, name) for row in everything) for name in VIEWS}
    found = [row for row in everything if _in_view(row, view)]
    return Listing(tuple(found[(page - 1) * SHOWN : page * SHOWN]), len(found), counts)


def stand(session: Session, entry_id: str, day: date) -> Stand | None:
    """One entry; None for an id that is neither in the tree nor in any version."""
    versions = session.scalars(
        select(EntryVersion).where(EntryVersion.entry_id == entry_id).order_by(EntryVersion.number.desc())
    ).all()
    tree = tree_entries().get(entry_id)
    if tree is None and not versions:
        return None
    published = [row for row in versions if row.state == PUBLISHED]
    held = holding(map(outline, published), day).get(entry_id)
    now = next((row for row in published if held and row.number == held.number), None)
    events = session.scalars(
        select(EntryEvent).where(EntryEvent.entry_id == entry_id).order_by(EntryEvent.at.desc(), EntryEvent.id.desc())
    ).all()
    names = staff_names(session)
    return Stand(
        id=entry_id,
        served=_served(tree, now, day),
        tree=tree,
        holding=now,
        coming=tuple(row for row in published if row.effective_from and row.effective_from > day),
        opened=next((row for row in versions if row.open_for), None),
        withdrawal=session.scalar(select(Withdrawal).where(Withdrawal.open_for == entry_id)),
        versions=tuple(versions),
        history=tuple(_told(event, names) for event in events),
        names=names,
    )


def staff_names(session: Session) -> Mapping[str, str]:
    """Id → name of everybody who ever signed in here."""
    rows = session.execute(select(Staff.id, Staff.name)).all()
    return {COMMAND: "命令行", **{row.id: row.name for row in rows}}


def waiting_for_a_reader(session: Session) -> list[EntryVersion]:
    """Proposals, the oldest first."""
    return list(
        session.scalars(select(EntryVersion).where(EntryVersion.state == PROPOSED).order_by(EntryVersion.written_at))
    )


def question_of(version: EntryVersion) -> str:
    """What a version is about, in words; its id where it has no question yet."""
    try:
        said = str(json.loads(version.body or "{}").get("question", ""))
    except ValueError:
        said = ""
    entry = tree_entries().get(version.entry_id)
    return said or (entry.question if entry else "") or version.entry_id


def _served(tree: Entry | None, held: EntryVersion | None, day: date) -> Entry | None:
    if held is None:
        return tree
    try:
        version = as_published(held)
    except ValueError:
        return tree
    found = overlay((tree,) if tree else (), [version], day)
    return found[0] if found else None


def _rows(session: Session, day: date) -> list[tuple[Row, str]]:
    """Every entry, with the text it is searched by."""
    serving, tree = live().serving(), tree_entries()
    opened = {
        row.entry_id: row for row in session.scalars(select(EntryVersion).where(EntryVersion.open_for.is_not(None)))
    }
    published = session.scalars(select(EntryVersion).where(EntryVersion.state == PUBLISHED)).all()
    held = holding(map(outline, published), day)
    ids = [*tree, *sorted({*(row.entry_id for row in published), *opened} - tree.keys())]
    return [
        _row(entry_id, serving.index.by_id.get(entry_id), opened.get(entry_id), entry_id in held, serving.withdrawn)
        for entry_id in ids
    ]


def _row(
    entry_id: str, served: Entry | None, opened: EntryVersion | None, held: bool, withdrawn: frozenset[str]
) -> tuple[Row, str]:
    tree = tree_entries().get(entry_id)
    shown = served or tree
    row = Row(
        id=entry_id,
        question=shown.question if shown else question_of(opened) if opened else entry_id,
        topic=entry_id.split(".")[0],
        served=served is not None,
        confirm=shown.confirm if shown else False,
        withdrawn=entry_id in withdrawn,
        changed=held and not (served is not None and same(served, tree)),
        in_tree=tree is not None,
        open_state=opened.state if opened else "",
    )
    text = "\n".join((shown.question, *shown.phrasings, shown.answer)) if shown else row.question
    return row, text


def _found(rows: Sequence[tuple[Row, str]], words: str) -> list[Row]:
    sought = [normalise(word) for word in words.split()]
    stands = [row for row, text in rows if words.strip().lower() in row.id or _all_stand(sought, normalise(text))]
    near = [candidate.entry.id for candidate in live().serving().index.search(words, NEAR)]
    others = {row.id: row for row, _ in rows if row not in stands}
    return [*stands, *(others[one] for one in near if one in others)]


def _all_stand(sought: Sequence[str], text: str) -> bool:
    return any(sought) and all(word in text for word in sought)


def _in_view(row: Row, view: str) -> bool:
    match view:
        case "confirm":
            return row.confirm and row.served
        case "withdrawn":
            return row.withdrawn
        case "changed":
            return row.changed
        case "open":
            return bool(row.open_state)
        case _:
            return True


def _told(event: EntryEvent, names: Mapping[str, str]) -> Told:
    which = f"（第{event.number}版）" if event.number else "（程序里的）" if event.action == "rollback" else ""
    words = f"{ACTION_WORDS.get(event.action, event.action)}{which}"
    return Told(event.at, names.get(event.by, "已离开的人"), words, event.note)


def describe(version: EntryVersion) -> str:
    """When it holds, in words; "" for without bound."""
    days = []
    if version.effective_from:
        days.append(f"{version.effective_from:%Y-%m-%d}起")
    if version.effective_to:
        days.append(f"用到{version.effective_to:%Y-%m-%d}")
    return "，".join(days)


def is_hiding(version: EntryVersion) -> bool:
    return version.kind == HIDE


def is_open(version: EntryVersion) -> bool:
    return version.state in (DRAFT, PROPOSED)


def comparable(versions: Sequence[EntryVersion]) -> Sequence[EntryVersion]:
    """Those one may go back to."""
    return [row for row in versions if row.state in ("replaced", "rolled_back")]
