"""What tests of the knowledge base's pages share: the edit form, the buttons, people who got an answer."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from bot.console.records import AuditEvent
from bot.directory import people
from bot.ids import new_id
from bot.outbox.records import OutboxMessage
from handlers.consult.publishing import live
from handlers.consult.publishing.records import EntryVersion, ServedAnswer
from handlers.consult.records import ANSWERED, ConsultQuestion
from tests.handlers.consult.publishing.shelf import BELT

TOKEN = {"token_from": "/console/profile/"}


def filled(**fields: object) -> dict[str, object]:
    """The edit form of the belt's entry as it opens, with changes."""
    entry = live.tree_entries()[BELT]
    form: dict[str, object] = {
        "question": entry.question,
        "phrasings": "\n".join(entry.phrasings),
        "answer": entry.answer,
        "audience": list(entry.audience),
        "hotlines": " ".join(entry.hotlines),
        "related": " ".join(entry.related),
        "detail": entry.detail,
        "steps": "\n".join(entry.steps),
    }
    for number, source in enumerate(entry.sources):
        for name, value in source.model_dump(mode="json").items():
            form[f"source-{number}-{name}"] = value or ""
    if entry.confirm:
        form["confirm"] = "1"
    return {**form, **fields}


def versions(desk) -> list[EntryVersion]:
    with desk.services.database.reading() as session:
        return list(session.scalars(select(EntryVersion).order_by(EntryVersion.number)))


def actions(desk) -> list[str]:
    with desk.services.database.reading() as session:
        return list(
            session.scalars(
                select(AuditEvent.action).where(AuditEvent.action.startswith("knowledge.")).order_by(AuditEvent.id)
            )
        )


def answered(
    desk,
    entry_id: str = BELT,
    *,
    who: str = "o-1",
    days_ago: float = 1,
    beside: str = "",
    chosen_days_ago: float | None = None,
) -> str:
    """Somebody got an entry's answer; one that they chose later is noted besides."""
    services, id_ = desk.services, new_id()
    at = services.clock.now() - timedelta(days=days_ago)
    with services.database.begin() as session:
        person = people.ensure(session, services.hasher, services.vault, "wechat", who, at)
        session.add(
            ConsultQuestion(
                id=id_, person_id=person.id, channel="wechat", request_id=new_id(), asked_at=at,
                text_sealed=services.content.encrypt("问", "consult_question", id_, "text"), outcome=ANSWERED,
                entry_id=entry_id, as_of=services.clock.today(),
            )
        )  # fmt: skip
        if beside:
            session.add(ServedAnswer(id=new_id(), question_id=id_, entry_id=beside, at=at))
        if chosen_days_ago is not None:
            chosen = services.clock.now() - timedelta(days=chosen_days_ago)
            session.add(ServedAnswer(id=new_id(), question_id=id_, entry_id=entry_id, at=chosen))
    return id_


def act(browser, version: EntryVersion, action: str, **fields: str):
    path = f"/console/knowledge/v/{version.id}"
    found = re.search(r'name="edit" value="(\d+)"', browser.get(path).text)
    edit = found[1] if found else "0"
    return browser.post(f"{path}/{action}", {"edit": edit, **fields}, **TOKEN)


def withdrawn(browser, entry_id: str = BELT) -> str:
    """Withdraw on the page; the address of the page that follows."""
    done = browser.post(f"/console/knowledge/e/{entry_id}/withdraw", {"reason": "数字写错了"}, **TOKEN)
    assert done.status_code == 302
    return done.headers["Location"]


def messages(desk) -> list[OutboxMessage]:
    with desk.services.database.reading() as session:
        return list(session.scalars(select(OutboxMessage)))
