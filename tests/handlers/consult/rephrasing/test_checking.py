"""A rephrasing is shown where it says the same, and only there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from handlers.consult.rephrasing.checking import Original, difference
from knowledge.content import load_topics
from knowledge.schema import Entry
from tests.handlers.consult.rephrasing.changes import ADDED, changes, without_a_character
from tests.handlers.consult.rephrasing.rewrites import Rewrite, rewrites

PAIRS = yaml.safe_load((Path(__file__).parent / "pairs.yaml").read_text(encoding="utf-8"))
LEAST_SHOWN, LEAST_HARMLESS = 0.3, 0.9
EVERY = 16
MAY_GO = frozenset("的了就也")
SAME_WITHOUT = frozenset("元万有候面个方米份到者话日")
"""Characters without which a longer word still says the same: 5到10万元, 没有, 什么时候, 或者."""


@dataclass(frozen=True)
class Case:
    original: Original
    said: str
    why: str = ""


def cases(kind: str) -> list[Case]:
    found = []
    for pair in PAIRS:
        original = Original(pair["question"], pair["answer"])
        for said in pair.get(kind, ()):
            more = said if isinstance(said, dict) else {"said": said}
            found.append(Case(original, more["said"], more.get("why", "")))
    return found


def original_of(entry: Entry) -> Original:
    return Original(entry.question, entry.answer)


@lru_cache(maxsize=1)
def entries() -> list[Entry]:
    return [entry for topic in load_topics() for entry in topic.entries]


@pytest.mark.parametrize("case", cases("kept"), ids=lambda case: case.said[:24])
def test_what_says_the_same_is_shown(case: Case) -> None:
    assert difference(case.said, case.original) == ""


@pytest.mark.parametrize("case", cases("changed"), ids=lambda case: f"{case.why}: {case.said[:16]}")
def test_what_says_something_else_is_not(case: Case) -> None:
    assert difference(case.said, case.original)


def test_most_of_what_says_the_same_is_shown() -> None:
    kept, strict = cases("kept"), cases("strict")
    assert len(kept) + len(strict) + len(cases("changed")) >= 80
    shown = [case for case in (*kept, *strict) if not difference(case.said, case.original)]
    assert len(shown) >= LEAST_SHOWN * (len(kept) + len(strict))


def test_every_entry_says_what_it_says() -> None:
    differ = {entry.id: difference(entry.answer, original_of(entry)) for entry in entries()}
    assert {name: why for name, why in differ.items() if why} == {}


def test_changed_entries_are_seen_for_what_they_are() -> None:
    """Every sixteenth entry, changed in every place and way that ``changes`` knows."""
    tried, unseen = 0, []
    for entry in entries()[::EVERY]:
        original = original_of(entry)
        for what, said in changes(entry.answer):
            tried += 1
            if not difference(said, original):
                unseen.append((entry.id, what))
    assert tried > 1000
    assert unseen == []


def test_no_word_that_says_something_is_left_out() -> None:
    """Every sixteenth entry, without each of its characters in turn."""
    for entry in entries()[3::EVERY]:
        original = original_of(entry)
        unseen = {what for what, said in without_a_character(entry.answer) if not difference(said, original)}
        assert not {what for what in unseen if what not in MAY_GO and what not in SAME_WITHOUT}, entry.id


def test_what_is_harmful_is_never_shown() -> None:
    shown = [(rewrite.how, rewrite.said) for rewrite in rewrites("harmful") if _shown(rewrite)]
    assert shown == []


def test_most_of_what_is_harmless_is() -> None:
    harmless = list(rewrites("harmless"))
    assert sum(map(_shown, harmless)) >= LEAST_HARMLESS * len(harmless)


def _shown(rewrite: Rewrite) -> bool:
    return not difference(rewrite.said, rewrite.original)


@pytest.mark.parametrize("words", ADDED)
def test_nothing_is_added_to_the_longest_or_the_shortest(words: str) -> None:
    ordered = sorted(entries(), key=lambda entry: len(entry.answer))
    for entry in (ordered[0], ordered[-1]):
        assert difference(f"{entry.answer}{words}", original_of(entry))


ORIGINAL = Original("护栏能拆吗", "护栏不得擅自拆除，罚5万元以下。")


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
    assert difference(said, ORIGINAL)


@pytest.mark.parametrize(
    "said",
    [
        "护栏不得擅自拆除，罚五万元以下。",
        "护栏不得擅自拆除，罚50000元以下。",
        "護欄不得擅自拆除，罰5萬元以下。",
    ],
)
def test_a_text_that_only_looks_different(said: str) -> None:
    assert difference(said, ORIGINAL) == ""


@pytest.mark.parametrize(
    "said",
    [
        "护栏不得擅自拆除，罚5万元以下，小明今天值班巡查工地北门。",
        "护栏可以拆，不得擅自拆除，罚5万元以下。",
        "按照建筑法第九十九条，护栏不得擅自拆除，罚5万元以下。",
        "能拆，护栏不得擅自拆除，罚5万元以下。",
    ],
)
def test_the_persons_words_and_laws_are_not_the_entrys(said: str) -> None:
    assert difference(said, ORIGINAL)


ELECTRICITY = Original(
    "配电间怎么进",
    "先断电。停电后，经批准，在有人监护下才能进。换灯泡可以自己来。电工除外；没证的不得碰。\n这样做是防误送电。危险的三种：漏电；短路；过载。",
)


@pytest.mark.parametrize(
    "said",
    [
        "停电后，经批准，在有人监护下才能进。先断电。换灯泡可以自己来。电工除外；没证的不得碰。\n这样做是防误送电。危险的三种：漏电；短路；过载。",
        "先断电。换灯泡可以自己来。这样做是防误送电。停电后，经批准，在有人监护下才能进。电工除外；没证的不得碰。\n危险的三种：漏电；短路；过载。",
        "先断电。停电后，经批准，在有人监护下才能进。换灯泡可以自己来。没证的不得碰；电工除外。\n这样做是防误送电。危险的三种：漏电；短路；过载。",
        "漏电；短路；过载。先断电。停电后，经批准，在有人监护下才能进。换灯泡可以自己来。电工除外；没证的不得碰。\n这样做是防误送电。危险的三种。",
        "先断电。经批准，停电后，在有人监护下才能进。换灯泡可以自己来。电工除外；没证的不得碰。\n这样做是防误送电。危险的三种：漏电；短路；过载。",
    ],
)
def test_what_must_stay_where_it_stands(said: str) -> None:
    assert difference(said, ELECTRICITY)
    assert not difference(ELECTRICITY.answer, ELECTRICITY)


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
    assert difference(f"护栏不得擅自拆除，{said}，罚5万元以下。", ORIGINAL)
