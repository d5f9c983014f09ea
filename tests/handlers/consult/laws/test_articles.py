"""An article asked by name, as people have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.clock import system
from bot.inbox.records import Conversation
from handlers.consult.answering import answering
from handlers.consult.laws.answer import known_names, reply_to
from handlers.consult.laws.chat import LEANS, NOTE
from handlers.consult.laws.citations import citations
from handlers.consult.publishing import live, withdrawing
from handlers.consult.records import ARTICLE, DECLINED, WAITING, ConsultQuestion
from knowledge.laws.asked import read
from knowledge.laws.numerals import ArticleNumber
from tests.bot.front import MOST_BYTES, ON_SQLITE, Front
from tests.handlers.consult.laws.texts import TODAY, bring_in, code, safety

LAW = "安全生产法"


@pytest.fixture(autouse=True)
def _own_knowledge() -> Iterator[None]:
    """What a test serves ends with it."""
    yield
    live.uninstall()


@pytest.fixture
def laws(front: Front, tmp_path) -> Front:
    bring_in(front.services, tmp_path / "laws", safety(), code())
    return front


def questions(front: Front) -> list[ConsultQuestion]:
    return sorted(front.rows(ConsultQuestion), key=lambda row: row.id)


def explained(laws: Front) -> ArticleNumber:
    """An article that one entry alone explains, as the knowledge base is today."""
    with laws.services.database.reading() as session:
        names = known_names(session)
        for number in map(ArticleNumber, range(20, 119)):
            asked = read(f"{LAW}{number}", names)
            if asked and reply_to(session, asked, laws.services.clock.today()).entry is not None:
                return number
    raise AssertionError("no article has one entry")


def test_the_text_with_its_version_and_the_entry_beside_it(laws: Front) -> None:
    number = explained(laws)
    heard = laws.say(f"安全生产法{number}说什么")
    assert heard.startswith(f"《安全生产法》{number}（2021年6月10日版，2021年9月1日起施行）\n新文{number}的话。")
    (row,) = questions(laws)
    entry = answering().entry(row.entry_id)
    assert entry is not None
    assert any(str(number) in source.article for source in entry.sources)
    assert f"通俗地说：{entry.question}" in heard
    assert (row.outcome, row.queue) == (ARTICLE, "")


@ON_SQLITE
@pytest.mark.parametrize(
    "text", ["安法41条", "安全生產法第四十一條說什麼", "安全生产法第４１条", "那个安全生产法四十一条讲的啥"]
)
def test_other_ways_to_ask_for_it(laws: Front, text: str) -> None:
    assert "新文第四十一条的话" in laws.say(text)


def test_follow_ups_lean_on_the_last_law(laws: Front) -> None:
    laws.say("安法41条")
    assert "新文第四十二条" in laws.say("那第四十二条呢")
    assert "新文第四十三条" in laws.say("下一条")
    assert "新文第四十二条" in laws.say("上一条")
    assert "后来加的" in laws.say("第七条之一")
    assert "新文第八条" in laws.say("下一条")
    assert "最后一条是第一百一十九条" in laws.say("安全生产法第一百一十九条") + laws.say("下一条")
    assert "新文第一百一十八条" in laws.say("上一条")


@ON_SQLITE
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("四十二条", "新文第四十二条"),
        ("42条", "新文第四十二条"),
        ("那五十六呢", "新文第五十六条"),
        ("56呢", "新文第五十六条"),
        ("五十六", "新文第五十六条"),
        ("再看第五十六", "新文第五十六条"),
        ("2014版", "原文我这里没有"),
        ("旧版呢", "更早的版本我这里没有原文"),
    ],
)
def test_short_words_after_an_article(laws: Front, said: str, shown: str) -> None:
    laws.say("安法41条")
    assert shown in laws.say(said)


@ON_SQLITE
@pytest.mark.parametrize(
    "said", ["脚手架几个人验收", "谢谢", "高处作业要系安全带吗", "5", "12350", "2021年出的事怎么罚"]
)
def test_other_short_words_after_an_article_are_no_article(laws: Front, said: str) -> None:
    laws.say("安全生产法第一百一十八条")
    assert "新文" not in laws.say(said)


@ON_SQLITE
def test_beyond_the_last_article_the_next_is_none_and_the_one_before_the_last(laws: Front) -> None:
    assert "没有第二百条" in laws.say("安全生产法第二百条")
    assert "最后一条是第一百一十九条" in laws.say("下一条")
    assert "新文第一百一十九条" in laws.say("上一条")


@ON_SQLITE
@pytest.mark.parametrize("text", ["安全生产法56", "安法五十六", "新安法56说什么"])
def test_the_word_article_may_be_left_out_after_a_name(laws: Front, text: str) -> None:
    assert "新文第五十六条" in laws.say(text)


@ON_SQLITE
@pytest.mark.parametrize(
    "text", ["旅游法第三十八条", "请问食品安全法第三条怎么说", "《公安法》41条", "海南省安全生产条例第三条"]
)
def test_a_law_that_nobody_here_has_is_named_and_nothing_made_up(laws: Front, text: str) -> None:
    heard = laws.say(text)
    assert "原文我这里没有" in heard and "转人工" in heard and "新文" not in heard
    assert f"《{text.strip('请问《')[:2]}" in heard
    (row,) = questions(laws)
    assert (row.outcome, row.queue) == (DECLINED, "")
    assert "转给专家" in laws.say("转人工")


@ON_SQLITE
def test_regulations_without_a_name_are_asked_for(laws: Front) -> None:
    assert "是哪部法的第四十一条" in laws.say("条例第四十一条说什么")
    assert "是哪部法的第四十一条" in laws.say("条例四十一条")
    laws.say("安法41条")
    assert "是哪部法的第四十二条" in laws.say("条例第四十二条"), "安全生产法 is none"


@ON_SQLITE
def test_a_paragraph_is_named_as_such_and_a_menu_can_be_refused(laws: Front) -> None:
    assert laws.say("安全生产法第三条第二款").startswith("《安全生产法》第三条第二款（")
    with laws.services.database.reading() as session:
        names, today = known_names(session), laws.services.clock.today()
        asked = (read(f"{LAW}第{number}条", names) for number in range(1, 119))
        offered = next(one for one in asked if one and reply_to(session, one, today).choices)
    assert laws.say(f"{LAW}{offered.number}").endswith("都不是就回“都不是”。")
    assert "问题说一句" in laws.say("都不是")


@ON_SQLITE
def test_a_whole_law_is_read_article_by_article(laws: Front) -> None:
    heard = laws.say("安全生产法全文")
    assert "第一条到第一百一十九条" in heard and "一条一条看" in heard
    assert "新文第四十一条" in laws.say("第四十一条")
    assert "第一条到第一百一十九条" in laws.say("我想看安全生产法第五章")


@ON_SQLITE
def test_as_of_a_day_the_entries_know_what_the_text_at_hand_does_not(laws: Front) -> None:
    """第九十二条 was the head's fine after an accident until 2021-08-31, and is about something else since."""
    for text in ("2021年之前安全生产法第九十二条怎么说", "安全生产法2014版第九十二条", "2020年的时候安法92条"):
        heard = laws.say(text)
        assert "第九十二条（2014年8月31日版）的原文我这里没有" in heard, text
        assert "30%" in heard and "新文第九十二条" not in heard
    assert "新文第九十二条" in laws.say("安全生产法第九十二条")


