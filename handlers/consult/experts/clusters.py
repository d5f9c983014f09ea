"""没答好的: the week's questions without a good answer, put together by what they are about. A job does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from bot.features import Job
from bot.ids import new_id
from bot.retention import DAY_S, delete_old
from handlers.consult import replies
from handlers.consult.experts.merging import essence_of, words_of
from handlers.consult.experts.records import (
    CLUSTER_CLOSED,
    CLUSTER_DRAFTED,
    CLUSTER_OPEN,
    USELESS,
    Cluster,
    ClusterQuestion,
)
from handlers.consult.experts.rules import rules
from handlers.consult.experts.sameness import Essence, grouped
from handlers.consult.records import CLARIFIED, WAITING, ConsultQuestion, EntryDraft

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

DECLINED, NEITHER = "declined", "neither"
WHY_WORDS = {DECLINED: "没有现成答案", USELESS: "说没用", NEITHER: "都不是"}
MOST = 5000
GATHER = "consult.gather"
SAMPLES = 5


class Over(Exception):
    """Somebody decided about the cluster meanwhile, or the job put it together anew."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A cluster as the page shows it. ``samples``: what people said, masked; of marked questions nothing."""

    id: str
    size: int
    people: int
    why: tuple[tuple[str, int], ...]
    samples: tuple[str, ...]
    waiting: int
    reply: str
    state: str
    decided_at: datetime | None


def gather(services: Services) -> int:
    """Put the week's unanswered questions together anew, apart from those somebody has decided about; how many groups.

    What was marked meanwhile falls out.
    """
    since = services.clock.now() - rules().cluster
    with services.database.reading() as session:
        decided = select(ClusterQuestion.question_id).join(Cluster).where(Cluster.state != CLUSTER_OPEN)
        rows = session.scalars(
            select(ConsultQuestion)
            .where(
                ConsultQuestion.asked_at >= since,
                ConsultQuestion.queue != "",
                ConsultQuestion.mark == "",
                ConsultQuestion.id.not_in(decided),
                or_(ConsultQuestion.entry_id == "", ConsultQuestion.feedback == USELESS),
            )
            .order_by(ConsultQuestion.asked_at)
            .limit(MOST)
        ).all()
    why = {row.id: _why(row) for row in rows}
    essences: dict[str, Essence] = {row.id: held for row in rows if (held := essence_of(services, row))}
    groups = grouped(essences)
    with services.database.begin() as session:
        _write(session, services, groups, why)
    log.info("experts.clusters", questions=len(essences), groups=len(groups))
    return len(groups)


def shown(session: Session, services: Services, cluster: Cluster) -> Shown:
    """One cluster with its samples; questions that are marked by now are left out."""
    rows = _rows(session, cluster.id)
    counts: dict[str, int] = {}
    for _row, why in rows:
        counts[why] = counts.get(why, 0) + 1
    questions = [row for row, _why in rows]
    answered = [row for row in questions if row.reply_sealed and row.feedback != USELESS]
    return Shown(
        id=cluster.id,
        size=len(rows),
        people=len({row.person_id or row.id for row in questions}),
        why=tuple((WHY_WORDS[code], counts[code]) for code in WHY_WORDS if code in counts),
        samples=tuple(dict.fromkeys(filter(None, (words_of(services, row) for row in questions[:SAMPLES])))),
        waiting=sum(row.queue == WAITING for row in questions),
        reply=_reply(services, answered[-1]) if answered else "",
        state=cluster.state,
        decided_at=cluster.decided_at,
    )


def draft(session: Session, services: Services, cluster_id: str, staff_id: str) -> str:
    """A draft entry from the cluster: its first question, and the answer somebody got if there is one; its id.

    Raises Over.
    """
    cluster = _take(session, services, cluster_id, CLUSTER_DRAFTED, staff_id)
    rows = [row for row, _why in _rows(session, cluster.id)]
    answered = [row for row in rows if row.reply_sealed and row.feedback != USELESS]
    drafted = set(
        session.scalars(select(EntryDraft.question_id).where(EntryDraft.question_id.in_([r.id for r in rows])))
    )
    free = [row for row in (*answered, *rows) if row.id not in drafted]
    if not free:
        raise Over
    asked = free[0]
    made = EntryDraft(
        id=new_id(),
        question_id=asked.id,
        created_by=staff_id,
        created_at=services.clock.now(),
        question=words_of(services, asked),
        answer=_reply(services, asked) if asked.reply_sealed else "",
    )
    session.add(made)
    session.flush()
    return made.id


