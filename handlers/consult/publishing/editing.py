"""Writing a version of an entry: draft, saved, proposed, sent back or published by a second reader, taken back.

Everything here happens in the caller's transaction. Changes of what is served bump the revision; after the commit call
``live().look()``. Each change is a compare-and-set on the version's ``edit``: who saves over somebody's newer words is
told, and nothing of either is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot.ids import new_id
from handlers.consult.publishing import store, withdrawing
from handlers.consult.publishing.answerers import answerers
from handlers.consult.publishing.events import Refused, note, staff_name
from handlers.consult.publishing.live import live, tree_entries
from handlers.consult.publishing.records import (
    DRAFT,
    DROPPED,
    HIDE,
    PROPOSED,
    PUBLISHED,
    REPLACED,
    TEXT,
    EntryEvent,
    EntryVersion,
)
from handlers.consult.publishing.versions import body_of, fingerprint, read_body, superseded

if TYPE_CHECKING:
    from bot.services import Services

OPEN = (DRAFT, PROPOSED)
WRITING = ("draft", "save")
"""What is done to a version by who writes it."""


class Conflict(Refused):
    """Somebody else saved first; ``version`` is theirs."""

    def __init__(self, version: EntryVersion) -> None:
        super().__init__("您打开以后，这一条又被别人改过。")
        self.version = version


@dataclass(frozen=True, slots=True)
class Written:
    """What an editor hands in: the body as JSON, from when until when it holds, and why it is changed."""

    body: str
    first: date | None = None
    last: date | None = None
    note: str = ""


def open_version(session: Session, entry_id: str) -> EntryVersion | None:
    """The entry's draft or proposal, of which there is at most one."""
    return session.scalar(select(EntryVersion).where(EntryVersion.open_for == entry_id))


def start(
    session: Session,
    services: Services,
    entry_id: str,
    by: str,
    written: Written,
    *,
    kind: str = TEXT,
    question: str = "",
) -> EntryVersion:
    """A draft over what is served now. Raises Conflict where there is one already."""
    there = open_version(session, entry_id)
    if there is not None:
        raise Conflict(there)
    served, now = live().serving().index.by_id.get(entry_id), services.clock.now()
    version = EntryVersion(
        id=new_id(),
        entry_id=entry_id,
        open_for=entry_id,
        number=highest(session, entry_id) + 1,
        kind=kind,
        body=written.body,
        over=fingerprint(served),
        tree=fingerprint(tree_entries().get(entry_id)),
        effective_from=written.first,
        effective_to=written.last,
        note=written.note,
        question_id=question,
        written_by=by,
        written_at=now,
    )
    session.add(version)
    session.flush()
    note(session, services, entry_id, "draft", by, version.number, at=now)
    return version


def save(session: Session, services: Services, version_id: str, edit: int, by: str, written: Written) -> EntryVersion:
    """Put these words into the draft; what was proposed becomes a draft again. Raises Conflict."""
    values = {
        "body": written.body,
        "effective_from": written.first,
        "effective_to": written.last,
        "note": written.note,
        "state": DRAFT,
    }
    version = _change(session, version_id, edit, OPEN, values)
    note(session, services, version.entry_id, "save", by, version.number)
    return version


def propose(session: Session, services: Services, version_id: str, edit: int, by: str) -> EntryVersion:
    """Ask for a second reader. Raises Conflict, or Refused where the words do not fit yet."""
    version = _change(session, version_id, edit, (DRAFT,), {"state": PROPOSED, "returned": ""})
    _entry(version)
    note(session, services, version.entry_id, "propose", by, version.number, version.note)
    return version


def send_back(session: Session, services: Services, version_id: str, edit: int, by: str, why: str) -> EntryVersion:
    """To the writer again, with a reason. Raises Conflict, or Refused without one."""
    if not why.strip():
        raise Refused("请写明退回的原因，写的人好改。")
    version = _change(session, version_id, edit, (PROPOSED,), {"state": DRAFT, "returned": why.strip()})
    note(session, services, version.entry_id, "send_back", by, version.number, why.strip())
    return version


def drop(session: Session, services: Services, version_id: str, edit: int, by: str) -> EntryVersion:
    """Put the draft away; its words are kept in the history. Raises Conflict."""
    version = _change(session, version_id, edit, OPEN, {"state": DROPPED, "open_for": None})
    note(session, services, version.entry_id, "drop", by, version.number)
    return version


