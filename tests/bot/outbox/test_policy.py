"""What becomes of a message after an attempt, rule by rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.errors import ErrorClass as Kind
from bot.channels.errors import NotSent, Refused, TokenUnavailable, Uncertain
from bot.freezing import NotThawed, freeze, thaw
from bot.messages import Article, Button, Card, Choice, Choices, Image, News, Push, Template, Text
from bot.outbox.policy import Attempt, after_error, back_off, may_repeat, next_quota

NOW = datetime(2021, 6, 16, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
END = NOW + timedelta(hours=2)


def attempt(*, guarded: bool = False, number: int = 1, first: datetime | None = None) -> Attempt:
    return Attempt("wechat", "template" if guarded else "custom", guarded, number, END, first)


def test_back_off_grows_to_a_quarter_of_an_hour() -> None:
    for number, seconds in ((1, 15), (2, 30), (3, 60), (7, 900), (50, 900)):
        assert seconds <= back_off(number).total_seconds() <= seconds * 1.1


def test_quota_comes_back_at_five_past_midnight_in_shanghai() -> None:
    assert next_quota(NOW) == datetime(2021, 6, 16, 16, 5, tzinfo=UTC)
    assert next_quota(datetime(2021, 6, 16, 16, 2, tzinfo=UTC)) == datetime(2021, 6, 16, 16, 5, tzinfo=UTC)


def test_a_repeat_needs_the_platforms_key_and_a_clock_that_was_left_alone() -> None:
    assert may_repeat(True, NOW, NOW + timedelta(minutes=7))
    assert not may_repeat(True, NOW, NOW + timedelta(minutes=8))
    assert not may_repeat(True, NOW, NOW - timedelta(seconds=1))
    assert not may_repeat(False, NOW, NOW)


def test_no_answer() -> None:
    assert after_error(Uncertain(), attempt(), NOW).state == "unknown"
    first = after_error(Uncertain(), attempt(guarded=True), NOW)
    assert (first.state, first.first_sent_at) == ("uncertain", NOW)
    late = after_error(Uncertain(), attempt(guarded=True, number=5, first=NOW - timedelta(minutes=6)), NOW)
    assert late.state == "unknown"


def test_a_token_trouble_costs_no_attempt_and_holds_the_channel() -> None:
    outcome = after_error(TokenUnavailable(40001, "", 60), attempt(), NOW)
    assert (outcome.state, outcome.counts, outcome.hold) == ("planned", False, "wechat")
    assert outcome.hold_until == NOW + timedelta(seconds=60)


def test_alarms() -> None:
    assert after_error(Refused("wechat", 47003), attempt(guarded=True), NOW).alarm
    assert after_error(Refused("wechat", 45009), attempt(), NOW).hold == "wechat:custom"
    assert after_error(Refused("wechat", 31337), attempt(), NOW).reason == "unknown_code"
    assert not after_error(Refused("wechat", 45015), attempt(), NOW).alarm


def test_what_would_come_too_late_is_given_up() -> None:
    near = Attempt("wechat", "custom", False, 7, NOW + timedelta(minutes=10), None)
    assert after_error(NotSent(Kind.RETRY), near, NOW).reason == "expired"


@pytest.mark.parametrize(
    "push",
    [
        Text("你好"), Choices("请选", (Choice("是", "确认"),), "尾"), Image("m"), News((Article("题", "u"),)),
        Card("题", "文", "t", "u", (("甲", "乙"),), (Button("k", "t", 2),)),
        Template("t", {"thing1": "周报"}, "u", True),
    ],
)  # fmt: skip
def test_pushes_are_kept_as_they_are(push: Push) -> None:
    assert thaw(freeze(push)) == push
    assert freeze(thaw(freeze(push))) == freeze(push)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type":"Nope"}', '{"type":"Text"}', '{"type":"Text","text":3}'])
def test_rubbish_is_not_thawed(text: str) -> None:
    with pytest.raises(NotThawed):
        thaw(text)
