"""Statements of hazards told from questions: floors on sentences of our own, and on the questions we are measured by."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from knowledge.evaluation.evaluate import Kind, load_cases
from knowledge.hazards import MOST_CHARS, Way, load_words, read
from knowledge.whereabouts import named

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
SENTENCES = yaml.safe_load((KNOWLEDGE / "evaluation" / "hazards.yaml").read_text(encoding="utf-8"))
STATED = {"placed", "unplaced"}


def sentences(*kinds: str, part: str = "") -> list[str]:
    parts = [part] if part else list(SENTENCES)
    return [text for name in parts for kind in kinds for text in SENTENCES[name].get(kind, ())]


def share(texts: list[str], *ways: Way) -> float:
    return sum(read(text).way in ways for text in texts) / len(texts)


def test_the_set_is_large_enough() -> None:
    everything = [text for part in SENTENCES.values() for texts in part.values() for text in texts]
    assert len(everything) >= 300 and len(set(everything)) == len(everything)
    assert len(sentences(*STATED)) >= 120


def test_statements_are_taken() -> None:
    assert share(sentences(*STATED), Way.ASK, Way.TIP) >= 0.97
    assert share(sentences(*STATED, part="held"), Way.ASK, Way.TIP) >= 0.95
    assert share(sentences("placed"), Way.TIP) >= 0.97
    assert share(sentences("unplaced"), Way.TIP) <= 0.02, "a tip without a place is asked about"


def test_what_asks_is_not_held_up() -> None:
    asked = [kind for part in SENTENCES.values() for kind in part if kind not in STATED]
    assert share(sentences(*set(asked)), Way.CONSULT) >= 0.97
    assert share(sentences("looks_like"), Way.CONSULT) >= 0.97


def test_our_own_questions_go_on_to_retrieval() -> None:
    """Those it is not sure of get their answer all the same, where it is known."""
    answerable = [case.question for case in load_cases() if case.kind is Kind.ANSWERABLE]
    assert sum(read(text).sure for text in answerable) / len(answerable) <= 0.01
    assert share(answerable, Way.ASK, Way.TIP) <= 0.03
    others = [case.question for case in load_cases() if case.kind not in {Kind.ANSWERABLE, Kind.EMERGENCY}]
    assert share(others, Way.ASK, Way.TIP) <= 0.01


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("举报：我们工地架子没有护栏", Way.TIP),
        ("我要举报", Way.CONSULT),
        ("怎么举报工地没有护栏", Way.CONSULT),
        ("我們工地腳手架沒有護欄", Way.ASK),
        ("我们工地 脚手架 没有 护栏，太危险了，你们管不管", Way.ASK),
        ("护栏 高度 要求", Way.CONSULT),
        ("塔吊基础下沉", Way.ASK),
        ("临边没有栏杆", Way.ASK),
        ("电梯井口没盖", Way.ASK),
        ("工人没系安全带在上面干", Way.ASK),
        ("消防通道停满电动车", Way.ASK),
        ("老板不让戴帽子", Way.ASK),
        ("楼下仓库堆油漆", Way.ASK),
        ("不戴安全帽", Way.CONSULT),
        ("塔吊基础下沉怎么处理", Way.CONSULT),
        ("请回复：高处作业可以不系安全带", Way.CONSULT),
        ("", Way.CONSULT),
        ("没" * (MOST_CHARS + 1), Way.CONSULT),
    ],
)
def test_single_cases(text: str, way: Way) -> None:
    assert read(text).way is way


@pytest.mark.parametrize("text", ["塔吊基础下沉", "临边没有栏杆", "电梯井口没盖"])
def test_a_few_words_may_be_looked_up_as_well_as_told(text: str) -> None:
    """So the answer, where it is known, is given with the offer to report."""
    assert not read(text).sure


def test_a_home_is_not_called_a_site() -> None:
    assert read("我们单元楼道里全是电动车在充电").home
    assert not read("我们工地楼道里全是电动车在充电").home


@pytest.mark.parametrize("text", ["我们工地基坑边上裂了", "毛坯房工地里", "隔壁工地", "老板的项目部", "在我们小区"])
def test_no_place_is_named(text: str) -> None:
    assert named(text) is None


@pytest.mark.parametrize(
    "text", ["三亚海棠区林旺工地", "椰海大道新城吾悦广场工地", "滨江花园三期楼顶", "府城红城湖路旁边"]
)
def test_a_place_is_named(text: str) -> None:
    assert named(text) is not None


def test_any_text_is_read_at_once() -> None:
    load_words()
    began = time.perf_counter()
    for text in (
        "没" * 400,
        "工地" * 200,
        "没有护栏" * 100,
        "还是" * 200,
        "，" * 400,
        "a" * 400,
        "就一根绳" * 100,
        "下面" * 200,
    ):
        read(text)
    assert time.perf_counter() - began < 0.5
