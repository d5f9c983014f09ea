"""The engine's own scheduled work."""

from __future__ import annotations

from bot import outbox, retention
from bot.features import Job
from bot.inbox import late

CORE_JOBS: tuple[Job, ...] = (
    *outbox.JOBS,
    *late.JOBS,
    *retention.JOBS,
    Job("storage.checkpoint", lambda services: services.database.checkpoint(), every_s=5),
)
