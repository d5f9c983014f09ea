"""Who answered a question that became an entry: nobody of them is the second reader of their own words."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.console.records import Staff
from handlers.consult.experts.answers import versions
from handlers.consult.experts.records import Expert
from handlers.consult.records import ConsultQuestion


def answerers(session: Session, question_id: str) -> frozenset[str]:
    """Ids of all who wrote a version of its answer, the first as the last, and of the accounts that are theirs.

    An expert answers on a phone and may sign in to the console besides: the account of the same person, or of the same
    name, is taken for theirs.
    """
    replied = session.scalar(select(ConsultQuestion.replied_by).where(ConsultQuestion.id == question_id))
    found = {answer.author for answer in versions(session, question_id)} | ({replied} if replied else set())
    theirs = or_(Staff.name == Expert.name, Staff.person_id == Expert.person_id)
    accounts = session.scalars(select(Staff.id).join(Expert, theirs).where(Expert.id.in_(found)))
    return frozenset({*found, *accounts})
