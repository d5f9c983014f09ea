"""What is marked as hazard or sensitive is the officer's on duty alone: no expert finds it by any road."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.outbox.records import OutboxMessage
from handlers.consult import feature as consult
from handlers.consult.records import HAZARD, REPLIED, SENSITIVE, WAITING, ConsultQuestion, EntryDraft
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import make_desk, make_services
from tests.handlers.consult.test_desk import ask, messages, question

TIP = "三号楼东侧的护栏拆了没装回去，天天有人走"
PLAIN = "护栏要多高才算合格"


@pytest.fixture
def desk(tmp_path, database_url):
    services = make_services(tmp_path, (consult.feature,), database_url=database_url)
    yield make_desk(services)
    services.close()


@pytest.mark.parametrize("mark", [HAZARD, SENSITIVE])
def test_an_expert_at_the_console_sees_nothing_of_it(desk, mark):
    marked, _plain = ask(desk, TIP, mark=mark), ask(desk, PLAIN)
    browser = desk.signed_in("chen", "expert")
    for path in ("/console/", "/console/consult/", "/console/consult/waiting", "/console/consult/drafts"):
        page = browser.get(path).text
        assert TIP not in page and marked not in page and "隐患和敏感" not in page
    assert PLAIN in browser.get("/console/consult/").text
    for path in ("/console/consult/?view=marked", f"/console/consult/q/{marked}"):
        assert browser.get(path).status_code == 404
    assert TIP not in browser.get("/console/consult/waiting?view=marked").text


@pytest.mark.parametrize("mark", [HAZARD, SENSITIVE])
@pytest.mark.parametrize("act", ["preview", "reply", "close", "draft"])
def test_an_expert_can_do_nothing_to_it(desk, mark, act):
    marked = ask(desk, TIP, mark=mark)
    form = {"reply": "我来答", "reason": "repeat"}
    browser = desk.signed_in("chen", "expert")
    answer = browser.post(f"/console/consult/q/{marked}/{act}", form, token_from="/console/profile/")
    assert answer.status_code == 404 and TIP not in answer.text
    assert question(desk, marked).queue == WAITING and not messages(desk)


@pytest.mark.parametrize("queue", [REPLIED, "closed"])
def test_what_was_done_with_it_is_hidden_too(desk, queue):
    ask(desk, TIP, mark=HAZARD, queue=queue, replied_at=desk.services.clock.now())
    assert TIP not in desk.signed_in("chen", "expert").get(f"/console/consult/?view={queue}").text
    assert TIP in desk.signed_in("fu", "duty").get(f"/console/consult/?view={queue}").text


def test_the_officer_on_duty_has_a_list_of_it_and_answers(desk):
    marked = ask(desk, TIP, mark=HAZARD)
    browser = desk.signed_in("fu", "duty")
    home = browser.get("/console/").text
    assert "隐患和敏感的来信" in home and "view=marked" in home
    assert TIP not in browser.get("/console/consult/").text
    listed = browser.get("/console/consult/?view=marked").text
    assert TIP in listed and "反映隐患" in listed
    page = browser.get(f"/console/consult/q/{marked}").text
    assert TIP in page and "不转专家" in page
    sent = browser.post(
        f"/console/consult/q/{marked}/reply", {"reply": "已转项目整改。"}, token_from="/console/profile/"
    )
    assert sent.status_code == 302 and question(desk, marked).queue == REPLIED


def test_it_never_becomes_a_draft_that_experts_read(desk):
    marked = ask(desk, TIP, mark=SENSITIVE)
    browser = desk.signed_in("fu", "duty")
    browser.post(f"/console/consult/q/{marked}/reply", {"reply": "已收到。"}, token_from="/console/profile/")
    assert "收入知识库" not in browser.get(f"/console/consult/q/{marked}").text
    assert browser.post(f"/console/consult/q/{marked}/draft", token_from="/console/profile/").status_code == 404
    with desk.services.database.reading() as session:
        assert session.scalars(select(EntryDraft)).all() == []
        assert len(session.scalars(select(OutboxMessage)).all()) == 1
        assert session.scalars(select(ConsultQuestion.mark)).all() == [SENSITIVE]