@ON_SQLITE
def test_after_half_an_hour_nobody_knows_which_law_was_meant(laws: Front) -> None:
    laws.say("安法41条")
    content = laws.services.content
    with laws.services.database.begin() as session:
        row = session.query(Conversation).one()
        state = json.loads(content.decrypt(row.state_sealed, "conversation", row.person_id, "state"))
        state[4][NOTE][-1] = (system() - LEANS - timedelta(seconds=5)).isoformat()
        row.state_sealed = content.encrypt(json.dumps(state), "conversation", row.person_id, "state")
    assert "是哪部法的第四十二条" in laws.say("那第四十二条呢")


@ON_SQLITE
def test_an_article_without_a_law(laws: Front) -> None:
    assert "是哪部法的第四十二条" in laws.say("第四十二条")
    assert questions(laws) == []
    assert "接着哪一条" in laws.say("下一条")
    assert "接着哪一条" in laws.say("全文")


@ON_SQLITE
def test_paragraphs_and_items(laws: Front) -> None:
    heard = laws.say("安全生产法第三条第二款")
    assert "\n第三条的第二款。" in heard and "新甲" not in heard
    heard = laws.say("安全生产法第3条第（二）项")
    assert "新乙" in heard and "新甲" not in heard
    assert "只有2款" in laws.say("安全生产法第三条第五款")
    assert "只有2项" in laws.say("安全生产法第三条第九项")
    assert "不分项" in laws.say("安全生产法第一条第一项")


