"""Whose a question becomes: pure rules over who is there now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.consult.experts.hours import Hours

LAST_RESORT = timedelta(hours=48)
"""Until when an answer is due where neither expert nor office has hours."""


@dataclass(frozen=True, slots=True)
class There:
    """An expert who works now. ``topics`` is empty for who answers on all. ``today``: questions they were given."""

    id: str
    topics: frozenset[str]
    open: int
    today: int
    cap: int


@dataclass(frozen=True, slots=True)
class Times:
    """When an expert is reminded of a question, and when it goes to the next."""

    remind_at: datetime
    due_at: datetime


def choose(there: Sequence[There], topics: Sequence[str], tried: Collection[str]) -> There | None:
    """Who gets a question about ``topics`` (likeliest first), apart from those who were ``tried``.

    Who knows the likeliest topic goes before who knows the next, and before who answers on all. Of equals, who has
    fewest open questions, then who had fewest today. None: the office has it.
    """
    free = [one for one in there if one.id not in tried and one.today < one.cap]
    for topic in topics:
        known = [one for one in free if topic in one.topics]
        if known:
            return min(known, key=_load)
    general = [one for one in free if not one.topics]
    return min(general, key=_load) if general else None


def times(now: datetime, working: timedelta, own: Hours | None, office: Hours) -> Times:
    """``working`` time from now, counted in the expert's own hours or the office's: what ends first, to the minute."""
    return Times(_after(now, working / 2, own, office), _after(now, working, own, office))


def _after(now: datetime, working: timedelta, own: Hours | None, office: Hours) -> datetime:
    ends = (hours.after(now, working) for hours in (own, office) if hours is not None)
    first = min((end for end in ends if end is not None), default=now + LAST_RESORT)
    return first.replace(second=0, microsecond=0)


def _load(one: There) -> tuple[int, int, str]:
    return one.open, one.today, one.id
