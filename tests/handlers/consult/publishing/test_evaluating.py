"""The figures on the pages."""

from __future__ import annotations

from sqlalchemy import select

from handlers.consult.publishing import evaluating
from handlers.consult.publishing.records import EntryVersion, EvaluationRun
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, act
from tests.handlers.consult.publishing.shelf import BELT, changed


@ON_SQLITE
def test_a_proposal_is_measured_against_what_is_served(desk, desk_shelf, monkeypatch):
    cases = [case for case in evaluating.load_cases() if case.entries == (BELT,) or not case.entries][:12]
    monkeypatch.setattr(evaluating, "load_cases", lambda: cases)
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
    assert evaluating.run_asked(desk.services) == 1
    page = browser.get(f"/console/knowledge/v/{writer.id}").text
    assert "发布后才出错的题" in page or "没有因此出错的题" in page
    assert "直接答对" in page


@ON_SQLITE
def test_the_evaluation_page(desk, monkeypatch):
    cases = evaluating.load_cases()[:15]
    monkeypatch.setattr(evaluating, "load_cases", lambda: cases)
    browser, leader = desk.signed_in("chen", "expert"), desk.signed_in("leader", "leader")
    assert "还没有算过" in leader.get("/console/knowledge/evaluation").text
    browser.post("/console/knowledge/evaluation/run", **TOKEN)
    browser.post("/console/knowledge/evaluation/run", **TOKEN)
    assert "正在算" in leader.get("/console/knowledge/evaluation").text
    assert evaluating.run_asked(desk.services) == 1
    page = leader.get("/console/knowledge/evaluation").text
    assert "没过的题" in page and "99题在" in page
    with desk.services.database.reading() as session:
        (run,) = session.scalars(select(EvaluationRun))
        assert run.state == "done" and len(run.fingerprint) == 64
