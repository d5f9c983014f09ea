"""The figures on the pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import select

from handlers.consult.publishing import measuring
from handlers.consult.publishing.evaluating import Failure, Measured
from handlers.consult.publishing.records import EntryVersion, EvaluationRun
from knowledge.embedding import SIZE, Vector
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, act
from tests.handlers.consult.publishing.shelf import BELT, NEW_WORDS, changed


@ON_SQLITE
def test_a_proposal_is_measured_against_what_is_served(desk, desk_shelf, monkeypatch):
    cases = [case for case in measuring.load_cases() if case.entries == (BELT,) or not case.entries][:12]
    monkeypatch.setattr(measuring, "load_cases", lambda: cases)
    browser = desk.signed_in("chen", "expert")
    writer = desk_shelf.draft("", kind="hide")
    with desk.services.database.begin() as session:
        session.get_one(EntryVersion, writer.id).kind = "text"
        session.get_one(EntryVersion, writer.id).body = changed(
            question="钓鱼要不要看天气", phrasings=["一一", "二二", "三三", "四四", "五五"]
        )
    assert "请人复核时会自动算" in browser.get(f"/console/knowledge/v/{writer.id}").text
    act(browser, writer, "propose")
    assert "正在算" in browser.get(f"/console/knowledge/v/{writer.id}").text
    assert measuring.run_asked(desk.services) == 1
    page = browser.get(f"/console/knowledge/v/{writer.id}").text
    assert "发布后才出错的题" in page or "没有因此出错的题" in page
    assert "直接答对" in page


@ON_SQLITE
def test_the_evaluation_page(desk, monkeypatch):
    cases = measuring.load_cases()[:15]
    monkeypatch.setattr(measuring, "load_cases", lambda: cases)
    browser, leader = desk.signed_in("chen", "expert"), desk.signed_in("leader", "leader")
    assert "还没有算过" in leader.get("/console/knowledge/evaluation").text
    browser.post("/console/knowledge/evaluation/run", **TOKEN)
    browser.post("/console/knowledge/evaluation/run", **TOKEN)
    assert "正在算" in leader.get("/console/knowledge/evaluation").text
    assert measuring.run_asked(desk.services) == 1
    page = leader.get("/console/knowledge/evaluation").text
    assert "没过的题" in page and "99题在" in page
    with desk.services.database.reading() as session:
        (run,) = session.scalars(select(EvaluationRun))
        assert run.state == "done" and len(run.fingerprint) == 64


@ON_SQLITE
def test_the_page_says_when_the_base_changed_since_and_puts_the_worst_first(desk, desk_shelf, monkeypatch):
    cases = measuring.load_cases()[:15]
    monkeypatch.setattr(measuring, "load_cases", lambda: cases)
    browser = desk.signed_in("chen", "expert")
    browser.post("/console/knowledge/evaluation/run", **TOKEN)
    measuring.run_asked(desk.services)
    assert "在那以后改过" not in browser.get("/console/knowledge/evaluation").text
    desk_shelf.publish(changed(answer=NEW_WORDS))
    assert "在那以后改过" in browser.get("/console/knowledge/evaluation").text


def test_failures_by_kind_and_wrong_answers_first() -> None:
    said = [
        ("无关的", "甲", "反问：一"), ("答得出的", "乙", "没有作答"), ("答得出的", "丙", "答了：二"), ("险情", "丁", "没有作答"),
    ]  # fmt: skip
    measured = Measured("id", "done", failures=tuple(Failure(kind, asked, "", got) for kind, asked, got in said))
    found = [(kind, [one.question for one in failures]) for kind, failures in measured.by_kind]
    assert found == [("险情", ["丁"]), ("答得出的", ["丙", "乙"]), ("无关的", ["甲"])]


def test_a_question_is_embedded_once_unless_its_time_counts() -> None:
    class Counting:
        """Counts what it is asked."""

        asked = 0

        def vector(self, question: str) -> Vector:
            self.asked += 1
            return np.zeros(SIZE, dtype=np.float32)

        def vectors(self, lines: Sequence[str], *, passages: bool = False) -> Vector:
            raise AssertionError

    model = Counting()
    for fresh, asked in ((False, 1), (False, 1), (True, 2), (False, 2)):
        measuring.Remembering(model, fresh).vector("一个没有人问过的问题")
        assert model.asked == asked
