from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SHANGHAI
from handlers.consult.experts.hours import Hours, HoursError


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of Hainan's wall clock."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


OFFICE = Hours.read(["8:00-12:00 14:30-17:30"] * 5 + ["", ""])
SATURDAY = Hours.read([""] * 5 + ["9:00-10:00", ""])
MONDAY = local(2021, 6, 14)


def test_hours_are_those_of_hainan_whatever_the_zone_of_the_moment():
    assert OFFICE.covers(local(2021, 6, 16, 8, 0)) and OFFICE.covers(local(2021, 6, 16, 8, 0).astimezone(UTC))
    assert not OFFICE.covers(local(2021, 6, 16, 7, 59)) and not OFFICE.covers(local(2021, 6, 16, 12, 0))
    assert not OFFICE.covers(local(2021, 6, 19, 9, 0))


@pytest.mark.parametrize(
    ("asked", "hours", "due"),
    [
        (local(2021, 6, 16, 8, 0), 4, local(2021, 6, 16, 12, 0)),
        (local(2021, 6, 16, 10, 0), 4, local(2021, 6, 16, 16, 30)),
        (local(2021, 6, 16, 17, 0), 4, local(2021, 6, 17, 11, 30)),
        (local(2021, 6, 18, 17, 0), 4, local(2021, 6, 21, 11, 30)),  # over a weekend
        (local(2021, 6, 16, 23, 0), 2, local(2021, 6, 17, 10, 0)),
        (local(2021, 6, 16, 3, 0), 7, local(2021, 6, 16, 17, 30)),
    ],
)
def test_working_time_is_counted_over_nights_and_weekends(asked, hours, due):
    assert OFFICE.after(asked, timedelta(hours=hours)) == due


def test_one_hour_a_week_still_ends():
    assert SATURDAY.after(MONDAY, timedelta(hours=2)) == local(2021, 6, 26, 10, 0)
    assert Hours.read([""] * 7).after(MONDAY, timedelta(hours=1)) is None
    assert Hours.read([""] * 7).opens(MONDAY) is None and not Hours.read([""] * 7).any


def test_when_work_begins_next():
    assert OFFICE.opens(local(2021, 6, 16, 13, 0)) == local(2021, 6, 16, 14, 30)
    assert OFFICE.opens(local(2021, 6, 16, 9, 5)) == local(2021, 6, 16, 9, 5)
    assert OFFICE.opens(local(2021, 6, 18, 17, 30)) == local(2021, 6, 21, 8, 0)


@pytest.mark.parametrize(
    "line", ["9:00-11:00", "9：00－11：00", "9点-11点", "9:00至11:00", " 9:00 ~ 11:00 ", "9:00到11:00，"]
)
def test_times_are_read_as_people_write_them(line):
    assert Hours.read([line, *[""] * 6]).days[0] == ((540, 660),)


@pytest.mark.parametrize(
    "line", ["上午", "9-11", "11:00-9:00", "9:00-9:00", "9:00-25:00", "9:70-10:00", "9:00-11:00 10:00-12:00"]
)
def test_what_is_no_time_is_refused_in_plain_words(line):
    with pytest.raises(HoursError, match="周二"):
        Hours.read(["", line, *[""] * 5])


def test_hours_survive_the_database_and_the_form():
    assert Hours.load(OFFICE.dump()) == OFFICE == Hours.read(OFFICE.written())
    assert OFFICE.words() == "周一至周五 8:00-12:00 14:30-17:30"
    assert SATURDAY.words() == "周六 9:00-10:00" and Hours.read([""] * 7).words() == "没有填时间"
