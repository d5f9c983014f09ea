"""What people do besides asking one clear question: several at once, a person wanted, short words, choices gone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from bot.clock import system
from bot.inbox.records import Conversation
from handlers.consult import chat, followups, typed
from handlers.consult.answering import answering
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED, REPLIED, WAITING, ConsultQuestion
from tests.bot.front import ON_SQLITE, Front

pytestmark = ON_SQLITE
KNOWN, OTHER, THIRD = "脚手架几个人验收", "灭火器怎么用", "电动车能推上楼充电吗"
UNKNOWN = ("资质升级需要多少人", "工地狗", "劳保鞋哪里买", "电梯品牌哪个好")
VAGUE = ("安全帽", "工伤", "高处作业", "漏电")


def answer_of(text: str) -> str:
    """The first line of what the knowledge base says to it."""
    entry = answering().outcome(text).entry
    assert entry is not None, text
    return entry.answer.strip().splitlines()[0]


def rows(front: Front) -> list[ConsultQuestion]:
    return sorted(front.rows(ConsultQuestion), key=lambda row: row.id)


def text_of(front: Front, row: ConsultQuestion) -> str:
    return front.services.content.decrypt(row.text_sealed, "consult_question", row.id, "text")


def later(front: Front, **by: float) -> None:
    """Let time pass for what is stored."""
    with front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(asked_at=system() - timedelta(**by)))


@pytest.fixture
def unknown() -> str:
    found = ((text, answering().outcome(text)) for text in UNKNOWN)
    return next(text for text, outcome in found if outcome.kind == DECLINED and outcome.in_domain)


@pytest.fixture
def vague() -> str:
    return next(text for text in VAGUE if answering().outcome(text).kind == CLARIFIED)


# -- several questions -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("said", [f"{KNOWN}？{OTHER}？", f"{KNOWN}，还有{OTHER}", f"{KNOWN}；{OTHER}"])
def test_two_questions_get_two_answers(front: Front, said: str) -> None:
    heard = front.say(said)
    assert heard.startswith("您问了两件事")
    full = heard + front.say("更多")
    assert answer_of(KNOWN) in full and answer_of(OTHER) in full
    (row,) = rows(front)
    assert (row.outcome, text_of(front, row)) == (ANSWERED, said)


@pytest.mark.parametrize(
    "said",
    [
        f"{OTHER}？{KNOWN}？{THIRD}？",
        f"{OTHER}，{KNOWN}，{THIRD}",
        f"{OTHER} {KNOWN} {THIRD}",
        f"1.{OTHER}\n2.{KNOWN}\n3.{THIRD}",
        f"第一，{OTHER}；第二，{KNOWN}；第三，{THIRD}",
        f"{OTHER}，还有{KNOWN}，另外{THIRD}",
    ],
)
def test_of_three_questions_the_first_is_answered_and_the_others_by_number(front: Front, said: str) -> None:
    heard = front.say(said)
    assert heard.startswith(f"您问了3件事，先答“{OTHER}”")
    assert answer_of(OTHER) in heard
    assert f"1. {KNOWN}" in plain(heard) and f"2. {THIRD}" in plain(heard)
    second = front.say("2")
    assert answer_of(THIRD) in second and f"1. {KNOWN}" in plain(second)
    last = front.say("继续")
    assert answer_of(KNOWN) in last and "回数字" not in last
    assert [row.outcome for row in rows(front)] == [ANSWERED] * 3


def plain(heard: str) -> str:
    return re.sub(r"<[^>]+>", "", heard)


def test_of_many_questions_none_goes_unheard(front: Front) -> None:
    asked = (OTHER, KNOWN, THIRD, "高处作业要系安全带吗", "动火要办手续吗", "氧气瓶和乙炔瓶隔多远")
    heard = front.say("？".join(asked))
    assert all(f"{number}. {text}" in plain(heard) for number, text in enumerate(asked[1:], 1))
    assert "谢谢" in front.say("有用"), "a word about the answer leaves the others open"
    assert "1到5" in front.say("9")
    assert answer_of(asked[5]) in front.say(asked[5]), "or by its words"
    assert answer_of(asked[4]) in front.say("4")


def test_a_new_question_ends_the_offer(front: Front) -> None:
    front.say(f"{OTHER}？{KNOWN}？{THIRD}？")
    assert answer_of("高处作业要系安全带吗") in front.say("高处作业要系安全带吗")
    assert "依据" not in front.say("1")


def test_beside_a_question_without_an_answer_the_other_is_answered_and_it_is_offered(
    front: Front, unknown: str
) -> None:
    heard = front.say(f"{unknown}？{KNOWN}？")
    assert answer_of(KNOWN) in heard and f"1. {unknown}" in plain(heard)
    assert "已转给专家" in front.say("1")
    assert [text_of(front, row) for row in rows(front) if row.queue == WAITING] == [unknown]


@pytest.mark.parametrize(
    "said",
    [
        "我的安全帽过期了？怎么办？",
        "师傅您好，请问一下？灭火器怎么用？",
        "我想问个事。灭火器怎么用？谢谢。",
        f"{OTHER}？{OTHER}？",
    ],
)
def test_one_question_with_its_story_stays_one(front: Front, said: str) -> None:
    heard = front.say(said)
    assert "几件事" not in heard and "两件事" not in heard
    assert "依据：" in heard


# -- a person is wanted ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["转人工", "客服", "我要找真人"])
def test_without_a_question_the_next_words_go_to_an_expert(front: Front, word: str, unknown: str) -> None:
    assert "问题说一句" in front.say(word)
    heard = front.say(unknown)
    assert "转给专家" in heard and "12345" in heard
    (row,) = rows(front)
    assert (row.queue, text_of(front, row)) == (WAITING, unknown)
    assert "依据：" in front.say(KNOWN), "only the next words are for the expert"
    assert rows(front)[-1].queue == ""


def test_what_is_known_is_shown_besides(front: Front) -> None:
    front.say("人工")
    heard = front.say(KNOWN)
    assert heard.index("转给专家") < heard.index(answer_of(KNOWN))
    assert rows(front)[0].queue == WAITING


@pytest.mark.parametrize("word", ["不用了", "算了"])
def test_a_person_who_thinks_better_of_it_queues_nothing(front: Front, word: str) -> None:
    front.say("转人工")
    assert "已" not in front.say(word)
    assert rows(front) == []


def test_a_greeting_after_asking_for_a_person_is_not_the_question(front: Front, unknown: str) -> None:
    front.say("转人工")
    front.say("你好")
    assert rows(front) == []
    front.say(unknown)
    assert rows(front)[0].queue == WAITING


def test_the_question_handed_over_is_named_and_handed_over_once(front: Front) -> None:
    front.say(KNOWN)
    assert f"“{KNOWN}”" in front.say("客服")
    assert "已经在专家那里" in front.say("转人工")
    later(front, hours=3)
    assert "问题说一句" in front.say("转人工"), "a question of this morning is not the one meant"


def test_a_question_that_has_its_answer_is_not_said_to_be_handed_over(front: Front) -> None:
    front.say(KNOWN)
    front.say("没用")
    with front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(queue=REPLIED, reply_sealed=b"x"))
    assert "问题说一句" in front.say("转人工")


def test_useful_takes_a_question_off_the_queue_while_nobody_has_answered(front: Front, unknown: str) -> None:
    front.say(KNOWN)
    front.say("没用")
    assert rows(front)[0].queue == WAITING
    front.say("有用")
    assert (rows(front)[0].queue, rows(front)[0].feedback) == ("", "useful")
    front.say(unknown)
    front.say("有用")
    assert rows(front)[-1].queue == WAITING, "it has had no answer yet"


def test_progress_tells_what_waits_and_since_when(front: Front, unknown: str) -> None:
    assert "没有在办的事" in front.say("进度")
    front.say(unknown)
    assert "1个问题在专家那里" in front.say("进度")
    front.say(f"请问{unknown}")
    heard = front.send("event", Event="CLICK", EventKey="tips.progress")
    assert "2个问题在专家那里" in heard and "最早的" in heard
    assert "没有在办的事" in front.say("进度", sender="oOther")


# -- short words -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["为什么", "为啥？", "说简单点", "看不懂", "什么意思", "罚多少钱", "然后呢", "找谁"])
def test_short_words_after_an_answer_are_never_off_topic(front: Front, word: str) -> None:
    front.say(KNOWN)
    heard = front.say(word)
    assert "帮不上" not in heard and "转人工" in heard


def test_why_says_the_answer_again_and_simpler_its_first_sentence(front: Front) -> None:
    front.say(KNOWN)
    assert answer_of(KNOWN) in front.say("凭什么")
    short = front.say("太长了")
    assert short.startswith("一句话：") and short.split("：", 1)[1][:8] == answer_of(KNOWN)[:8]
    assert len(rows(front)) == 1


def test_an_expert_asked_for_after_short_words_sees_both(front: Front) -> None:
    front.say(KNOWN)
    front.say("罚多少钱")
    front.say("转人工")
    row = next(row for row in rows(front) if row.queue == WAITING)
    assert KNOWN in text_of(front, row) and "罚多少钱" in text_of(front, row)


def test_you_are_wrong_goes_to_an_expert(front: Front) -> None:
    front.say(KNOWN)
    assert "专家" in front.say("你说的不对")
    assert rows(front)[0].feedback == "useless"


@pytest.mark.parametrize("word", ["为什么", "看不懂", "谁负责"])
def test_short_words_about_nothing_are_asked_for_more(front: Front, word: str) -> None:
    assert front.say(word) == followups.SAY_MORE


# -- choices that are gone -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("word", ["都不是", "第三个", "2", "以上都不是"])
def test_a_choice_where_nothing_was_offered_is_no_question(front: Front, word: str) -> None:
    heard = front.say(word)
    assert heard == followups.NO_MENU
    assert rows(front) == []
    assert "问题说一句" in front.say("转人工"), "there is nothing to hand over"


def test_choices_that_lapsed_are_offered_again_or_go_to_an_expert(front: Front, vague: str) -> None:
    front.say(vague)
    front.say("电话")
    with front.services.database.begin() as session:
        session.execute(delete(Conversation))
    assert front.say("2").startswith("刚才的选项再列一遍")
    assert "依据：" in front.say("2")


# -- other languages -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["where can I get a helmet please", "how to use this", "Пожалуйста помогите"])
def test_what_is_not_chinese_hears_the_numbers_in_both(front: Front, text: str) -> None:
    heard = front.say(text)
    assert heard == chat.FOREIGN
    assert all(number in heard for number in ("119", "120", "110"))


@pytest.mark.parametrize("text", ["an quan mao", "anquanmao", "Mie huo qi zen me yong?", "gong shang pei duo shao"])
def test_pinyin_hears_chinese_and_may_choose(front: Front, text: str) -> None:
    heard = front.say(text)
    assert heard.startswith(typed.HEAD) and "Emergency" not in heard
    assert "依据：" in front.say("1")
    assert rows(front)[0].outcome == ANSWERED


def test_pinyin_that_sounds_like_nothing_hears_chinese_too(front: Front) -> None:
    assert front.say("ni jie gei wo yi ba san ba") == typed.NOT_READ
    assert "问题说一句" in front.say("zhuan ren gong") + front.say("转人工") or rows(front)[0].queue == WAITING


# -- small talk ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "吃了吗",
        "好的谢谢",
        "谢谢师傅，辛苦了",
        "哈哈哈",
        "测试",
        "你真棒",
        "早上好啊师傅",
        "天气真热",
        "xie xie",
        "ni hao",
        "在干嘛",
        "👍👍",
    ],
)
def test_small_talk_hears_a_short_kind_line_and_is_no_question(front: Front, text: str) -> None:
    heard = front.say(text)
    assert "帮不上" not in heard and len(heard) <= 50 and "依据" not in heard
    assert rows(front) == []
    assert "问题说一句" in front.say("转人工"), "there is nothing to hand over"


def test_after_asking_for_a_person_the_first_real_question_is_the_one(front: Front, unknown: str) -> None:
    for text in ("吃了吗", "转人工", "我想问一下", "你好", "吃了吗", "有个问题"):
        assert "已转给专家" not in front.say(text)
    assert rows(front) == []
    front.say(unknown)
    assert [text_of(front, row) for row in rows(front) if row.queue == WAITING] == [unknown]


# -- how an answer ends ----------------------------------------------------------------------------------------------
def test_sources_are_short_and_numbers_have_names(front: Front) -> None:
    source = front.say(KNOWN).splitlines()[-2]
    assert source.startswith("依据：") and len(source) <= 90
    silent = next(
        entry
        for entry in answering().entries
        if "12350" in entry.hotlines
        and "12350" not in entry.answer
        and answering().outcome(entry.question).entry is entry
    )
    assert "安全生产举报12350" in front.say(silent.question)


@pytest.mark.parametrize("said", ["依据呢", "出处", "哪条规定的"])
def test_what_an_answer_rests_on_is_told_without_the_answer(front: Front, said: str) -> None:
    front.say(KNOWN)
    heard = front.say(said)
    assert "依据：JGJ" in heard and "没验收" not in heard


def test_words_that_lead_nowhere_do_not_end_the_topic(front: Front) -> None:
    front.say("老板不给交工伤保险怎么办")
    for said in ("要带什么材料", "那他扣我钱咋办", "不听怎么办"):
        heard = front.say(said)
        assert "工伤保险" in heard and chat.OFF_TOPIC not in heard, said
    front.say("今天晚上吃什么菜好")
    assert "工伤保险" in front.say("那他扣我钱咋办")


@pytest.mark.parametrize("said", ["少废话 叫个人来", "叫人来", "找个活人"])
def test_a_person_is_wanted_in_rough_words(front: Front, said: str) -> None:
    front.say(KNOWN)
    assert "转给专家" in front.say(said)


@pytest.mark.parametrize("said", ["问问而已", "只是问问", "就问一下"])
def test_only_asking_is_a_two(front: Front, said: str) -> None:
    front.say("我们工地脚手架没有护栏")
    assert chat.OFF_TOPIC not in front.say(said)
    assert {row.mark for row in front.rows(ConsultQuestion)} == {""}
