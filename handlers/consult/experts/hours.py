"""Working hours by weekday, and moments counted in them; pure, in Asia/Shanghai.

Public holidays are not known here: on one of them a question waits for the office, as on any other day without hours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.clock import to_local

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
MINUTES = 24 * 60
LOOK_DAYS = 60
Span = tuple[int, int]
"""From and to, in minutes of the day; the end is not included."""

_SPAN = re.compile(r"(\d{1,2})[:：.点](\d{2})?\s*(?:-|－|—|–|~|～|至|到)+\s*(\d{1,2})[:：.点](\d{2})?")
_BETWEEN = re.compile(r"[\s,，、;；]*")


class HoursError(ValueError):
    """Hours that cannot be read; the message says it in words for people."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans by weekday, Monday first; a day without spans is free."""

    days: tuple[tuple[Span, ...], ...]

    def covers(self, moment: datetime) -> bool:
        """Whether somebody works at that moment."""
        local = to_local(moment)
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.days[local.weekday()])

    def opens(self, moment: datetime) -> datetime | None:
        """The moment itself where it is worked, else when work begins next; None where nobody ever works."""
        return next((max(start, moment) for start, end in self._ahead(moment) if end > moment), None)

    def after(self, moment: datetime, worked: timedelta) -> datetime | None:
        """When so much working time will have passed; None where there is not so much in the next sixty days."""
        left = worked
        for start, end in self._ahead(moment):
            begin = max(start, moment)
            if begin >= end:
                continue
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return None

    @property
    def any(self) -> bool:
        return any(self.days)

    def dump(self) -> str:
        return json.dumps(self.days, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> Hours:
        return cls(tuple(tuple((int(a), int(b)) for a, b in day) for day in json.loads(text)))

    @classmethod
    def read(cls, written: Sequence[str]) -> Hours:
        """From seven lines as people write them, 「8:00-12:00 14:30-17:30」; raises HoursError."""
        return cls(tuple(_day(name, line) for name, line in zip(WEEKDAYS, written, strict=True)))

    def written(self) -> list[str]:
        """The seven lines for a form."""
        return [" ".join(f"{_clock(start)}-{_clock(end)}" for start, end in day) for day in self.days]

    def words(self) -> str:
        """In a line for people: 周一至周五 8:00-12:00；周六 9:00-11:00."""
        lines = self.written()
        parts, first = [], 0
        for at in range(1, len(lines) + 1):
            if at < len(lines) and lines[at] == lines[first]:
                continue
            if lines[first]:
                through = f"至{WEEKDAYS[at - 1]}" if at - 1 > first else ""
                parts.append(f"{WEEKDAYS[first]}{through} {lines[first]}")
            first = at
        return "；".join(parts) or "没有填时间"

    def _ahead(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans from the day of ``moment`` on, in order."""
        midnight = to_local(moment).replace(hour=0, minute=0, second=0, microsecond=0)
        for ahead in range(LOOK_DAYS):
            day = midnight + timedelta(days=ahead)
            for start, end in self.days[day.weekday()]:
                yield day + timedelta(minutes=start), day + timedelta(minutes=end)


def _day(name: str, line: str) -> tuple[Span, ...]:
    """One day's spans in order. Raises HoursError for what is no time, ends before it begins, or overlaps."""
    text, spans, at = line.strip(), [], 0
    while at < len(text):
        found = _SPAN.match(text, at)
        if found is None:
            raise HoursError(f"{name}的时间看不懂，请写成 8:00-12:00 14:30-17:30。")
        start, end = _minute(name, found[1], found[2]), _minute(name, found[3], found[4])
        if start >= end:
            raise HoursError(f"{name}的时间，结束要比开始晚。")
        spans.append((start, end))
        at = _BETWEEN.match(text, found.end()).end()  # type: ignore[union-attr]
    spans.sort()
    if any(before[1] > later[0] for before, later in pairwise(spans)):
        raise HoursError(f"{name}的时间前后重叠了。")
    return tuple(spans)


def _minute(name: str, hour: str, minute: str | None) -> int:
    total = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or total > MINUTES:
        raise HoursError(f"{name}的时间超出了一天，请写0:00到24:00之间。")
    return total


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