def close(session: Session, services: Services, cluster_id: str, staff_id: str, *, waiting_too: bool) -> int:
    """Done with this cluster; with ``waiting_too`` its questions that still wait are closed unanswered, how many.

    Raises Over.
    """
    cluster = _take(session, services, cluster_id, CLUSTER_CLOSED, staff_id)
    closed = 0
    for row, _why in _rows(session, cluster.id) if waiting_too else ():
        if row.queue == WAITING:
            replies.close(session, services, row.id, staff_id)
            closed += 1
    return closed


def forget(services: Services) -> int:
    """Delete clusters of long ago, with their lists (the database's own cascade)."""
    return delete_old(services, Cluster, Cluster.made_at, "consult_cluster")


def open_count(session: Session) -> int:
    """Clusters of more than one question that nobody has looked at."""
    return session.scalar(select(func.count()).where(Cluster.state == CLUSTER_OPEN, Cluster.size > 1)) or 0


def _take(session: Session, services: Services, cluster_id: str, state: str, staff_id: str) -> Cluster:
    cluster = session.get(Cluster, cluster_id, with_for_update=True)
    if cluster is None or cluster.state != CLUSTER_OPEN:
        raise Over
    cluster.state, cluster.decided_by, cluster.decided_at = state, staff_id, services.clock.now()
    return cluster


def _write(session: Session, services: Services, groups: list[list[str]], why: dict[str, str]) -> None:
    """The open clusters become these groups. A group keeps the cluster of its first question, so that a page that is
    open stays right."""
    known = session.execute(select(ClusterQuestion.question_id, Cluster.id, Cluster.state).join(Cluster)).all()
    before = {question: cluster for question, cluster, state in known if state == CLUSTER_OPEN}
    decided = {question for question, _cluster, state in known if state != CLUSTER_OPEN}
    session.execute(delete(ClusterQuestion).where(ClusterQuestion.cluster_id.in_(set(before.values()))))
    kept: set[str] = set()
    now = services.clock.now()
    for group in groups:
        members = [question for question in group if question not in decided]
        if not members:
            continue
        id_ = before.get(members[0], "")
        if not id_ or id_ in kept:
            id_ = new_id()
        kept.add(id_)
        session.merge(Cluster(id=id_, made_at=now, size=len(members), state=CLUSTER_OPEN))
        session.flush()
        session.add_all([ClusterQuestion(question_id=one, cluster_id=id_, why=why[one]) for one in members])
    session.execute(delete(Cluster).where(Cluster.state == CLUSTER_OPEN, Cluster.id.not_in(kept)))


def _rows(session: Session, cluster_id: str) -> list[tuple[ConsultQuestion, str]]:
    wanted = (
        select(ConsultQuestion, ClusterQuestion.why)
        .join(ClusterQuestion, ClusterQuestion.question_id == ConsultQuestion.id)
        .where(ClusterQuestion.cluster_id == cluster_id, ConsultQuestion.mark == "")
        .order_by(ConsultQuestion.asked_at)
    )
    return [(row, why) for row, why in session.execute(wanted).all()]


def _why(row: ConsultQuestion) -> str:
    if row.feedback == USELESS:
        return USELESS
    return NEITHER if row.outcome == CLARIFIED else DECLINED


def _reply(services: Services, row: ConsultQuestion) -> str:
    return services.content.decrypt(row.reply_sealed, replies.TABLE, row.id, replies.REPLY) if row.reply_sealed else ""


JOBS = (
    Job(GATHER, gather, every_s=3600),
    Job("consult.forget_clusters", forget, every_s=DAY_S, deletes=True),
)
