"""What was kept long enough goes, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from bot.inbox.records import InboundMessage
from bot.retention import JOBS
from handlers.consult.records import ConsultQuestion
from handlers.consult.retention import unlink
from tests.conftest import OpenFront


def _run(services) -> None:
    for job in JOBS:
        job.run(services)


def test_a_message_goes_after_its_time_and_a_newer_one_stays(open_front: OpenFront) -> None:
    front = open_front()
    front.say("高处作业要系安全带吗")
    front.say("灭火器怎么用")
    services = front.services
    with services.database.begin() as session:
        oldest = session.scalar(select(InboundMessage.id).order_by(InboundMessage.id).limit(1))
        old = services.clock.now() - timedelta(days=181)
        session.execute(update(InboundMessage).where(InboundMessage.id == oldest).values(received_at=old))
    _run(services)
    with services.database.reading() as session:
        assert session.scalars(select(InboundMessage.id)).all() != [oldest]
        assert session.scalar(select(func.count(InboundMessage.id))) == 1


def test_who_asked_is_forgotten_but_not_what(open_front: OpenFront) -> None:
    front = open_front()
    front.say("高处作业要系安全带吗")
    services = front.services
    assert unlink(services) == 0
    with services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(asked_at=services.clock.now() - timedelta(days=181)))
    assert unlink(services) == 1
    with services.database.reading() as session:
        kept = session.scalars(select(ConsultQuestion)).one()
        assert kept.person_id is None
        text = services.content.decrypt(kept.text_sealed, "consult_question", kept.id, "text")
        assert text == "高处作业要系安全带吗"
