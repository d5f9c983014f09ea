"""Which of the texts at hand to show for a day, and what must be said where it is not the one in force on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.laws.catalog import Catalog, Version


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A version whose text is at hand. ``day``: adopted or last amended; the bounds are inclusive, None where unknown
    or open."""

    day: date | None
    in_force_from: date | None = None
    in_force_to: date | None = None

    @property
    def begins(self) -> date:
        """From when it counts: its day of force, else the day of its adoption."""
        return self.in_force_from or self.day or date.min

    def words(self) -> str:
        """（2021年6月10日版，2021年9月1日起施行）."""
        parts = [f"{day_words(self.day)}版"] if self.day else []
        if self.in_force_from:
            since = "当天" if self.in_force_from == self.day else day_words(self.in_force_from)
            parts.append(f"{since}起施行")
        return f"（{'，'.join(parts)}）" if parts else ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """``remark``: what the reader must know about the version, "" where it is the one in force and asked for."""

    version: TextVersion
    remark: str = ""


def choose(
    held: Sequence[TextVersion], name: str, on: date, catalog: Catalog, *, year: int = 0, old: bool = False
) -> Chosen:
    """The version to show of those at hand (at least one) for the day ``on``; ``year`` or ``old`` ask for another."""
    ordered = sorted(held, key=lambda version: version.begins)
    asked = _asked(ordered, on, year, old)
    if asked is not None:
        return Chosen(asked, _remark(asked, name, on, catalog))
    now = catalog.in_force(name, on)
    shown = next((version for version in ordered if now is not None and version.day == now.day), None)
    if shown is None:
        begun = [version for version in ordered if version.begins <= on]
        shown = begun[-1] if begun else ordered[0]
    remark = _remark(shown, name, on, catalog)
    if year and year not in {shown.begins.year, shown.day.year if shown.day else 0}:
        remark = f"{year}年版的原文我这里没有，下面是手头这一版，条号可能不一样。"
    elif old:
        remark = "更早的版本我这里没有原文，下面是手头这一版，条号可能不一样。"
    return Chosen(shown, remark)


def _asked(ordered: Sequence[TextVersion], on: date, year: int, old: bool) -> TextVersion | None:
    if year:
        of_year = [v for v in ordered if year in {v.begins.year, v.day.year if v.day else 0}]
        return of_year[-1] if of_year else None
    begun = [version for version in ordered if version.begins <= on]
    return begun[-2] if old and len(begun) > 1 else None


def _remark(shown: TextVersion, name: str, on: date, catalog: Catalog) -> str:
    now = catalog.in_force(name, on)
    if shown.begins > on:
        later = f"这一版{day_words(shown.begins)}起才施行"
        if now is None:
            return f"{later}，{day_words(on)}还没有施行。"
        return f"{later}；{day_words(on)}施行的是{day_words(now.day)}版，原文我这里没有，条号可能不一样。"
    if now is not None and shown.day != now.day:
        return _newer(now)
    ended = last_day(name, shown, catalog)
    if ended is not None and on > ended:
        return f"这一版{day_words(ended + timedelta(days=1))}起已经不施行了。"
    return ""


def _newer(now: Version) -> str:
    since = day_words(now.in_force_from)
    return f"注意：{since}起施行的是{day_words(now.day)}版，和这一版的条号可能不一样。"


def last_day(name: str, version: TextVersion, catalog: Catalog) -> date | None:
    """A version's last day in force, None while it holds or where nothing is known of its end."""
    known = catalog.version(name, version.day)
    return version.in_force_to or (known.in_force_to if known else None)


def day_words(day: date) -> str:
    """2021年9月1日."""
    return f"{day.year}年{day.month}月{day.day}日"