@ON_SQLITE
def test_a_long_article_is_cut_at_a_paragraph_and_shown_whole_on_request(laws: Front) -> None:
    heard = laws.say("安全生产法第五条")
    assert "第一遍" in heard and "第四遍" not in heard
    assert "后面还有" in heard and "回“全文”" in heard
    whole = laws.say("全文")
    assert len(whole.encode()) <= MOST_BYTES
    while "第四遍" not in whole and "更多" in whole:
        whole = laws.say("更多")
    assert "第四遍" in whole


def test_an_article_that_does_not_exist(laws: Front) -> None:
    heard = laws.say("安全生产法第一百三十条")
    assert "一共119条" in heard and "没有第一百三十条" in heard and "有用请回" not in heard
    assert "没有第四十一条之一" in laws.say("安全生产法第四十一条之一")
    assert "只有侵权责任编" in laws.say("民法典第十条")
    assert "不许往楼下扔" in laws.say("民法典第1254条")


@ON_SQLITE
def test_of_a_code_that_is_there_in_part_the_entries_know_more(laws: Front) -> None:
    cited = citations(answering().serving.index).cited
    number = next(number for law, number in cited if law == "民法典" and number.number not in {1253, 1254})
    heard = laws.say(f"民法典{number}")
    assert "原文我这里没有，知识库里" in heard


@ON_SQLITE
def test_what_was_put_in_later_is_pointed_to(laws: Front) -> None:
    assert "后面还有第七条之一" in laws.say("安全生产法第七条")


@ON_SQLITE
def test_an_article_as_context_is_a_question(laws: Front) -> None:
    heard = laws.say("违反安全生产法第四十一条罚多少")
    assert not heard.startswith("《安全生产法》第四十一条")
    assert questions(laws)[0].outcome != ARTICLE


def test_without_any_text_the_entries_that_cite_the_article_answer(front: Front) -> None:
    heard = front.say(f"安全生产法{explained(front)}")
    (row,) = questions(front)
    entry = answering().entry(row.entry_id)
    assert entry is not None
    assert "原文我这里没有" in heard and entry.question in heard and entry.answer.strip().splitlines()[0] in heard
    assert (row.outcome, row.queue) == (ARTICLE, "")


@ON_SQLITE
def test_several_entries_of_an_article_are_offered(front: Front) -> None:
    cited = citations(answering().serving.index).cited
    law, number = next(
        key for key, held in cited.items() if sum(c.rank < 10 and not c.earlier for c in held) > 2 and not key[1].branch
    )
    heard = front.say(f"{law}{number}")
    assert "想看哪条" in heard and "1. " in heard
    assert "依据" in front.say("1")
    assert [row.outcome for row in questions(front)] == [ARTICLE, "answered"]


