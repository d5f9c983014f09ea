"""Numbers and hand-over only: no answer, and nobody's question is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot import switches
from bot.switches import LIMITED, ON
from handlers.consult.records import DECLINED, HAZARD, SENSITIVE, WAITING, ConsultQuestion
from tests.bot.front import ON_SQLITE, Front

pytestmark = ON_SQLITE
ASKED = "脚手架几个人验收"


@pytest.fixture
def limited(open_front: Callable[..., Front], monkeypatch: pytest.MonkeyPatch) -> Front:
    monkeypatch.setattr(switches, "REFRESH_S", 0.0)
    front = open_front()
    assert "依据" in front.say("灭火器怎么用")
    set_to(front, LIMITED)
    return front


def set_to(front: Front, state: str) -> None:
    with front.services.database.begin() as session:
        switches.change(session, "consult", state, "admin", front.services.clock.now())


def waiting(front: Front) -> list[ConsultQuestion]:
    return [row for row in front.rows(ConsultQuestion) if row.queue == WAITING]


def test_a_question_goes_to_a_person_and_hears_the_numbers(limited: Front) -> None:
    said = limited.say(ASKED)
    assert "先不自动回答" in said and "已转给专家" in said and "119" in said and "依据" not in said
    (row,) = waiting(limited)
    assert (row.outcome, row.entry_id) == (DECLINED, "")


@pytest.mark.parametrize("words", ["转人工", "有用", "没用", "2", "都不是", "进度", "算了"])
def test_what_is_no_question_is_not_handed_over(limited: Front, words: str) -> None:
    said = limited.say(words)
    assert "119" in said
    assert waiting(limited) == []


def test_a_choice_offered_before_is_not_answered(limited: Front) -> None:
    set_to(limited, ON)
    assert "您是不是想问" in limited.say("脚手架")
    set_to(limited, LIMITED)
    assert "依据" not in limited.say("1")


def test_what_is_sensitive_stays_with_the_officer(limited: Front) -> None:
    assert "值班员" in limited.say("我要找记者曝光你们")
    (row,) = waiting(limited)
    assert row.mark == SENSITIVE


def test_a_hazard_stays_with_the_officer(limited: Front) -> None:
    said = limited.say("海口市龙昆南路18号工地外架没有挂安全网")
    assert "值班员" in said and "专家" not in said and "119" in said
    (row,) = waiting(limited)
    assert row.mark == HAZARD


def test_an_emergency_and_the_greeting_stay(limited: Front) -> None:
    assert "安全哨" in limited.say("你好")
    assert "119" in limited.say("着火了有人困在里面")


def test_other_features_give_the_numbers_alone(limited: Front) -> None:
    feature = limited.services.feature("account")
    assert switches.words(feature, LIMITED) == "只给电话"
    assert switches.words(limited.services.feature("consult"), LIMITED) == "只给电话和转人工"
