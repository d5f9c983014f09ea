"""Cards to the officers on duty about hazards and sensitive questions that wait: no expert sees these, so nobody else
would. The first one at once, what comes soon after it together. A card says how many, never what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from bot import outbox
from bot.directory.duty import OnDuty, on_duty
from bot.features import Job, OutboxKind
from bot.messages import Card
from bot.outbox.records import OutboxMessage
from handlers.consult.records import HAZARD, WAITING, ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

KIND, STEP, TOGETHER = "consult.marked", "waiting", "with_another"
EVERY = timedelta(minutes=5)
MOST = 200
EVERY_S = 5


def tell(services: Services) -> int:
    """Tell everyone on duty of what is new and waits; how many questions they were told of."""
    with services.database.reading() as session:
        if not session.scalar(select(_untold().exists())) or not on_duty(session):
            return 0
    with services.database.begin() as session:
        if _told_lately(session, services.clock.now()):
            return 0
        officers = on_duty(session)
        rows = session.scalars(_untold().order_by(ConsultQuestion.asked_at).limit(MOST)).all()
        for officer in officers:
            for number, row in enumerate(rows):
                _plan(session, services, officer, row, _card(services, rows))
                if number:
                    outbox.cancel(session, services, KIND, row.id, TOGETHER)
    if rows:
        outbox.wake(services)
        log.info("consult.marked_told", questions=len(rows), officers=len(officers))
    return len(rows)


def still_wanted(services: Services, _question_id: str) -> str:
    """Why a card need not leave any more: somebody saw to all of it."""
    with services.database.reading() as session:
        waits = select(ConsultQuestion.id).where(ConsultQuestion.queue == WAITING, ConsultQuestion.mark != "")
        return "" if session.scalar(waits.limit(1)) else "nothing_waits"


def _untold() -> Select[Any]:
    """What waits and was told to nobody since it came, or came back after an answer."""
    told = exists().where(
        OutboxMessage.kind == KIND,
        OutboxMessage.subject == ConsultQuestion.id,
        or_(ConsultQuestion.replied_at.is_(None), OutboxMessage.planned_at >= ConsultQuestion.replied_at),
    )
    return select(ConsultQuestion).where(ConsultQuestion.queue == WAITING, ConsultQuestion.mark != "", ~told)


def _told_lately(session: Session, now: datetime) -> bool:
    last = session.scalar(select(func.max(OutboxMessage.planned_at)).where(OutboxMessage.kind == KIND))
    return last is not None and now - EVERY < last <= now


def _plan(session: Session, services: Services, officer: OnDuty, row: ConsultQuestion, card: Card) -> None:
    before = select(func.count()).where(
        OutboxMessage.kind == KIND, OutboxMessage.subject == row.id, OutboxMessage.person_id == officer.person_id
    )
    outbox.plan(
        session,
        services,
        outbox.Draft(
            kind=KIND,
            subject=row.id,
            step=STEP,
            version=(session.scalar(before) or 0) + 1,
            person_id=officer.person_id,
            channel=officer.channel,
            push=card,
            urgent=True,
        ),
    )


def _card(services: Services, rows: Sequence[ConsultQuestion]) -> Card:
    hazards = sum(row.mark == HAZARD for row in rows)
    kinds = [f"隐患{hazards}件"] if hazards else []
    kinds += [f"敏感来信{len(rows) - hazards}件"] if len(rows) > hazards else []
    return Card(
        title=f"有{len(rows)}件来信等值班员看",
        text=f"{'、'.join(kinds)}。只有值班员看得到，请点开看原话：隐患请核实、转办，办了什么再告诉对方。",
        url=f"{services.settings.base_url}/console/consult/?view=marked",
    )


JOBS = (Job("consult.tell_officers", tell, every_s=EVERY_S),)
OUTBOX_KINDS = (OutboxKind(KIND, still_wanted),)