def publish(
    session: Session, services: Services, version_id: str, edit: int, by: str, *, restore: bool = False
) -> EntryVersion:
    """Serve it from its first day on. ``restore``: an entry that is withdrawn is answered again, if the version holds
    at once. Raises Conflict, or Refused for a reader who wrote any of it, and for days that have passed."""
    version = session.get(EntryVersion, version_id)
    if version is None:
        raise Refused("没有这一版。")
    if by in writers(session, version):
        raise Refused("您自己写过这一版，要请另一个人复核发布。")
    today = services.clock.today()
    if version.effective_to is not None and version.effective_to < today:
        raise Refused("这一版的截止日期已经过了，请先改日期。")
    values: dict[str, Any] = {
        "state": PUBLISHED,
        "open_for": None,
        "body": _reviewed(session, version, by, today),
        "number": _number_to_publish(session, version),
        "read_by": by,
        "read_at": services.clock.now(),
    }
    version = _change(session, version_id, edit, (PROPOSED,), values)
    _replace_others(session, version, today)
    note(session, services, version.entry_id, "publish", by, version.number)
    at_once = version.effective_from is None or version.effective_from <= today
    if restore and at_once:
        withdrawing.restore_for_new_version(session, services, version.entry_id, by)
    store.bump(session)
    return version


def writers(session: Session, version: EntryVersion) -> frozenset[str]:
    """Everybody whose words are in it: who began it, who saved it, who wrote an earlier version with the same words,
    who gave an answer to the question that it came from."""
    alike = select(EntryVersion).where(EntryVersion.entry_id == version.entry_id, EntryVersion.body == version.body)
    rows = [version, *(session.scalars(alike) if version.kind == TEXT else ())]
    saved = session.scalars(
        select(EntryEvent.by).where(
            EntryEvent.entry_id == version.entry_id,
            EntryEvent.number.in_([row.number for row in rows]),
            EntryEvent.action.in_(WRITING),
        )
    )
    answered = answerers(session, version.question_id) if version.question_id else ()
    return frozenset({*(row.written_by for row in rows), *saved, *answered})


def last_written(session: Session, version: EntryVersion) -> tuple[str, datetime]:
    """Who put the version's present words there, and when."""
    event = session.scalar(
        select(EntryEvent)
        .where(
            EntryEvent.entry_id == version.entry_id,
            EntryEvent.number == version.number,
            EntryEvent.action.in_(WRITING),
        )
        .order_by(EntryEvent.id.desc())
        .limit(1)
    )
    return (event.by, event.at) if event is not None else (version.written_by, version.written_at)


def _change(
    session: Session, version_id: str, edit: int, states: tuple[str, ...], values: dict[str, Any]
) -> EntryVersion:
    changed = session.execute(
        update(EntryVersion)
        .where(EntryVersion.id == version_id, EntryVersion.edit == edit, EntryVersion.state.in_(states))
        .values(edit=edit + 1, **values)
        .execution_options(synchronize_session=False)
    )
    version = session.get(EntryVersion, version_id, populate_existing=True)
    if version is None:
        raise Refused("没有这一版。")
    if isinstance(changed, CursorResult) and changed.rowcount != 1:
        raise Conflict(version)
    return version


def _entry(version: EntryVersion) -> None:
    if version.kind == HIDE:
        return
    try:
        read_body(version.body)
    except ValueError:
        raise Refused("还有没填好的地方，改好再请人复核。") from None


def _reviewed(session: Session, version: EntryVersion, by: str, today: date) -> str:
    """The body with who read it, and when."""
    if version.kind == HIDE:
        return ""
    _entry(version)
    entry = read_body(version.body)
    return body_of(entry.model_copy(update={"reviewed_by": staff_name(session, by), "reviewed_on": today}))


def _number_to_publish(session: Session, version: EntryVersion) -> int:
    """The highest: a version that was begun before another was published comes after it all the same."""
    newest = highest(session, version.entry_id)
    return version.number if version.number == newest else newest + 1


def highest(session: Session, entry_id: str) -> int:
    """The number of the entry's newest version; 0 for none."""
    return session.scalar(select(func.max(EntryVersion.number)).where(EntryVersion.entry_id == entry_id)) or 0


def _replace_others(session: Session, version: EntryVersion, today: date) -> None:
    rows = session.scalars(
        select(EntryVersion).where(EntryVersion.entry_id == version.entry_id, EntryVersion.state == PUBLISHED)
    ).all()
    gone = superseded([store.outline(row) for row in rows], store.outline(version), today)
    for row in rows:
        if row.number in gone:
            row.state = REPLACED
    session.flush()
