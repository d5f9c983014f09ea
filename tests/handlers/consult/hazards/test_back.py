"""A report taken back in the hours after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.clock import system
from handlers.consult.hazards import back
from handlers.consult.hazards.jobs import bring_unanswered
from handlers.consult.records import HAZARD, WAITING, ConsultQuestion
from tests.bot.front import ON_SQLITE, Front

PLACED, QUESTION = "龙华区滨海大道工地3号塔吊附着松了", "脚手架几个人验收"


def kept(front: Front) -> str:
    """The report's words as the officer reads them."""
    (row,) = [one for one in front.rows(ConsultQuestion) if one.mark == HAZARD]
    assert row.queue == WAITING
    return front.services.content.decrypt(row.text_sealed, "consult_question", row.id, "text")


def later(front: Front, passed: timedelta) -> None:
    with front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(asked_at=system() - passed))


@pytest.mark.parametrize("between", [(), ("谢谢", QUESTION)])
@pytest.mark.parametrize("said", ["算了 我看错了 不用报了", "取消举报", "撤回刚才那个", "不报了"])
def test_the_officer_reads_the_report_and_that_it_was_taken_back(
    front: Front, said: str, between: tuple[str, ...]
) -> None:
    for words in (PLACED, *between):
        front.say(words)
    heard = front.say(said)
    assert heard == back.TAKEN_BACK and "谎" not in heard
    assert kept(front).startswith(PLACED) and f"【对方收回了】{said}" in kept(front)
    assert front.say("撤回") == back.ALREADY
    assert "专家那里" not in front.say("进度")


@ON_SQLITE
@pytest.mark.parametrize(
    "said",
    [
        "取消", "我看错了", "不用报了，已经修好了", "我刚才看错了那个是旧的", "别报了", "不想举报了", "麻烦撤销刚才的举报", "是误会",
        "我不是要举报，我就问问", "帮我把刚才那条撤掉", "当我没说", "弄错了，抱歉", "不举报了，怕老板知道",
    ],
)  # fmt: skip
def test_with_a_reason_around_it(front: Front, said: str) -> None:
    front.say(PLACED)
    assert front.say(said) == back.TAKEN_BACK


@ON_SQLITE
@pytest.mark.parametrize("said", ["没事了", "举报了能撤销吗", "怎么取消举报"])
def test_what_may_mean_something_else_is_asked_once(front: Front, said: str) -> None:
    front.say(PLACED)
    assert front.say(said) == back.WHICH
    assert front.say("2") == back.LEFT_THERE
    assert front.say("没事了") == back.LEFT_THERE
    assert "收回" not in kept(front)
    assert front.say("取消举报") == back.TAKEN_BACK


@ON_SQLITE
def test_never_mind_after_another_question_is_asked_about(front: Front) -> None:
    for said in (PLACED, "谢谢", QUESTION):
        front.say(said)
    assert front.say("算了") == back.WHICH
    assert front.say("1") == back.TAKEN_BACK
    assert "【对方收回了】算了" in kept(front)


@ON_SQLITE
@pytest.mark.parametrize("said", ["事故不报罚多少", "老板说不报了", "撤销资质的条件", QUESTION])
def test_questions_take_nothing_back(front: Front, said: str) -> None:
    front.say(PLACED)
    assert "收回" not in front.say(said)
    assert "收回" not in kept(front)


@ON_SQLITE
def test_without_a_report_or_long_after_it_nothing_is_taken_back(front: Front) -> None:
    assert "收回" not in front.say("撤回刚才那个")
    assert front.say("没事了").startswith("好的")
    front.say(PLACED)
    later(front, timedelta(hours=3))
    front.say(QUESTION)
    assert "收回" not in front.say("没事了")


@ON_SQLITE
def test_what_the_officer_has_already_is_not_deleted(front: Front) -> None:
    front.say("我们工地脚手架没有护栏")
    later(front, timedelta(minutes=11))
    assert bring_unanswered(front.services) == 1
    assert front.say("不用报了，看错了") == back.TAKEN_BACK
    assert "【对方收回了】" in kept(front)


@ON_SQLITE
@pytest.mark.parametrize("said", ["你们派人来没有", "去查了吗", "处理了吗"])
def test_whether_anyone_came_is_asked_of_the_officer(front: Front, said: str) -> None:
    front.say(PLACED)
    assert "在值班员那里" in front.say(said)
    assert front.say("在后门那边").startswith("补上了")


def test_long_and_odd_words_are_read_at_once() -> None:
    for said in ("刚" * 60, "我们" * 30, "举报" * 30, "那个" * 30, "能不能" * 20, "算了" * 30):
        assert not back.clear(said) or said in back.STOP
