"""How this installation is doing: what /readyz says, and the figures that /metrics reads when it is asked."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import outbox
from bot.job_records import heartbeat_age_s
from bot.services import Services
from config.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """``worker_age_s``: seconds since a worker last said it lives, None if none ever did. ``oldest_due_s``: how long
    the oldest message that could leave has been waiting, 0.0 when none is; None when the database does not answer."""

    database: bool
    cache: bool
    media: bool
    worker_age_s: float | None = None
    oldest_due_s: float | None = None

    @property
    def ready(self) -> bool:
        """Whether messages can be answered: that needs the database alone."""
        return self.database

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def health(services: Services) -> Health:
    """Ask every part. Never raises."""
    cache, media = services.cache.ping(), media_writable(services.settings)
    try:
        age = heartbeat_age_s(services)
        with services.database.reading() as session:
            due = outbox.oldest_due(session, services)
    except (SQLAlchemyError, OSError) as error:
        log.warning("health.database", error=type(error).__name__)
        return Health(database=False, cache=cache, media=media)
    waited = max(0.0, (services.clock.now() - due).total_seconds()) if due else 0.0
    return Health(True, cache, media, None if age is None else round(age, 1), round(waited, 1))


def media_writable(settings: Settings) -> bool:
    """Whether the local media folder can be written; an S3 store is taken at its word until it is used."""
    if not settings.media_url.startswith("file:"):
        return True
    folder = Path(settings.media_url.removeprefix("file:"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
