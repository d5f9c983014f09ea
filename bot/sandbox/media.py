"""Temporary media: what people sent and the service uploaded. media/get forgets them after three days."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.sandbox.clock import SandboxClock
from bot.sandbox.store import Store

LIFE_S = 3 * 86400
MB = 1024 * 1024
MAX_BYTES = {"image": 10 * MB, "voice": 2 * MB, "video": 10 * MB, "thumb": 64 * 1024, "file": 20 * MB}
MIN_BYTES = 5


@dataclass(frozen=True)
class Medium:
    id: str
    platform: str
    type: str
    mime: str
    name: str
    created: float
    data: bytes


class Media:
    """The media of both platforms, kept in the store."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock

    def keep(self, platform: str, kind: str, data: bytes, mime: str, name: str = "") -> str:
        """Store `data`; its media id."""
        media_id = secrets.token_urlsafe(48)
        self._store.run(
            "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)",
            media_id, platform, kind, mime, name, self._clock.now().timestamp(), data,
        )  # fmt: skip
        return media_id

    def get(self, media_id: str) -> Medium | None:
        """Any medium ever kept, for the phone's own pictures."""
        row = self._store.one("SELECT * FROM media WHERE id = ?", media_id)
        return Medium(*row) if row else None

    def live(self, platform: str, media_id: str) -> Medium | None:
        """One the platform still gives out: its own, and not older than three days."""
        found = self.get(media_id)
        if found is None or found.platform != platform:
            return None
        return found if self._clock.now().timestamp() - found.created <= LIFE_S else None
