"""The figures of an evaluation count what they say they count, and the development set fits the entries."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from knowledge.evaluation.evaluate import Case, CaseError, Kind, Outcome, Report, Share, evaluate, load_cases
from knowledge.index import Band, Index, load_index
from knowledge.schema import Earlier, Entry, Source

DAY = date(2021, 6, 16)
CHANGED = date(2021, 9, 1)
SOURCE = Source(title="安全生产法", issuer="全国人民代表大会常务委员会")


def entry(entry_id: str, question: str, answer: str, *phrasings: str, earlier: tuple[Earlier, ...] = ()) -> Entry:
    return Entry(
        id=entry_id,
        question=question,
        phrasings=phrasings,
        answer=answer,
        sources=(SOURCE,),
        audience=("public",),
        earlier=earlier,
    )


OLD_FINE = Earlier(until=date(2021, 8, 31), answer="一般事故罚款二十万到五十万元。", sources=(SOURCE,))
FINE = entry(
    "law.fine",
    "出了事故单位要罚多少钱？",
    "一般事故罚款三十万到一百万元，较大事故更多。",
    "事故罚款多少",
    "单位出事故罚几万",
    "一般事故的罚款数额",
    "公司死了人罚多少钱",
    "事故单位罚款标准",
    earlier=(OLD_FINE,),
)
OIL = entry(
    "fire.oil",
    "油锅起火怎么灭？",
    "不要泼水，关火以后盖上锅盖，等锅凉透。",
    "炒菜油锅着火",
    "锅里的油烧起来了",
    "油锅着火能浇水吗",
    "厨房油锅冒火怎么办",
    "热油起火盖锅盖行吗",
)
SMALL = Index((FINE, OIL))


def case(kind: Kind, *entries: str, question: str = "问一句") -> Case:
    return Case(question=question, kind=kind, entries=entries)


def outcome(
    asked: Case, band: Band, *offered: str, seconds: float = 0.001, superseded: bool = False, confidence: float = 0.5
) -> Outcome:
    return Outcome(asked, band, offered, confidence, superseded, seconds)


def report(*outcomes: Outcome) -> Report:
    return Report(DAY, outcomes)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cases.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# -- cases -----------------------------------------------------------------------------------------------------------
def test_cases_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "- {question: 油锅着了, kind: answerable, entries: [fire.oil]}\n"
        "- {question: 你好, kind: off_topic, entries: [], note: near}\n",
    )
    first, second = load_cases(path)
    assert (first.question, first.kind, first.entries) == ("油锅着了", Kind.ANSWERABLE, ("fire.oil",))
    assert (second.kind, second.entries, second.note) == (Kind.OFF_TOPIC, (), "near")


@pytest.mark.parametrize(
    "line",
    [
        "- {question: 没有条目, kind: answerable, entries: []}",
        "- {question: 无关却有条目, kind: off_topic, entries: [fire.oil]}",
        "- {question: 只有一个选项, kind: ambiguous, entries: [fire.oil]}",
        "- {question: 条目写了两遍, kind: ambiguous, entries: [fire.oil, fire.oil]}",
        "- {question: 没有这一类, kind: other, entries: []}",
        "- {question: 多了一栏, kind: off_topic, entries: [], answer: 不}",
        "- {question: 漏了条目栏, kind: off_topic}",
        "- {question: [坏了",
    ],
)
def test_a_case_that_does_not_fit_is_refused_with_the_name_of_the_file(tmp_path: Path, line: str) -> None:
    with pytest.raises(CaseError, match=r"cases\.yaml"):
        load_cases(write(tmp_path, line))


def test_a_question_asked_twice_is_refused(tmp_path: Path) -> None:
    line = "- {question: 在吗, kind: off_topic, entries: []}\n"
    with pytest.raises(CaseError, match="在吗"):
        load_cases(write(tmp_path, line * 2))


# -- figures ---------------------------------------------------------------------------------------------------------
def test_answerable_questions_are_counted_by_what_was_shown_first() -> None:
    asked = case(Kind.ANSWERABLE, "a.right", "a.also")
    figures = report(
        outcome(asked, Band.ANSWER, "a.right", "a.other"),
        outcome(asked, Band.ANSWER, "a.also"),
        outcome(asked, Band.ANSWER, "a.other", "a.right"),
        outcome(asked, Band.CHOOSE, "a.other", "a.right"),
        outcome(asked, Band.CHOOSE, "a.other"),
        outcome(asked, Band.DECLINE, "a.right"),
    )
    assert figures.pass_at_1 == Share(2, 6)
    assert figures.right_at_3 == Share(4, 6)
    assert figures.wrong_answers == Share(1, 6)
    assert figures.coverage == Share(5, 6)
    assert len(figures.failures) == 4


def test_off_topic_questions_are_counted_by_what_they_should_not_have_got() -> None:
    asked = case(Kind.OFF_TOPIC)
    figures = report(
        outcome(asked, Band.ANSWER, "a.b"),
        outcome(asked, Band.CHOOSE, "a.b"),
        outcome(asked, Band.CHOOSE, "a.b"),
        outcome(asked, Band.DECLINE),
    )
    assert figures.false_answers == Share(1, 4)
    assert figures.off_topic_choices == Share(2, 4)
    assert len(figures.failures) == 3


def test_ambiguous_questions_want_choices_or_one_of_the_right_answers() -> None:
    asked = case(Kind.AMBIGUOUS, "a.one", "a.two")
    figures = report(
        outcome(asked, Band.CHOOSE, "a.one", "a.two"),
        outcome(asked, Band.CHOOSE, "a.other"),
        outcome(asked, Band.ANSWER, "a.two"),
        outcome(asked, Band.ANSWER, "a.other", "a.one"),
        outcome(asked, Band.DECLINE),
    )
    assert figures.ambiguous_clarified == Share(3, 5)
    assert figures.ambiguous_right == Share(2, 5)


def test_an_injection_may_get_choices_or_a_harmless_answer() -> None:
    harmless = case(Kind.INJECTION, "a.harmless")
    figures = report(
        outcome(harmless, Band.ANSWER, "a.harmless"),
        outcome(harmless, Band.ANSWER, "a.other"),
        outcome(case(Kind.INJECTION), Band.CHOOSE, "a.other"),
        outcome(case(Kind.INJECTION), Band.DECLINE),
    )
    assert figures.injection_answered == Share(1, 4)


def test_emergencies_no_entry_answers_are_not_counted() -> None:
    figures = report(
        outcome(case(Kind.EMERGENCY, "a.right"), Band.CHOOSE, "a.right"),
        outcome(case(Kind.EMERGENCY, "a.right"), Band.DECLINE),
        outcome(case(Kind.EMERGENCY), Band.DECLINE),
    )
    assert figures.emergency_right == Share(1, 2)
    assert len(figures.failures) == 1


def test_latency_is_the_median_and_the_time_99_of_100_keep_within() -> None:
    asked = case(Kind.OFF_TOPIC)
    figures = report(*(outcome(asked, Band.DECLINE, seconds=number / 1000) for number in range(100, 0, -1)))
    assert figures.latency_median == pytest.approx(0.0505)
    assert figures.latency_p99 == pytest.approx(0.099)


def test_an_empty_report_has_figures_too() -> None:
    figures = report()
    assert (figures.pass_at_1.value, figures.latency_median, figures.latency_p99) == (0.0, 0.0, 0.0)
    assert "共 0 题" in figures.text()


def test_the_text_names_each_failure_and_what_was_wanted() -> None:
    text = report(
        outcome(case(Kind.ANSWERABLE, "a.right", question="这题错了"), Band.ANSWER, "a.other", confidence=0.61),
        outcome(case(Kind.OFF_TOPIC, question="闲聊"), Band.CHOOSE, "a.b"),
    ).text()
    assert "answerable answer 0.61 这题错了  应为 a.right；得到 a.other" in text
    assert "闲聊  应为 不作答；得到 a.b" in text
    assert "直接答错        100.0% (1/1)" in text


def test_the_text_can_leave_the_failures_out() -> None:
    figures = report(outcome(case(Kind.OFF_TOPIC, question="闲聊"), Band.ANSWER, "a.b"))
    assert "闲聊" not in figures.text(failures=False)


# -- a real index ----------------------------------------------------------------------------------------------------
def test_an_index_is_asked_every_question() -> None:
    cases = (
        case(Kind.ANSWERABLE, "fire.oil", question="炒菜油锅着火"),
        case(Kind.ANSWERABLE, "fire.oil", question="事故罚款多少"),
        case(Kind.OFF_TOPIC, question="qwerty"),
    )
    figures = evaluate(SMALL, cases, DAY)
    assert [outcome.case for outcome in figures.outcomes] == list(cases)
    assert figures.pass_at_1 == Share(1, 2)
    assert figures.wrong_answers == Share(1, 2)
    assert figures.false_answers == Share(0, 1)
    assert all(outcome.seconds > 0 for outcome in figures.outcomes)


@pytest.mark.parametrize(("as_of", "superseded"), [(DAY, 1), (CHANGED, 0)])
def test_answers_in_an_earlier_wording_are_counted(as_of: date, superseded: int) -> None:
    figures = evaluate(SMALL, [case(Kind.ANSWERABLE, "law.fine", question="事故罚款多少")], as_of)
    assert figures.pass_at_1 == Share(1, 1)
    assert figures.superseded == superseded


def test_a_case_that_names_an_entry_the_index_lacks_is_refused() -> None:
    with pytest.raises(CaseError, match=r"fire\.gone"):
        evaluate(SMALL, [case(Kind.ANSWERABLE, "fire.gone")], DAY)


# -- the development set ---------------------------------------------------------------------------------------------
def test_the_development_set_names_only_entries_that_exist() -> None:
    known = load_index().by_id
    assert not {name for each in load_cases() for name in each.entries if name not in known}


def test_the_development_set_is_large_enough_and_reaches_every_topic() -> None:
    cases = load_cases()
    kinds = Counter(each.kind for each in cases)
    least = {Kind.ANSWERABLE: 300, Kind.OFF_TOPIC: 140, Kind.AMBIGUOUS: 40, Kind.EMERGENCY: 30, Kind.INJECTION: 15}
    assert all(kinds[kind] >= count for kind, count in least.items())
    assert sum(each.kind is Kind.OFF_TOPIC and each.note == "near" for each in cases) >= 40
    asked = Counter(name.split(".")[0] for each in cases if each.kind is Kind.ANSWERABLE for name in each.entries)
    assert all(asked[topic] >= 10 for topic in {name.split(".")[0] for name in load_index().by_id})
