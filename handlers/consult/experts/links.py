"""Links to an expert's own page. A link opens on the one phone that the expert uses, until it expires or is ended.

The token of a link and the cookie of a phone are random and stand in the database as hashes. A link that somebody else
opens first or is passed on leads nowhere: it opens only on the phone that the expert's first link was opened on.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from bot.features import Job
from bot.retention import DAY_S, delete_old
from handlers.consult.experts.records import ACTIVE, Expert, ExpertInvite, ExpertLink
from handlers.consult.experts.rules import rules

if TYPE_CHECKING:
    from bot.services import Services

PATH = "/h5/expert"
TOKEN_BYTES = 32
FORM = "expert-form"


class Closed(Enum):
    """Why a link does not open."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    OTHER_PHONE = "other_phone"
    NEW_PHONE = "new_phone"
    """The expert has no phone yet: this one can become it."""
    OFF = "off"
    """The service is switched off for now."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link and a phone's cookie lead to. ``expert`` is None for a link that is nobody's."""

    expert: Expert | None
    closed: Closed | None = None


def digest(secret: str) -> str:
    """How a token or cookie stands in the database. They are random, so a plain hash keeps them."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def issue(session: Session, services: Services, expert: Expert) -> str:
    """The address of a new link to the expert's page."""
    token, now = new_secret(), services.clock.now()
    session.add(
        ExpertLink(id=digest(token), expert_id=expert.id, created_at=now, expires_at=now + rules().link, ended_at=None)
    )
    return f"{services.settings.base_url}{PATH}/{token}"


def open_link(session: Session, services: Services, token: str, cookie: str) -> Opened:
    """What ``token`` opens on the phone that sent ``cookie``."""
    link = session.get(ExpertLink, digest(token))
    if link is None:
        return Opened(None, Closed.UNKNOWN)
    expert = session.get_one(Expert, link.expert_id)
    now = services.clock.now()
    if link.ended_at is not None or link.expires_at <= now:
        return Opened(expert, Closed.EXPIRED)
    if not is_able(services, expert):
        return Opened(expert, Closed.SUSPENDED)
    if not expert.device_hash:
        return Opened(expert, Closed.NEW_PHONE)
    return Opened(expert) if is_phone_of(expert, cookie) else Opened(expert, Closed.OTHER_PHONE)


def is_phone_of(expert: Expert, cookie: str) -> bool:
    """Whether this cookie is that of the one phone that the expert's links open on."""
    return bool(expert.device_hash) and hmac.compare_digest(expert.device_hash, digest(cookie))


def is_able(services: Services, expert: Expert) -> bool:
    """Whether the expert may answer today at all: not suspended, bound to a person, within their dates."""
    today = services.clock.today()
    within = expert.valid_from <= today and (expert.valid_to is None or today <= expert.valid_to)
    return expert.state == ACTIVE and expert.person_id is not None and within


def take_phone(session: Session, expert: Expert, cookie: str) -> bool:
    """The phone with this cookie becomes the expert's; False where another became it first."""
    taken = session.execute(
        update(Expert).where(Expert.id == expert.id, Expert.device_hash == "").values(device_hash=digest(cookie))
    )
    return cast("CursorResult[Any]", taken).rowcount == 1


def end_links(session: Session, services: Services, expert: Expert) -> None:
    """No earlier link opens any more, and the next may make another phone the expert's."""
    session.execute(
        update(ExpertLink)
        .where(ExpertLink.expert_id == expert.id, ExpertLink.ended_at.is_(None))
        .values(ended_at=services.clock.now())
    )
    expert.device_hash = ""


def form_token(services: Services, cookie: str, token: str) -> str:
    """Proof that a form is from our own page: bound to the phone's cookie and to the link."""
    return services.hasher.hash(FORM, cookie, token)


def form_is_ours(services: Services, cookie: str, token: str, claimed: str) -> bool:
    return bool(cookie) and hmac.compare_digest(form_token(services, cookie, token).encode(), claimed.encode())


def forget(services: Services) -> int:
    """Delete links and codes that ended long ago."""
    gone = delete_old(services, ExpertLink, ExpertLink.expires_at, "consult_expert_link")
    return gone + delete_old(services, ExpertInvite, ExpertInvite.expires_at, "consult_expert_link")


JOBS = (Job("consult.forget_links", forget, every_s=DAY_S, deletes=True),)
