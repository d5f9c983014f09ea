"""Who asked a question is forgotten after its time; the question stays, to improve the answers."""

from __future__ import annotations

from sqlalchemy import update

from bot.features import Job
from bot.retention import DAY_S, days
from bot.services import Services
from handlers.consult.records import ConsultQuestion


def unlink(services: Services) -> int:
    """Cut questions from their people; how many were cut."""
    before = services.clock.now() - days("consult_question_unlinked_after")
    with services.database.connect_for_writing() as connection:
        changed = connection.execute(
            update(ConsultQuestion)
            .where(ConsultQuestion.asked_at < before, ConsultQuestion.person_id.is_not(None))
            .values(person_id=None)
        )
    return changed.rowcount


JOBS = (Job("consult.unlink", unlink, every_s=DAY_S, deletes=True),)
