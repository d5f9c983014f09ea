"""A hazard that was asked about and not confirmed is not lost: after a while the officer on duty sees it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from bot.features import Job
from bot.services import Services
from handlers.consult.records import CLARIFIED, HAZARD, WAITING, ConsultQuestion

UNANSWERED = timedelta(minutes=10)
LOOKED_BACK = timedelta(days=7)
EVERY_S = 60


def bring_unanswered(services: Services) -> int:
    """Put what nobody confirmed or took back on the officer's queue; how many. Any number of workers may run it."""
    now = services.clock.now()
    with services.database.connect_for_writing() as connection:
        changed = connection.execute(
            update(ConsultQuestion)
            .where(
                ConsultQuestion.queue == "",
                ConsultQuestion.asked_at.between(now - LOOKED_BACK, now - UNANSWERED),
                ConsultQuestion.mark == HAZARD,
                ConsultQuestion.outcome == CLARIFIED,
            )
            .values(queue=WAITING)
        )
    return changed.rowcount


JOBS = (Job("consult.hazards_unanswered", bring_unanswered, every_s=EVERY_S),)
