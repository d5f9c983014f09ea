"""The index finds what it should, offers where it cannot decide, and keeps quiet about everything else."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from statistics import median
from time import perf_counter

import pytest

from knowledge.confidence import load_models
from knowledge.embedding import Embedder
from knowledge.evaluation.evaluate import HELD_OUT, Report, evaluate, load_cases
from knowledge.index import Band, Candidate, Found, Index, Limits, load_index, wording
from knowledge.language import Spelling, load_language
from knowledge.matching import MOST_CHARS, Matcher
from knowledge.schema import Earlier, Entry, Source
from knowledge.text import grams, normalise
from tests.knowledge.embedding import needs_embedder

SOURCE = Source(title="安全生产法", issuer="全国人民代表大会常务委员会")
INDEX = load_index()


def band(question: str) -> Band:
    return INDEX.find(question).band


def answer(question: str) -> str | None:
    found = INDEX.find(question)
    return found.best.id if found.best and found.band in {Band.ANSWER, Band.LIKELY} else None


# -- answers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("高处作业要系安全带吗", "height.belt-required"),
        ("触电了怎么办", "electric.shock-rescue"),
        ("煤气漏了咋整", "gas.leak"),
        ("灭火器咋用", "fire.use-extinguisher"),
        ("老师您好，请问一下那个灭火器到底应该怎么用啊？谢谢！", "fire.use-extinguisher"),
        ("電動車可以推上樓充電嗎", "fire.ebike"),
        ("没戴安全帽", "height.helmet-wear"),
        ("被困在电梯里怎么办", "lifting.elevator-trapped"),
        ("塔掉司机要证吗", "lifting.crane-crew"),
        ("中署了咋办", "disaster.heatstroke"),
        ("触电了怎么办" + "😀" * 100, "electric.shock-rescue"),
    ],
)
def test_a_plain_question_is_answered(question: str, entry: str) -> None:
    assert answer(question) == entry


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("过了六十岁还能上工地吗", "construction.over-age"),
        ("干活时不小心摔倒算不算工伤", "rights.injury-cases"),
        ("怎样防止工人摔下去", "height.prevent-fall"),
        ("出租屋一个房间能住几个人", "daily.rental-crowding"),
        ("租客用煤气出了事房东赔不赔", "gas.landlord"),
        ("墙上插座冒火星", "electric.socket-sparks"),
        ("电动车被水泡了能充电吗", "fire.soaked-battery"),
        ("热水器漏电麻手", "electric.tingling"),
        ("塔吊刮几级风要停工", "lifting.wind"),
        ("施工电梯没有门还能坐吗", "lifting.hoist-door"),
        ("脚手架上没有护栏", "height.scaffold-rail"),
        ("老板给三千块要私了", "rights.private-settlement"),
        ("C证去哪里报名", "construction.officer-card-apply"),
    ],
)
def test_what_strangers_got_wrong_answers_to(question: str, entry: str) -> None:
    assert answer(question) == entry


@pytest.mark.parametrize("question", ["两米以下要不要系安全带", "1.5米高要系安全带吗", "4米高要不要系安全带"])
def test_the_height_from_which_a_belt_is_needed_is_the_first_thing_said(question: str) -> None:
    found = INDEX.find(question).best
    assert found is not None and found.id == "height.belt-required"
    assert found.answer.startswith("满2米就要系")


def test_a_cylinder_is_of_the_kitchen_or_of_the_site_and_each_answer_says_the_others_distance() -> None:
    assert "10米" in INDEX.by_id["gas.lpg-use"].answer
    assert "半米" in INDEX.by_id["fire.cylinder-spacing"].answer


def test_every_entry_is_the_answer_to_its_own_question_or_stands_among_the_choices() -> None:
    lost = [
        entry.id
        for entry in INDEX.entries
        if entry not in [candidate.entry for candidate in INDEX.find(entry.question).candidates]
        or band(entry.question) is Band.DECLINE
    ]
    assert lost == []


# -- choices ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("question", ["安全带", "脚手架", "塔吊", "高压线", "灭火器", "安全生产月", "举报", "事故"])
def test_a_bare_word_many_entries_say_is_never_answered_but_offered(question: str) -> None:
    found = INDEX.find(question)
    assert found.band is Band.CHOOSE
    assert len(found.candidates) > 1


@pytest.mark.parametrize("question", ["十不吊", "四不放过"])
def test_a_bare_word_that_one_entry_is_about_is_answered(question: str) -> None:
    assert band(question) is Band.ANSWER


def test_candidates_come_best_first_and_no_more_than_asked_for() -> None:
    for most in (1, 3):
        candidates = INDEX.find("基坑边上能停车吗", most).candidates
        assert 0 < len(candidates) <= most
        assert [c.confidence for c in candidates] == sorted((c.confidence for c in candidates), reverse=True)
    assert all(0 <= candidate.confidence <= 1 for candidate in candidates)


def test_staff_see_the_nearest_entries_whatever_the_confidence() -> None:
    assert band("塔吊租一个月多少钱") is not Band.ANSWER
    assert len(INDEX.search("塔吊租一个月多少钱", 5)) == 5
    assert INDEX.search("🙂") == []


def test_limits_move_the_bands() -> None:
    question = "灭火器怎么用"
    assert Index(INDEX.entries, Limits(answer=1.1)).find(question).band is Band.LIKELY
    assert Index(INDEX.entries, Limits(answer=1.1, likely=1.1)).find(question).band is Band.CHOOSE
    assert Index(INDEX.entries, Limits(belongs=1.1, choose=1.1)).find(question).band is Band.DECLINE


# -- silence ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "question",
    ["你好", "好的", "谢谢", "测试", "收到", "嗯", "哈哈哈", "在吗", "今天天气怎么样", "文昌鸡怎么做", "你是谁"],
)
def test_chat_is_declined(question: str) -> None:
    assert band(question) is Band.DECLINE


@pytest.mark.parametrize("question", ["怎么办", "多少钱", "可以吗", "什么时候", "谁负责", "请问一下", "打什么电话"])
def test_the_frame_of_a_question_alone_asks_nothing(question: str) -> None:
    assert band(question) is Band.DECLINE


@pytest.mark.parametrize(
    "question",
    [
        "钢筋今天多少钱一吨",
        "二建继续教育怎么报名",
        "塔吊租一个月多少钱",
        "燃气灶哪个牌子性价比高",
        "海口装修一平米多少钱",
    ],
)
def test_what_only_sounds_like_safety_is_not_answered(question: str) -> None:
    assert band(question) is not Band.ANSWER


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "？",
        "。。。",
        "1",
        "滚",
        "😀😀😀",
        "[微笑]",
        "\x00\x01\x02",
        "\u200b\u202e",
        "\ud800",
        "asdfghjkl",
        "111111",
    ],
)
def test_nothing_much_is_declined(question: str) -> None:
    assert INDEX.find(question).band is Band.DECLINE


@pytest.mark.parametrize("text", ["a", "安", "好的", "😀", "\n", "安全 ", "0", "今天吃了火锅然后去看电影"])
def test_twenty_thousand_characters_are_declined_at_once(text: str) -> None:
    question = (text * 20_000)[:20_000]
    start = perf_counter()
    assert INDEX.find(question).band is Band.DECLINE
    assert perf_counter() - start < 0.1


def test_a_long_forwarded_message_made_of_everyday_talk_is_hardly_ever_answered() -> None:
    lines = [case.question for case in load_cases() if case.kind.value == "off_topic" and len(case.question) > 5]
    chance = random.Random(1)
    texts = ["，".join(chance.sample(lines, 10)) for _ in range(100)]
    assert sum(band(text) is Band.ANSWER for text in texts) <= 3


def test_an_index_without_entries_declines() -> None:
    empty = Index(())
    assert empty.find("触电了怎么办") == Found(Band.DECLINE, ())
    assert empty.find("触电了怎么办").best is None
    assert empty.search("触电了怎么办") == []


# -- wording by date -------------------------------------------------------------------------------------------------
def test_the_wording_is_the_one_that_held_on_the_day() -> None:
    first = Earlier(until=date(2014, 11, 30), answer="最早的规定是这样说的，现在不用了。", sources=(SOURCE,))
    second = Earlier(until=date(2021, 8, 31), answer="后来的规定是这样说的，现在不用了。", sources=(SOURCE,))
    entry = Entry(
        id="law.fine",
        question="罚多少钱",
        phrasings=("罚几万", "罚几块", "罚款多少", "罚款标准", "要罚多少"),
        answer="现在的规定是这样说的，一直有效。",
        sources=(SOURCE,),
        audience=("public",),
        earlier=(second, first),
    )
    assert wording(entry, date(2014, 11, 30)).answer == first.answer
    assert wording(entry, date(2014, 12, 1)).answer == second.answer
    assert wording(entry, date(2021, 8, 31)).outdated
    assert wording(entry, date(2021, 9, 1)).answer == entry.answer
    assert not wording(entry, date(2021, 9, 1)).outdated


# -- text ------------------------------------------------------------------------------------------------------------
def test_text_is_compared_by_characters_pairs_and_whole_numbers_and_words() -> None:
    assert grams("要不要") == ["要", "不", "要", "要不", "不要"]
    assert grams("打119") == ["打", "119", "打119"]
    assert grams("c30单") == ["c", "30", "单", "30单"]
    assert grams("") == []
    assert normalise("ＡＥＤ 怎麼用？") == "aed怎么用"


def test_loose_words_become_plain_ones() -> None:
    assert load_language().plain("煤氣漏咗，點算") == "煤气漏了怎么办"


def test_a_word_spelt_by_sound_is_put_right_and_a_right_one_left_alone() -> None:
    spelling = Spelling(["脚手架怎么拆", "拆脚手架顺序", "脚手架拆除"], load_language())
    assert spelling.correct("脚手驾谁拆") == "脚手架谁拆"
    assert spelling.correct("脚手架怎么拆") == "脚手架怎么拆"
    assert spelling.correct("驾") == "驾"
    assert spelling.correct("") == ""


def test_a_question_is_cut_to_what_is_compared() -> None:
    assert len(Matcher(INDEX.entries[:5]).plain("灭火器怎么用" * 500)) <= MOST_CHARS


# -- as a whole ------------------------------------------------------------------------------------------------------
def test_the_held_out_set_names_entries_that_exist_and_asks_nothing_the_index_was_trained_on() -> None:
    held_out = load_cases(HELD_OUT)
    assert not {name for case in held_out for name in case.entries if name not in INDEX.by_id}
    assert not {case.question for case in held_out} & {case.question for case in load_cases()}


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(INDEX, load_cases(), date(2021, 6, 16))


def test_the_development_set_does_not_get_worse(report: Report) -> None:
    """Floors and ceilings a little beside the figures when the confidence was trained; these were trained on. By words
    alone, as where there is no embedder or too little time for it. Of these .85 were right at once before the third
    held-out set's joined; answering more would answer more than one in fifty that do not belong here (.02 until three of
    those got entries of their own and left fewer to count among)."""
    assert report.pass_at_1.value >= 0.83
    assert report.right_at_3.value >= 0.96
    assert report.wrong_answers.value <= 0.045
    assert report.false_answers.value <= 0.021
    assert report.off_topic_choices.value <= 0.15
    assert report.ambiguous_clarified.value >= 0.84
    assert report.emergency_right.value >= 0.88


@needs_embedder
def test_the_development_set_does_not_get_worse_by_meaning(embedder: Embedder) -> None:
    """The same for answers as people get them. Of ambiguous questions .94 were asked back before the second held-out
    set's joined these, .92 before the third's; what is too broad for one answer is held back later, by the conversation
    (``consult.broad``), which asks back about .96 of them."""
    report = evaluate(INDEX, load_cases(), date(2021, 6, 16), embedder)
    assert report.pass_at_1.value >= 0.93
    assert report.right_at_3.value >= 0.98
    assert report.wrong_answers.value <= 0.04
    assert report.false_answers.value <= 0.02
    assert report.coverage.value >= 0.97
    assert report.off_topic_choices.value <= 0.10
    assert report.ambiguous_clarified.value >= 0.88
    assert report.emergency_right.value >= 0.92


def test_a_question_takes_a_fraction_of_a_millisecond(report: Report) -> None:
    """Five times what it takes on an idle machine, for machines that are not."""
    assert median(outcome.seconds for outcome in report.outcomes) < 0.0015


def test_the_same_question_finds_the_same_from_many_threads_at_once() -> None:
    questions = [case.question for case in load_cases()][:200]
    once = [INDEX.find(question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(INDEX.find, questions)) == once


def test_the_model_fits_the_code_and_a_chance_is_a_chance() -> None:
    judgement = load_models().words.judge("灭火器怎么用", INDEX.matcher.matches("灭火器怎么用"))
    assert 0 <= judgement.among <= 1
    assert isinstance(INDEX.search("灭火器怎么用")[0], Candidate)
