"""What becomes of a message after an attempt: pure rules over what the platform answered.

Sources: the platforms' error codes (``bot.channels.errors``), the ten minutes for which WeChat remembers a
``client_msg_id``, and WeCom's duplicate interval, set to the same ten minutes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.channels.errors import ChannelError, ErrorClass, account_wide
from bot.clock import SHANGHAI, to_local
from bot.messages import ChannelName
from bot.outbox.records import (
    ACCEPTED,
    EXPIRED,
    FAILED,
    NO_ANSWER,
    PLANNED,
    UNCERTAIN,
    UNFOLLOWED,
    UNKNOWN,
    WINDOW_CLOSED,
)

BACK_OFF_S = (15, 30, 60, 120, 240, 480, 900)
GUARDED_FOR = timedelta(minutes=8)
"""How long after a send without an answer it may be repeated under the platform's own key (which lasts ten minutes)."""
OPERATOR_HOLD = timedelta(minutes=5)
LEAST_TOKEN_HOLD_S = 5
QUOTA_BACK = time(0, 5)
"""When quotas are whole again, in Asia/Shanghai."""

_PERSON = {
    ErrorClass.WINDOW_CLOSED: WINDOW_CLOSED,
    ErrorClass.UNFOLLOWED: UNFOLLOWED,
    ErrorClass.REFUSED: "refused",
    ErrorClass.UNREACHABLE: "unreachable",
    ErrorClass.EXPIRED: "media_expired",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known of the message when an attempt ended badly; ``number`` counts from 1."""

    channel: ChannelName
    api: str
    guarded: bool
    number: int
    expires_at: datetime
    first_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to write. ``hold`` names what waits until ``hold_until``; ``alarm`` calls an operator."""

    state: str
    reason: str = ""
    errcode: int = 0
    not_before: datetime | None = None
    first_sent_at: datetime | None = None
    counts: bool = True
    hold: str = ""
    hold_until: datetime | None = None
    alarm: bool = False


def back_off(number: int) -> timedelta:
    """How long to wait after the attempt of this number, a little scattered."""
    seconds = BACK_OFF_S[min(max(number, 1), len(BACK_OFF_S)) - 1]
    return timedelta(seconds=seconds * random.uniform(1.0, 1.1))


def may_repeat(guarded: bool, first_sent_at: datetime | None, now: datetime) -> bool:
    """Whether a send that got no answer may be made again. Not after the clock was moved either way."""
    return guarded and first_sent_at is not None and timedelta(0) <= now - first_sent_at < GUARDED_FOR


def next_quota(now: datetime) -> datetime:
    """The next 00:05 in Asia/Shanghai."""
    local = to_local(now)
    today = datetime.combine(local.date(), QUOTA_BACK, SHANGHAI)
    return today if local < today else today + timedelta(days=1)


def after_error(error: ChannelError, attempt: Attempt, now: datetime) -> Outcome:
    """What becomes of a message whose attempt raised ``error``."""
    kind, code = error.kind, error.errcode
    if kind is ErrorClass.DUPLICATE:
        return Outcome(ACCEPTED, errcode=code)
    if kind is ErrorClass.UNCERTAIN:
        return _again(attempt, attempt.first_sent_at or now, now)
    if kind in _PERSON:
        return Outcome(FAILED, _PERSON[kind], code)
    if kind is ErrorClass.RETRY:
        return _later(attempt, now, back_off(attempt.number), "busy", code)
    if kind is ErrorClass.TOKEN:
        wait = timedelta(seconds=max(error.retry_after_s, LEAST_TOKEN_HOLD_S))
        return _held(attempt, now, attempt.channel, now + wait, "token", code, alarm=False)
    if kind is ErrorClass.STOP_FOR_DAY:
        lane = f"{attempt.channel}:{attempt.api}"
        return _held(attempt, now, lane, next_quota(now), "quota", code, alarm=True)
    if kind is ErrorClass.OPERATOR and account_wide(attempt.channel, code):
        lane = f"{attempt.channel}:{attempt.api}"
        return _held(attempt, now, lane, now + OPERATOR_HOLD, "operator", code, alarm=True)
    return Outcome(FAILED, "operator" if kind is ErrorClass.OPERATOR else "unknown_code", code, alarm=True)


def _again(attempt: Attempt, first_sent_at: datetime, now: datetime) -> Outcome:
    """After no answer: once more under the platform's key while that lasts, else unknown and never repeated."""
    when = now + back_off(attempt.number)
    if may_repeat(attempt.guarded, first_sent_at, now) and when - first_sent_at < GUARDED_FOR:
        return Outcome(UNCERTAIN, NO_ANSWER, not_before=when, first_sent_at=first_sent_at)
    return Outcome(UNKNOWN, NO_ANSWER, first_sent_at=first_sent_at)


def _later(attempt: Attempt, now: datetime, wait: timedelta, reason: str, code: int) -> Outcome:
    """This attempt certainly did nothing; an earlier one without an answer still may have."""
    if attempt.first_sent_at is not None:
        return _again(attempt, attempt.first_sent_at, now)
    if now + wait >= attempt.expires_at:
        return Outcome(FAILED, EXPIRED, code)
    return Outcome(PLANNED, reason, code, not_before=now + wait)


def _held(
    attempt: Attempt, now: datetime, lane: str, until: datetime, reason: str, code: int, *, alarm: bool
) -> Outcome:
    """The whole lane waits; the message keeps its place and its count of attempts."""
    again = _later(attempt, now, timedelta(0), reason, code)
    return Outcome(
        again.state,
        again.reason,
        code,
        not_before=again.not_before,
        first_sent_at=again.first_sent_at,
        counts=False,
        hold=lane,
        hold_until=until,
        alarm=alarm,
    )
