"""The worker's tables: whose turn a scheduled job is, and which workers live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import CursorResult, String, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from bot.features import Job
from bot.storage.db import Base, database_time

if TYPE_CHECKING:
    from bot.services import Services

RETRY_S = 300
FORGET_WORKER = timedelta(days=1)


class JobTick(Base):
    """When a scheduled job last began and last succeeded, in the database's time."""

    __tablename__ = "job_tick"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    last_start: Mapped[datetime | None]
    last_ok: Mapped[datetime | None]
    last_result: Mapped[str] = mapped_column(String(120), default="")


class WorkerHeartbeat(Base):
    """A worker process and when it was last alive, in the database's time."""

    __tablename__ = "worker_heartbeat"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    started_at: Mapped[datetime]
    at: Mapped[datetime]


def due_jobs(services: Services, jobs: Sequence[Job]) -> list[Job]:
    """Which of these jobs nobody began for as long as they may rest."""
    with services.database.reading() as session:
        now = database_time(session)
        started = dict(session.execute(select(JobTick.name, JobTick.last_start)).all())
    return [job for job in jobs if _is_due(started.get(job.name), job, now)]


def _is_due(last: datetime | None, job: Job, now: datetime) -> bool:
    """Also when the last start lies ahead: the machine's clock was set back."""
    every = timedelta(seconds=job.every_s)
    return last is None or last <= now - every or last > now + every


def take_turn(services: Services, job: Job) -> bool:
    """Take this turn of a scheduled job; False when another worker has it."""
    try:
        with services.database.begin() as session:
            if session.get(JobTick, job.name) is None:
                session.execute(
                    insert(JobTick),
                    {"name": job.name, "last_start": database_time(session)},
                )
                return True
    except IntegrityError:
        return False
    with services.database.begin() as session:
        now, every = database_time(session), timedelta(seconds=job.every_s)
        free = or_(
            JobTick.last_start.is_(None),
            JobTick.last_start <= now - every,
            JobTick.last_start > now + every,
        )
        result = session.execute(update(JobTick).where(JobTick.name == job.name, free).values(last_start=now))
        return isinstance(result, CursorResult) and result.rowcount == 1


def note_result(services: Services, job: Job, ok: bool) -> None:
    """Keep how the job's last run ended."""
    with services.database.begin() as session:
        now = database_time(session)
        values: dict[str, object] = {"last_result": "ok" if ok else "failed"}
        if ok:
            values["last_ok"] = now
        elif job.every_s > RETRY_S:  # a daily job that failed does not wait for tomorrow
            values["last_start"] = now - timedelta(seconds=job.every_s - RETRY_S)
        session.execute(update(JobTick).where(JobTick.name == job.name).values(**values))


def beat(services: Services, worker_id: str) -> None:
    """Note that a worker lives, and forget those unseen for a day."""
    with services.database.begin() as session:
        now = database_time(session)
        result = session.execute(update(WorkerHeartbeat).where(WorkerHeartbeat.id == worker_id).values(at=now))
        if isinstance(result, CursorResult) and result.rowcount == 0:
            session.execute(insert(WorkerHeartbeat), {"id": worker_id, "started_at": now, "at": now})
        session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.at < now - FORGET_WORKER))


def heartbeat_age_s(services: Services) -> float | None:
    """Seconds since any worker was last seen alive; None when none ever was."""
    with services.database.reading() as session:
        last = session.scalar(select(WorkerHeartbeat.at).order_by(WorkerHeartbeat.at.desc()).limit(1))
        return None if last is None else (database_time(session) - last).total_seconds()
