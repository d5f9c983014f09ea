"""A hazard told as a statement, as people tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import switches
from bot.clock import system
from handlers.consult.answering import answering
from handlers.consult.asked import why
from handlers.consult.hazards import chat
from handlers.consult.hazards.jobs import UNANSWERED, bring_unanswered
from handlers.consult.records import CLARIFIED, DECLINED, HAZARD, REPLIED, WAITING, ConsultQuestion
from knowledge.hazards import Way, read
from tests.bot.front import ON_SQLITE, Front
from tests.conftest import OpenFront

TOLD, PLACED = "我们工地脚手架没有护栏", "龙华区滨海大道工地3号塔吊附着松了"
QUESTION = "脚手架几个人验收"


DILEMMAS = (
    "班长叫我不系安全带上架子，不去就骂我",
    "架子没验收班长就催我们上去",
    "老板喊我们喝了酒接着上架子",
    "工长叫我们没护栏的地方也得上",
)


def dilemma() -> str:
    """A text that may be a question, and that the knowledge base, as it is today, has an answer for."""
    known = (text for text in DILEMMAS if answering().outcome(text).kind == "answered")
    return next(text for text in known if read(text).way is Way.ASK and not read(text).sure)


def rows(front: Front) -> list[ConsultQuestion]:
    return sorted(front.rows(ConsultQuestion), key=lambda row: row.id)


def text_of(front: Front, row: ConsultQuestion) -> str:
    return front.services.content.decrypt(row.text_sealed, "consult_question", row.id, "text")


def test_a_statement_is_asked_about_once_and_kept_from_then_on(front: Front) -> None:
    heard = front.say(TOLD)
    assert (
        heard.startswith("工地上现在就有这个问题吗？")
        and "回1帮您报上去，不告诉工地是谁说的" in heard
        and "回2只是问规定" in heard
    )
    (row,) = rows(front)
    assert (row.mark, row.queue, row.outcome) == (HAZARD, "", CLARIFIED)
    assert text_of(front, row) == TOLD


@pytest.mark.parametrize("yes", ["1", "１", "是的", "有", "报上去", "回1"])
def test_on_one_it_waits_for_the_officer_on_duty(front: Front, yes: str) -> None:
    front.say(TOLD)
    heard = front.say(yes)
    assert heard.startswith("收到，已记下，值班员会看。") and "在哪里？" in heard
    assert "12350" in heard and "120、119" in heard and "照片这里暂时收不了" in heard
    (row,) = rows(front)
    assert (row.mark, row.queue, row.outcome, why(row)) == (HAZARD, WAITING, DECLINED, "反映隐患")
    assert "专家" not in heard


@pytest.mark.parametrize("no", ["2", "只是问规定", "问问", "没有"])
def test_on_two_it_is_answered_and_was_never_a_hazard(front: Front, no: str) -> None:
    front.say(TOLD)
    heard = front.say(no)
    assert "现在就有这个问题吗" not in heard and heard
    (row,) = rows(front)
    assert (row.mark, text_of(front, row)) == ("", TOLD)
    assert row.outcome != ""


def test_a_statement_that_says_where_needs_no_asking(front: Front) -> None:
    heard = front.say(PLACED)
    assert heard.startswith("收到，已记下") and "回“取消”" in heard and "在哪里" not in heard
    (row,) = rows(front)
    assert (row.mark, row.queue, text_of(front, row)) == (HAZARD, WAITING, PLACED)


@ON_SQLITE
def test_questions_and_rules_are_answered_at_once(front: Front) -> None:
    for text in (
        QUESTION,
        "我们工地没有护栏怎么办",
        "临边防护要求",
        "去年我们工地塔吊螺栓松过",
        "判断题：塔吊附着松动可以继续使用",
    ):
        assert "现在就有这个问题吗" not in front.say(text), text
    assert {row.mark for row in front.rows(ConsultQuestion)} == {""}


def test_more_is_added_and_thanks_are_not(front: Front) -> None:
    front.say(TOLD)
    front.say("1")
    assert front.say("在海口国兴大道那个工地").startswith("补上了")
    assert front.say("谢谢").startswith("好的，已经记下了")
    assert front.say("电箱没有漏电保护器，线都露在外面").startswith("补上了")
    (row,) = rows(front)
    kept = text_of(front, row)
    assert kept.startswith(TOLD) and "国兴大道" in kept and "漏电保护器" in kept
    assert "依据" in front.say(QUESTION)
    assert len(rows(front)) == 2


def test_before_it_is_reported_it_can_be_dropped(front: Front) -> None:
    front.say(TOLD)
    assert front.say("算了") == chat.STOPPED
    front.say(TOLD)
    assert front.say("我看错了，有护栏的") == chat.STOPPED
    assert rows(front) == []


@pytest.mark.parametrize("then", ["1", "报上去"])
def test_a_dilemma_whose_answer_is_known_gets_it_and_the_offer(front: Front, then: str) -> None:
    told = dilemma()
    heard = front.say(told)
    assert "依据" in heard and heard.endswith(chat.OFFER)
    (row,) = rows(front)
    assert (row.mark, row.outcome) == ("", "answered")
    assert front.say(then).startswith("收到，已记下")
    (row,) = rows(front)
    assert (row.mark, row.queue) == (HAZARD, WAITING)


@ON_SQLITE
@pytest.mark.parametrize("then", ["好的", "谢谢", "2", QUESTION])
def test_thanks_for_that_answer_is_no_report(front: Front, then: str) -> None:
    front.say(dilemma())
    front.say(then)
    assert {row.mark for row in rows(front)} == {""}


@pytest.mark.parametrize("first", [(), ("谢谢",), ("2",), ("有用",)])
@pytest.mark.parametrize(("wanted", "reason"), [("没用", "对方说回答没用"), ("转人工", "对方要转人工")])
def test_whoever_wants_more_of_a_dilemma_gets_the_officer_and_no_expert(
    front: Front, first: tuple[str, ...], wanted: str, reason: str
) -> None:
    """Its words may name a site and a person: what a tip would hold goes to no expert."""
    for said in (dilemma(), *first):
        front.say(said)
    heard = front.say(wanted)
    assert "值班员" in heard and "专家" not in heard
    (row,) = [one for one in rows(front) if one.queue == WAITING]
    assert (row.mark, why(row)) == (HAZARD, f"像是隐患，{reason}")
    assert "值班员" in front.say("转人工")
    assert "专家" not in front.say("进度")


@ON_SQLITE
def test_a_question_added_to_a_dilemma_takes_its_words_to_no_expert(front: Front) -> None:
    front.say(dilemma())
    front.say("那咋办")
    heard = front.say("转人工")
    assert "专家" not in heard
    assert {row.mark for row in rows(front) if row.queue} == {HAZARD}


@ON_SQLITE
def test_none_of_the_choices_for_a_hazard_that_was_only_asked_about_goes_to_the_officer(front: Front) -> None:
    front.say(TOLD)
    front.say("2")
    assert "专家" not in front.say("没用")
    assert {row.mark for row in rows(front) if row.queue} == {HAZARD}


@ON_SQLITE
def test_a_dilemma_told_after_asking_for_a_person_is_not_ended_by_an_answer(front: Front) -> None:
    front.say("转人工")
    assert front.say(dilemma()).startswith("工地上现在就有这个问题吗")
    assert [row.mark for row in rows(front)] == [HAZARD]


@ON_SQLITE
@pytest.mark.parametrize("told", ["这个架子没有护栏，还在用", "老板叫我们不系安全带上去"])
def test_a_hazard_told_after_an_answer_is_no_follow_up(front: Front, told: str) -> None:
    front.say(QUESTION)
    heard = front.say(told)
    assert "您是接着" not in heard and "回1帮您报上去" in heard


@ON_SQLITE
def test_the_place_or_a_photo_says_yes_as_well(front: Front) -> None:
    front.say(TOLD)
    assert front.say("海口美兰区国兴大道18号").startswith("收到，已记下")
    assert "国兴大道18号" in text_of(front, rows(front)[0])
    front.say("取消")
    front.say(TOLD)
    assert front.send("image", MediaId="m1", PicUrl="http://127.0.0.1/x").startswith("收到，已记下")
    assert front.send("image", MediaId="m2", PicUrl="http://127.0.0.1/x") == chat.NO_PHOTO
    assert front.send(
        "location", Location_X="20.03", Location_Y="110.32", Label="海南省海口市美兰区国兴大道"
    ).startswith("补上了")
    assert "国兴大道" in text_of(front, rows(front)[1])


@ON_SQLITE
def test_a_number_that_is_no_choice_and_the_same_words_again_are_asked_again(front: Front) -> None:
    front.say(TOLD)
    assert front.say("3").startswith("工地上现在就有这个问题吗")
    assert front.say(f"{TOLD}。").startswith("工地上现在就有这个问题吗")
    assert len(rows(front)) == 1


def test_without_a_reply_the_officer_sees_it_after_a_while(front: Front) -> None:
    front.say(TOLD)
    assert "依据" in front.say(QUESTION)
    assert bring_unanswered(front.services) == 0
    with front.services.database.begin() as session:
        old = system() - UNANSWERED - timedelta(seconds=1)
        session.execute(update(ConsultQuestion).values(asked_at=old))
    assert bring_unanswered(front.services) == 1
    assert bring_unanswered(front.services) == 0
    first, second = rows(front)
    assert (first.queue, why(first)) == (WAITING, "像是隐患，问了没有回")
    assert second.queue == ""


def test_a_late_two_still_takes_it_off_the_queue_unless_it_was_answered(front: Front) -> None:
    front.say(TOLD)
    with front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(queue=REPLIED))
    front.say("2")
    assert len(rows(front)) == 2, "what an officer answered stays as it was"


def test_a_hazard_told_after_asking_for_a_person_goes_to_no_expert(front: Front) -> None:
    front.say("转人工")
    assert front.say(TOLD).startswith("工地上现在就有这个问题吗")
    assert [row.mark for row in rows(front)] == [HAZARD]
    assert "值班员" in front.say("1") + front.say("转人工")
    heard = front.say("进度")
    assert "在值班员那里" in heard and "专家那里" not in heard


def test_whoever_takes_tips_gets_the_words_and_consult_forgets_them(open_front: OpenFront) -> None:
    front = open_front(features="handlers.consult,tests.features.taker")
    front.say(TOLD)
    assert front.say("1") == f"举报收到：{TOLD}｜｜text"
    assert rows(front) == []
    assert front.say("在后门那边").endswith("补充：在后门那边")
    heard = front.say(PLACED)
    assert heard.startswith(f"举报收到：{PLACED}｜") and "滨海大道" in heard.split("｜")[1]
    assert rows(front) == []


@ON_SQLITE
def test_a_taker_that_is_switched_off_takes_nothing(open_front: OpenFront) -> None:
    front = open_front(features="handlers.consult,tests.features.taker")
    with front.services.database.begin() as session:
        switches.change(session, "taker", switches.LIMITED, "01STAFF", system())
    switches.current(front.services).read_at = float("-inf")
    assert front.say(PLACED).startswith("收到，已记下")
    assert [row.mark for row in rows(front)] == [HAZARD]


@ON_SQLITE
def test_people_who_may_be_hurt_come_first(front: Front) -> None:
    heard = front.say("工地架子塌了，有人被压在下面，海口国兴大道")
    assert "120" in heard[:120] and "现在就有这个问题吗" not in heard
    assert rows(front) == []


@ON_SQLITE
def test_hostile_and_odd_texts(front: Front) -> None:
    for text in ("没" * 3000, "没有护栏" * 200, "？？？", "1", "<script>脚手架没有护栏</script>" * 3, "护栏\x00没有"):
        front.say(text)
    front.say("我们工地脚手架没有护栏，打我电话13800138000")
    assert all("13800138000" not in text_of(front, row) for row in rows(front))


@ON_SQLITE
def test_another_hazard_amid_the_question_is_a_question_of_its_own(front: Front) -> None:
    front.say(TOLD)
    heard = front.say("装修把承重墙敲了 楼上裂了")
    assert "现在就有这个问题吗" in heard and "收到" not in heard
    first, second = rows(front)
    assert (first.queue, second.queue, first.mark, second.mark) == ("", "", HAZARD, HAZARD)
    assert text_of(front, first) == TOLD
    front.say("1")
    first, second = rows(front)
    assert (first.queue, second.queue) == ("", WAITING)
    assert "护栏" not in text_of(front, second)


@ON_SQLITE
@pytest.mark.parametrize("more", ["还有电箱没盖", "那里架子也松了", "脚手架连墙件都拆了", "就在后门那边"])
def test_more_of_the_same_joins_it(front: Front, more: str) -> None:
    front.say(TOLD)
    assert front.say(more).startswith("收到，已记下")
    (row,) = rows(front)
    assert text_of(front, row) == f"{TOLD}\n补充：{more}"


@ON_SQLITE
@pytest.mark.parametrize(
    "told", ["装修把承重墙敲了 楼上裂了", "我们工地基坑边坡裂了一条缝", "海口国兴大道工地外架倾斜得厉害"]
)
def test_what_may_give_way_now_begins_with_getting_out(front: Front, told: str) -> None:
    assert "人先出来" in front.say(told)[:120]
    assert "人先出来" not in front.say(TOLD)


@ON_SQLITE
@pytest.mark.parametrize(
    "told", ["脚手架都锈断了你管不管 傻逼", "脚手架没有护栏 你他妈管不管", "工地电箱没盖 妈的没人管"]
)
def test_an_insult_does_not_hide_a_hazard(front: Front, told: str) -> None:
    heard = front.say(told)
    assert "回1帮您报上去" in heard and "专家" not in heard
