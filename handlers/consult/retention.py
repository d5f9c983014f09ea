"""Who asked a question is forgotten after its time; the question stays, to improve the answers."""

from __future__ import annotations

from sqlalchemy import update

from bot.features import Job
from bot.retention import DAY_S, days, delete_old
from bot.services import Services
from handlers.consult.publishing.records import EvaluationRun, ServedAnswer
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


def forget_served(services: Services) -> int:
    """Delete which further answers were given; how many rows went."""
    return delete_old(services, ServedAnswer, ServedAnswer.at, "consult_served")


def forget_evaluations(services: Services) -> int:
    """Delete old figures; how many rows went."""
    return delete_old(services, EvaluationRun, EvaluationRun.asked_at, "consult_evaluation")


JOBS = (
    Job("consult.unlink", unlink, every_s=DAY_S, deletes=True),
    Job("consult.forget_served", forget_served, every_s=DAY_S, deletes=True),
    Job("consult.forget_evaluations", forget_evaluations, every_s=DAY_S, deletes=True),
)
