"""The consultation as people have it: an answer with its source, choices, an expert, feedback, voices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.clock import system
from bot.inbox.records import Conversation
from bot.masking import PHONE_WORDS
from handlers.consult import chat
from handlers.consult.answering import Outcome, answering
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED, WAITING, ConsultQuestion
from tests.bot.front import ON_SQLITE, Front

KNOWN = "脚手架几个人验收"
OFF = "今天晚上吃什么菜好"
VAGUE = ("安全帽", "工伤", "高处作业", "漏电")
UNKNOWN = ("工地狗", "劳保鞋哪里买", "电梯品牌哪个好", "台风叫什么名字", "资质升级需要多少人")


def first_that(texts: tuple[str, ...], holds: Callable[[Outcome], bool]) -> str:
    """A text that the knowledge base, as it is today, takes in the way a test needs."""
    return next(text for text in texts if holds(answering().outcome(text)))


@pytest.fixture
def vague() -> str:
    return first_that(VAGUE, lambda outcome: outcome.kind == CLARIFIED and len(outcome.choices) > 1)


@pytest.fixture
def unknown() -> str:
    return first_that(UNKNOWN, lambda outcome: outcome.kind == DECLINED and outcome.in_domain)


def question(front: Front) -> ConsultQuestion:
    (row,) = front.rows(ConsultQuestion)
    return row  # type: ignore[no-any-return]


def text_of(front: Front, row: ConsultQuestion) -> str:
    return front.services.content.decrypt(row.text_sealed, "consult_question", row.id, "text")


def later(front: Front, **by: float) -> None:
    """Let time pass for what is stored."""
    with front.services.database.begin() as session:
        passed = timedelta(**by)
        session.execute(update(ConsultQuestion).values(asked_at=system() - passed))


def test_an_answer_cites_its_source_and_asks_whether_it_helped(front: Front) -> None:
    heard = front.say(KNOWN)
    assert "依据：" in heard
    assert heard.endswith(chat.FEEDBACK_LINE)
    row = question(front)
    assert (row.outcome, row.queue, row.feedback, row.channel) == (ANSWERED, "", "", "wechat")
    assert row.entry_id
    assert row.person_id == front.person_id()
    assert text_of(front, row) == KNOWN


@ON_SQLITE
def test_what_is_kept_of_a_question_is_masked_and_cut(front: Front) -> None:
    front.say(f"{KNOWN}，打我电话13800138000，" + "还有别的问题" * 200)
    kept = text_of(front, question(front))
    assert PHONE_WORDS in kept
    assert "13800138000" not in kept
    assert len(kept) == 500


@ON_SQLITE
def test_a_vague_question_is_offered_choices(front: Front, vague: str) -> None:
    heard = front.say(vague)
    choices = answering().outcome(vague).choices
    assert heard.startswith("您是不是想问：")
    for number, entry in enumerate(choices, 1):
        assert f"{number}. {entry.question}" in heard
    assert question(front).outcome == CLARIFIED


@ON_SQLITE
@pytest.mark.parametrize("say", ["2", "２", "第二个", "选2", "我选2。", "2号", "二", "第2条", " 2 "])
def test_a_choice_by_number(front: Front, vague: str, say: str) -> None:
    front.say(vague)
    wanted = answering().outcome(vague).choices[1]
    heard = front.say(say)
    assert "依据：" in heard
    row = question(front)
    assert (row.outcome, row.entry_id, row.queue) == (ANSWERED, wanted.id, "")
    assert not heard.startswith("您是不是")


@ON_SQLITE
def test_a_choice_by_its_words_and_by_voice(front: Front, vague: str) -> None:
    wanted = answering().outcome(vague).choices[1]
    front.say(vague)
    assert "依据：" in front.say(wanted.question.rstrip("？"))
    front.say(vague, sender="oOther")
    assert "依据：" in front.send("voice", sender="oOther", Recognition="第二个。", MediaId="m")
    assert {row.entry_id for row in front.rows(ConsultQuestion)} == {wanted.id}


@ON_SQLITE
def test_a_number_that_was_not_offered_is_asked_again(front: Front, vague: str) -> None:
    front.say(vague)
    count = len(answering().outcome(vague).choices)
    assert f"1到{count}" in front.say("9")
    assert "依据：" in front.say("1"), "the choices are still there"


@pytest.mark.parametrize("say", ["都不是", "都不是。", "0", "以上都不是", "转人工", "没有"])
def test_none_of_them_goes_to_an_expert(front: Front, vague: str, say: str) -> None:
    front.say(vague)
    assert "已转给专家" in front.say(say)
    assert question(front).queue == WAITING
    assert text_of(front, question(front)) == vague


@ON_SQLITE
def test_another_question_in_place_of_a_choice(front: Front, vague: str) -> None:
    front.say(vague)
    assert "依据：" in front.say(KNOWN)
    assert front.count(ConsultQuestion) == 2


def test_choices_lapse(front: Front, vague: str) -> None:
    front.say(vague)
    content = front.services.content
    with front.services.database.begin() as session:
        row = session.query(Conversation).one()
        state = content.decrypt(row.state_sealed, "conversation", row.person_id, "state")
        old = (system() - timedelta(minutes=1)).isoformat()
        until = state.split('"')
        stamp = next(part for part in until if part.startswith("20") and "T" in part)
        row.state_sealed = content.encrypt(state.replace(stamp, old), "conversation", row.person_id, "state")
    assert "依据" not in front.say("2")


@ON_SQLITE
def test_the_menu_offers_the_commonest_by_number(front: Front) -> None:
    heard = front.send("event", Event="CLICK", EventKey="consult.ask")
    assert heard.count("\n") == 5
    assert front.count(ConsultQuestion) == 0
    assert "依据：" in front.say("5")
    front.say("问安全")
    assert "依据：" in front.say("第五个")


@ON_SQLITE
def test_none_of_the_commonest_promises_no_expert(front: Front) -> None:
    front.say("问安全")
    heard = front.say("都不是")
    assert "已转给专家" not in heard, "there is no question to hand over"
    assert "问题说一句" in heard
    assert "依据：" in front.say(KNOWN)


@ON_SQLITE
def test_what_is_not_known_goes_to_an_expert(front: Front, unknown: str) -> None:
    heard = front.say(unknown)
    assert "没有把握" in heard and "已转给专家" in heard and "12350" in heard
    assert "依据" not in heard
    assert (question(front).outcome, question(front).queue) == (DECLINED, WAITING)


@ON_SQLITE
def test_what_is_off_topic_goes_to_nobody_until_asked(front: Front) -> None:
    heard = front.say(OFF)
    assert "帮不上" in heard and "转人工" in heard
    assert question(front).queue == ""
    assert "转给专家" in front.say("转人工")
    assert question(front).queue == WAITING


def test_feedback(front: Front) -> None:
    assert "还没有问过" in front.say("没用")
    front.say(KNOWN)
    assert "谢谢" in front.say("有用！")
    assert (question(front).feedback, question(front).queue) == ("useful", "")
    assert "专家" in front.say("没用")
    assert (question(front).feedback, question(front).queue) == ("useless", WAITING)
    later(front, hours=49)
    assert "还没有问过" in front.say("有用")
    assert "问题说一句" in front.say("转人工")


@ON_SQLITE
def test_feedback_is_about_ones_own_last_question(front: Front, unknown: str) -> None:
    front.say(KNOWN, sender="oOther")
    front.say(unknown)
    front.say(KNOWN)
    front.say("没用")
    assert [row.feedback for row in sorted(front.rows(ConsultQuestion), key=lambda row: row.id)] == ["", "", "useless"]


@ON_SQLITE
def test_a_person_without_a_question_is_asked_for_it(front: Front) -> None:
    heard = front.say("转人工")
    assert "问题说一句" in heard
    assert "已" not in heard


def test_an_unheard_voice_is_asked_again_then_a_person_looks(front: Front) -> None:
    first = front.send("voice", MediaId="m1", Recognition="")
    assert first.startswith("语音没听清楚") and "1." in first
    assert front.count(ConsultQuestion) == 0
    second = front.send("voice", MediaId="m2")
    assert "已请值班员来看" in second
    row = question(front)
    assert (row.queue, text_of(front, row)) == (WAITING, chat.VOICE_KEPT)
    assert front.send("voice", MediaId="m3").startswith("语音没听清楚"), "the count begins anew"


@ON_SQLITE
def test_words_between_two_unheard_voices_begin_the_count_anew(front: Front) -> None:
    front.send("voice", MediaId="m1")
    front.say(KNOWN)
    assert front.send("voice", MediaId="m2").startswith("语音没听清楚")
    assert "依据：" in front.say("1"), "one of the commonest"


@ON_SQLITE
def test_a_voice_with_words_is_a_question(front: Front) -> None:
    assert "依据：" in front.send("voice", MediaId="m", Recognition=f"{KNOWN}？")
    assert text_of(front, question(front)) == f"{KNOWN}？"


@ON_SQLITE
def test_the_same_words_of_two_people_are_two_questions(front: Front) -> None:
    assert front.say(KNOWN) == front.say(KNOWN, sender="oOther")
    assert front.count(ConsultQuestion) == 2


@ON_SQLITE
@pytest.mark.parametrize(
    "text", ["a" * 2000, "？" * 300, "<script>alert(1)</script>", "' OR 1=1 --", "\u202e脚手架", "0" * 600, "。"]
)
def test_odd_questions_are_answered(front: Front, text: str) -> None:
    heard = front.say(text)
    assert heard
    assert "系统刚才出了点问题" not in heard