def test_a_known_law_that_nobody_here_knows_goes_to_an_expert(front: Front) -> None:
    heard = front.say("气象法第四十条说什么")
    assert "还没有，不乱说" in heard and "已转给专家" in heard
    (row,) = questions(front)
    assert (row.outcome, row.queue) == (DECLINED, WAITING)


@ON_SQLITE
def test_full_text_of_a_law_that_is_not_there(front: Front) -> None:
    front.say("安全生产法第四十一条")
    assert "原文我这里没有" in front.say("全文")


@ON_SQLITE
def test_a_number_in_a_menu_that_is_no_choice_is_an_article(laws: Front) -> None:
    with laws.services.database.reading() as session:
        names = known_names(session)
        law = LAW
        for number in range(1, 119):
            asked = read(f"{law}第{number}条", names)
            assert asked is not None
            if len(reply_to(session, asked, laws.services.clock.today()).choices) in {2, 3}:
                break
    laws.say(f"{law}第{number}条")
    assert "新文第九条" in laws.say("第九条")


@ON_SQLITE
def test_a_withdrawn_entry_is_not_shown_beside_the_text(laws: Front) -> None:
    number = explained(laws)
    laws.say(f"安法{number}")
    shown = questions(laws)[0].entry_id
    with laws.services.database.begin() as session:
        withdrawing.withdraw(session, laws.services, shown, "01STAFF", "错了")
    live.live().look()
    heard = laws.say(f"安法{number}")
    assert f"新文{number}" in heard
    assert questions(laws)[1].entry_id != shown


@ON_SQLITE
def test_the_version_of_the_day(front: Front, tmp_path) -> None:
    old = safety("2014-08-31", 114, "旧")
    bring_in(front.services, tmp_path / "laws", safety(), old)
    june = date(2021, 6, 16)

    def reply(text: str, on: date) -> str:
        with front.services.database.reading() as session:
            asked = read(text, known_names(session))
            assert asked is not None
            return reply_to(session, asked, on).text

    assert reply("安法41条", june).startswith("《安全生产法》第四十一条（2014年8月31日版，2014年12月1日起施行）\n旧文")
    assert reply("安法41条", TODAY).startswith("《安全生产法》第四十一条（2021年6月10日版")
    assert "旧文" in reply("旧的安全生产法第41条", TODAY)
    assert "旧文" in reply("安全生产法2014年版第41条", TODAY)
    assert "新文" in reply("安全生产法2021版第41条", june)
    assert "一共114条" in reply("安法116条", june)
    assert "不施行" in reply("旧安法41条", TODAY) or "2021年9月1日起施行的是" in reply("旧安法41条", TODAY)


@ON_SQLITE
def test_a_text_that_is_not_in_force_says_so(laws: Front) -> None:
    with laws.services.database.reading() as session:
        asked = read("安法41条", known_names(session))
        assert asked is not None
        found = reply_to(session, asked, date(2021, 6, 16))
    assert "2021年9月1日起才施行" in found.text and "2014年8月31日版" in found.text
    assert found.number == ArticleNumber(41)


def test_feedback_about_an_article(laws: Front) -> None:
    laws.say("安法41条")
    assert "专家" in laws.say("没用")
    (row,) = questions(laws)
    assert (row.queue, row.feedback) == (WAITING, "useless")


@ON_SQLITE
def test_old_questions_do_not_matter(laws: Front) -> None:
    laws.say("安法41条")
    with laws.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(asked_at=system() - timedelta(days=3)))
    assert "新文第四十二条" in laws.say("42条呢")


@ON_SQLITE
def test_beyond_the_last_article_is_told_without_the_text_too(front: Front) -> None:
    heard = front.say("安全生产法第200条")
    assert "一共119条，没有第二百条" in heard and "专家" not in heard
    assert "一共" not in front.say("安全生产法第一百一十九条")
