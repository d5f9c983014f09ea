"""Differences as a person reads them, and what a form says of what does not fit."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.clock import stopwatch
from handlers.consult.addresses import ELSEWHERE, TAGS
from handlers.consult.publishing.diffs import Change, differences, pieces
from handlers.consult.publishing.forms import Form, id_problem, of_body, problems
from tests.handlers.consult.publishing.shelf import new_entry

DAY = date(2027, 6, 16)


def body(**fields: object) -> dict[str, object]:
    return {**json.loads(new_entry("height.drone")), **fields}


def test_a_difference_is_by_characters() -> None:
    found = pieces("高处作业两米以上要系安全带。", "高处作业2米及以上要系安全带，高挂低用。")
    assert "".join(p.text for p in found if p.change is not Change.NEW) == "高处作业两米以上要系安全带。"
    assert "".join(p.text for p in found if p.change is not Change.GONE) == "高处作业2米及以上要系安全带，高挂低用。"
    assert any(p.change is Change.SAME and "高处作业" in p.text for p in found)


def test_very_long_texts_are_shown_whole_at_once() -> None:
    began = stopwatch()
    found = pieces("甲乙" * 8000, "乙甲" * 8000)
    assert stopwatch() - began < 0.1
    assert [one.change for one in found] == [Change.GONE, Change.NEW]


def test_every_kind_of_field_is_said_in_words() -> None:
    before = body()
    after = body(
        question="工地上空能飞无人机吗", audience=["public", "worker"], confirm=True, hotlines=["110"], steps=["先登记", "再申请"],
        sources=[{"title": "民用航空法", "article": "第七十条", "issuer": "全国人大常委会", "in_force_from": "2021-04-29"}],
        earlier=[{"until": "2023-12-31", "answer": "以前不用"}],
    )  # fmt: skip
    found = {
        one.label: "".join(p.text for p in one.pieces if p.change is not Change.GONE)
        for one in differences(before, after)
    }
    assert found["给谁看"] == "群众、工人"
    assert found["待主管处室确认"] == "是"
    assert found["电话"] == "110"
    assert found["步骤"] == "先登记\n再申请"
    assert found["依据"] == "《民用航空法》第七十条（施行2021-04-29，全国人大常委会）"
    assert found["以前的规定"] == "2023-12-31以前：以前不用"
    assert differences(before, before) == ()


def test_links_are_said_at_their_field() -> None:
    typed = body(answer="点<a href='http://a.com'>这里</a>领补贴，别的不用管。", steps=["先登记", "再看weixin://dl/x"])
    typed["sources"] = [{"title": "见www.evil.com", "issuer": "某某"}]
    found = problems(Form(typed, "2027-06-17", ""), ["height.drone"], DAY)
    assert found == {"answer": TAGS, "steps": ELSEWHERE, "sources": ELSEWHERE}


def test_what_fits_has_no_problems() -> None:
    assert problems(Form(body(), "2027-06-17", ""), ["height.drone"], DAY) == {}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("question", "", "“标准问法”还没填"),
        ("question", "问" * 81, "最多80字，现在81字"),
        ("answer", "太短", "太短，至少10字"),
        ("answer", "长" * 305, "最多300字，现在305字"),
        ("phrasings", ["一样的", "一样的", "三三", "四四", "五五"], "写了两遍"),
        ("phrasings", ["问" * 90, "二二", "三三", "四四", "五五"], "第1条最多80字，现在90字"),
        ("phrasings", ["一一"], "要5到12条，现在1条"),
        ("sources", [{"title": "民用航空法"}], "第1条：发布机关还没填"),
        ("sources", [{"title": "法法", "issuer": "国务院", "version": "去年"}], "第1条：版本日期写成"),
        ("sources", [], "至少1条"),
        ("audience", [], "至少选1个"),
        ("related", ["Not An Id"], "不是条目编号"),
        ("related", ["gas.nowhere"], "没有这些条目：gas.nowhere"),
        ("hotlines", ["一一零"], "电话只写数字"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(field: str, value: object, words: str) -> None:
    found = problems(Form(body(**{field: value})), ["height.drone"], DAY)
    assert words in found[field], found


def test_an_emergency_needs_its_numbers() -> None:
    assert "要有电话" in problems(Form(body(emergency=True)), [], DAY)["hotlines"]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [("明天", "", "effective_from"), ("2027-07-01", "2027-06-20", "effective_to"), ("", "2027-06-15", "effective_to")],
)
def test_days_that_do_not_fit(first: str, last: str, field: str) -> None:
    assert field in problems(Form(body(), first, last), [], DAY)


def test_ids_are_of_their_topic_and_free() -> None:
    assert id_problem("height.drone", "height", ["height.belt"]) == ""
    for entry_id in (
        "gas.drone",
        "height.Drone",
        "height.",
        "height.a--b",
        "height." + "x" * 90,
        "height.belt",
        "height.无人机",
    ):
        assert id_problem(entry_id, "height", ["height.belt"]), entry_id


def test_a_stored_body_comes_back_as_it_was() -> None:
    form = of_body(new_entry("height.drone"), DAY, None, "为什么")
    assert (form.first, form.last, form.note) == ("2027-06-16", "", "为什么")
    assert json.loads(form.stored) == json.loads(new_entry("height.drone"))
    assert len(form.sources) == 3 and form.chosen("audience", "worker")
