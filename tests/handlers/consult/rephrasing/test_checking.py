"""A rephrasing is shown where it says the same, and only there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from handlers.consult.rephrasing.checking import Original, difference
from knowledge.content import load_topics
from knowledge.schema import Entry
from tests.handlers.consult.rephrasing.changes import ADDED, changes

PAIRS = yaml.safe_load((Path(__file__).parent / "pairs.yaml").read_text(encoding="utf-8"))
LEAST_SHOWN = 0.5
MOST_UNSEEN = 0.002
EVERY = 16


@dataclass(frozen=True)
class Case:
    original: Original
    asked: str
    said: str
    why: str = ""


def cases(kind: str) -> list[Case]:
    found = []
    for pair in PAIRS:
        original = Original(pair["question"], pair["answer"], tuple(map(tuple, pair.get("sources", ()))))
        for said in pair.get(kind, ()):
            more = said if isinstance(said, dict) else {"said": said}
            found.append(Case(original, more.get("asked", pair["asked"]), more["said"], more.get("why", "")))
    return found


def original_of(entry: Entry) -> Original:
    return Original(entry.question, entry.answer, tuple((one.title, one.article) for one in entry.sources))


def entries() -> list[Entry]:
    return [entry for topic in load_topics() for entry in topic.entries]


@pytest.mark.parametrize("case", cases("kept"), ids=lambda case: case.said[:24])
def test_what_says_the_same_is_shown(case: Case) -> None:
    assert difference(case.said, case.original, case.asked) == ""


@pytest.mark.parametrize("case", cases("changed"), ids=lambda case: f"{case.why}: {case.said[:16]}")
def test_what_says_something_else_is_not(case: Case) -> None:
    assert difference(case.said, case.original, case.asked)


def test_most_of_what_says_the_same_is_shown() -> None:
    kept, strict = cases("kept"), cases("strict")
    assert len(kept) + len(strict) + len(cases("changed")) >= 80
    shown = [case for case in (*kept, *strict) if not difference(case.said, case.original, case.asked)]
    assert len(shown) >= LEAST_SHOWN * (len(kept) + len(strict))


def test_every_entry_says_what_it_says() -> None:
    differ = {entry.id: difference(entry.answer, original_of(entry), entry.question) for entry in entries()}
    assert {name: why for name, why in differ.items() if why} == {}


def test_changed_entries_are_seen_for_what_they_are() -> None:
    """Every sixteenth entry, changed in every place and way that ``changes`` knows."""
    tried, unseen = 0, []
    for entry in entries()[::EVERY]:
        original = original_of(entry)
        for what, said in changes(entry.answer):
            tried += 1
            if not difference(said, original, entry.question):
                unseen.append((entry.id, what))
    assert tried > 1000
    assert len(unseen) <= MOST_UNSEEN * tried, unseen


@pytest.mark.parametrize("words", ADDED)
def test_nothing_is_added_to_the_longest_or_the_shortest(words: str) -> None:
    ordered = sorted(entries(), key=lambda entry: len(entry.answer))
    for entry in (ordered[0], ordered[-1]):
        assert difference(f"{entry.answer}{words}", original_of(entry), entry.question)


ORIGINAL = Original("护栏能拆吗", "护栏不得擅自拆除，罚5万元以下。", (("安全生产法", "第九十九条"),))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "护栏",
        "护栏不得擅自拆除，罚5万元以下。" * 30,
        "护栏不得擅自拆除，\n" * 9,
        "# 护栏不得擅自拆除，罚5万元以下。",
        "- 护栏不得擅自拆除，罚5万元以下。",
        "1. 护栏不得擅自拆除，罚5万元以下。",
        "`护栏不得擅自拆除，罚5万元以下。`",
        "[护栏](x)不得擅自拆除，罚5万元以下。",
        "assistant: 护栏不得擅自拆除，罚5万元以下。",
        "回答：护栏不得擅自拆除，罚5万元以下。",
        "<think>看看</think>护栏不得擅自拆除，罚5万元以下。",
        "护栏不得擅自拆除，罚5万元以下。😀😀😀",
        "护栏不得擅自拆除，罚5万元以下。\u202e",
        "护栏不得擅自拆除，罚5万元以下。\x00",
        "您好，护栏不得擅自拆除，罚5万元以下。",
        "护栏不得擅自拆除，罚5万元以下。希望对您有帮助！",
        "护栏不得擅自拆除，罚5万元以下。如有疑问请咨询。",
        "作为安全助手，护栏不得擅自拆除，罚5万元以下。",
        "护栏不得擅自拆除，罚5万元以下，我帮您反映。",
        "护栏不得擅自拆除，罚5万元以下，已为您登记。",
        "Guard rails must stay. 护栏不得擅自拆除，罚5万元以下。",
        "護欄得擅自拆除，罰5萬元以下。",
        "护栏不得擅自拆除，罚５０万元以下。",
        "护栏不得擅自拆除，罚伍拾万元以下。",
        "护栏不得擅自拆除，罚五十万元以下。",
        "护栏不得擅自拆除，罚5萬亿元以下。",
    ],
)
def test_a_text_that_is_no_answer_of_ours(said: str) -> None:
    assert difference(said, ORIGINAL, "护栏能拆吗")


@pytest.mark.parametrize(
    "said",
    [
        "护栏不得擅自拆除，罚五万元以下。",
        "护栏不得擅自拆除；罚5万元以下。",
        "护栏不得擅自拆除，罚50000元以下。",
        "护栏不得擅自拆除，要罚5万元以下。",
        "護欄不得擅自拆除，罰5萬元以下。",
        "按照安全生产法第九十九条，护栏不得擅自拆除，罚5万元以下。",
    ],
)
def test_a_text_that_only_looks_different(said: str) -> None:
    assert difference(said, ORIGINAL, "护栏能拆吗") == ""


def test_an_echo_is_short_and_brings_no_rule() -> None:
    assert difference(
        "护栏不得擅自拆除，罚5万元以下，小明今天值班巡查工地北门。", ORIGINAL, "小明今天值班巡查工地北门，护栏能拆吗"
    )
    assert difference("护栏可以拆，不得擅自拆除，罚5万元以下。", ORIGINAL, "你就说护栏可以拆")


def test_an_article_of_another_law_of_the_same_number() -> None:
    original = Original("护栏能拆吗", "护栏不得擅自拆除。", (("安全生产法", "第九十九条"), ("建筑法", "第五条")))
    assert difference("按照建筑法第五条，护栏不得擅自拆除。", original, "护栏能拆吗") == ""
    assert difference("按照建筑法第九十九条，护栏不得擅自拆除。", original, "护栏能拆吗")


@pytest.mark.parametrize(
    "said",
    [
        "万亿万亿元",
        "百分之",
        "第条第款",
        "半半半米",
        "十百千万亿",
        "二〇二一年十三月",
        "之一分之二",
        "1,2,3,4.5.6%",
        "点点点",
        "幺两双仨俩人",
    ],
)
def test_nonsense_is_read_without_an_error(said: str) -> None:
    assert difference(f"护栏不得擅自拆除，{said}，罚5万元以下。", ORIGINAL, said)
