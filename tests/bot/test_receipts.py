"""A template message's receipt comes in by the webhook and reaches the outbox."""

from __future__ import annotations

from sqlalchemy import select, update

from bot import outbox
from bot.inbox.records import InboundMessage
from bot.messages import Template
from bot.outbox import Draft
from bot.outbox.records import OutboxMessage, OutboxReceipt
from tests.conftest import OpenFront


def _receipt(front, message_id: str, status: str = "success") -> str:
    return front.send("event", Event="TEMPLATESENDJOBFINISH", MsgID=message_id, Status=status)


def test_a_receipt_delivers_the_message_and_a_second_changes_nothing(open_front: OpenFront) -> None:
    front = open_front()
    front.say("灭火器怎么用")
    services, push = front.services, Template("tpl", {"thing1": "周报"})
    draft = Draft(kind="test", subject="s", step="x", person_id=front.person_id(), channel="wechat", push=push)
    with services.database.begin() as session:
        outbox.plan(session, services, draft)
        session.execute(update(OutboxMessage).values(state="accepted", provider_id="4711"))
    assert _receipt(front, "4711") == ""
    assert _receipt(front, "4711", "failed:user block") == ""
    with services.database.reading() as session:
        assert session.scalars(select(OutboxMessage.state)).one() == "delivered"
        assert "failed" not in session.scalars(select(InboundMessage.status)).all()


def test_a_receipt_for_nothing_of_ours_is_parked_and_said_nothing_about(open_front: OpenFront) -> None:
    front = open_front()
    assert _receipt(front, "99") == ""
    assert front.count(OutboxReceipt) == 1
