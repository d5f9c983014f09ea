"""The week's questions without a good answer, put together."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from handlers.consult.experts import clusters
from handlers.consult.experts.records import Cluster, ClusterQuestion
from handlers.consult.records import HAZARD, SENSITIVE, ConsultQuestion, EntryDraft
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import Browser, Desk
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.experts.stage import Stage, at

SAME = "吊装的时候钢丝绳断丝到第三根还能不能接着用"
OTHER = "深基坑旁边堆了很多钢管离坑边要留出几米才算合适的呀"


@pytest.fixture
def week(stage: Stage) -> tuple[Stage, list[str]]:
    """Three who asked the same in vain, one who asked another thing."""
    ids = [stage.ask(f"{head}{SAME}") for head in ("", "请问", "您好，")]
    ids.append(stage.ask(OTHER))
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(entry_id="", outcome="declined"))
    return stage, ids


def browser(stage: Stage, role: str = "duty") -> Browser:
    return Desk(stage.front.app, stage.front.services).signed_in(f"{role}1", role)


def gather(stage: Stage) -> list[Cluster]:
    clusters.gather(stage.front.services)
    return sorted(stage.front.rows(Cluster), key=lambda one: -one.size)


def post(page: Browser, path: str, **fields: str):
    return page.post(path, fields, token_from="/console/profile/", follow_redirects=True)


def test_they_are_put_together_with_counts_and_samples(week: tuple[Stage, list[str]]) -> None:
    stage, _ids = week
    assert [one.size for one in gather(stage)] == [3, 1]
    page = browser(stage).get("/console/unanswered/").text
    assert "3条提问，3个人" in page and "没有现成答案3" in page and SAME in page and OTHER in page
    assert page.index(SAME) < page.index(OTHER)
    assert "没答好的" in browser(stage, "expert").get("/console/unanswered/").text


def test_the_page_computes_nothing(week: tuple[Stage, list[str]]) -> None:
    stage, _ids = week
    desk = browser(stage)
    page = desk.get("/console/unanswered/").text
    assert "还没有归过组" in page and "每小时自动归一次" in page and "现在归并" in page and SAME not in page
    asked = post(desk, "/console/unanswered/gather")
    assert "正在归并" in asked.text or "排不上队" in asked.text
    assert stage.front.rows(Cluster) == []
    gather(stage)
    assert "归的组，每小时自动更新" in desk.get("/console/unanswered/").text
    assert any(job.name == "consult.gather" for job in stage.front.services.feature("consult").jobs)


def test_useless_and_neither_count_and_what_was_answered_well_does_not(stage: Stage) -> None:
    asker = "oAskerWhoComesBack0000000001"
    ids = [stage.ask(SAME, asker), stage.ask(OTHER), stage.ask("灌浆料过期半个月了监理让我们继续用行不行得通的呀")]
    with stage.front.services.database.begin() as session:
        for id_, values in zip(
            ids,
            (
                {"outcome": "answered", "entry_id": "a.b", "feedback": "useless"},
                {"outcome": "clarified", "entry_id": ""},
                {"outcome": "answered", "entry_id": "a.b"},
            ),
            strict=True,
        ):
            session.execute(update(ConsultQuestion).where(ConsultQuestion.id == id_).values(**values))
    gather(stage)
    assert {one.question_id: one.why for one in stage.front.rows(ClusterQuestion)} == {
        ids[0]: "useless",
        ids[1]: "neither",
    }


def test_only_the_last_seven_days_and_only_what_staff_may_read(week: tuple[Stage, list[str]]) -> None:
    stage, ids = week
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).where(ConsultQuestion.id == ids[3]).values(queue=""))
    assert [one.size for one in gather(stage)] == [3]
    stage.move(at(24))
    assert gather(stage) == []


@pytest.mark.parametrize("mark", [HAZARD, SENSITIVE])
@pytest.mark.parametrize("role", ["duty", "expert"])
def test_nothing_marked_is_ever_shown(week: tuple[Stage, list[str]], mark: str, role: str) -> None:
    stage, ids = week
    gather(stage)
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).where(ConsultQuestion.id == ids[3]).values(mark=mark))
        session.execute(update(ConsultQuestion).where(ConsultQuestion.id == ids[0]).values(mark=mark))
    page = browser(stage, role).get("/console/unanswered/").text
    assert OTHER not in page and "2条提问" in page, "even before the job looks again"
    gather(stage)
    assert {one.question_id for one in stage.front.rows(ClusterQuestion)} == set(ids[1:3])


def test_running_again_changes_no_page_that_is_open(week: tuple[Stage, list[str]]) -> None:
    stage, _ids = week
    before = {one.id for one in gather(stage)}
    stage.ask(f"麻烦问下{SAME}")
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(entry_id="", outcome="declined"))
    after = gather(stage)
    assert {one.id for one in after} == before and after[0].size == 4


def test_written_as_an_entry_it_becomes_a_draft_once(week: tuple[Stage, list[str]]) -> None:
    stage, ids = week
    cluster = gather(stage)[0]
    page = browser(stage, "expert")
    assert "已存为草稿" in post(page, f"/console/unanswered/{cluster.id}/draft").text
    (draft,) = stage.front.rows(EntryDraft)
    assert draft.question == SAME and draft.question_id == ids[0]
    assert "刚刚有人处理了" in post(page, f"/console/unanswered/{cluster.id}/draft").text
    assert len(stage.front.rows(EntryDraft)) == 1
    gather(stage)
    with stage.front.services.database.reading() as session:
        states = session.scalars(select(Cluster.state).order_by(Cluster.size.desc())).all()
    assert states == ["drafted", "open"]
    assert SAME in page.get("/console/unanswered/?view=drafted").text


def test_closing_a_group_leaves_people_waiting_unless_told(week: tuple[Stage, list[str]]) -> None:
    stage, ids = week
    first, second = gather(stage)
    page = browser(stage)
    assert "已关闭这一组。" in post(page, f"/console/unanswered/{first.id}/close").text
    assert {stage.question(id_).queue for id_ in ids} == {"waiting"}
    assert "1条也关闭" in post(page, f"/console/unanswered/{second.id}/close", waiting_too="yes").text
    assert stage.question(ids[3]).queue == "closed" and not stage.sent()
    assert gather(stage)[0].state == "closed" and len(stage.front.rows(Cluster)) == 2
    assert "刚刚有人处理了" in post(page, f"/console/unanswered/{first.id}/close").text


@ON_SQLITE
@pytest.mark.parametrize("role", ["leader", "triage", "auditor", "host"])
def test_nobody_else_opens_it(week: tuple[Stage, list[str]], role: str) -> None:
    assert browser(week[0], role).get("/console/unanswered/").status_code == 404
