"""Entries that begin otherwise than with an edit: new ones, an expert's answer, what was to be confirmed."""

from __future__ import annotations

import re

from bot.console.records import Staff
from handlers.consult.experts import answers
from handlers.consult.experts.answers import Author
from handlers.consult.experts.records import EXPERT, STAFF, Expert
from handlers.consult.publishing import live
from handlers.consult.records import WAITING, ConsultQuestion, EntryDraft
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, act, answered, filled, versions


@ON_SQLITE
def test_a_new_entry_gets_an_id_of_its_topic(desk):
    writer = desk.signed_in("chen", "expert")
    for slug, complaint in (("Ding Dong!", "只用小写字母"), ("belt-required", "已经有这个编号")):
        page = writer.post("/console/knowledge/new", filled(topic="height", slug=slug), **TOKEN)
        assert page.status_code == 400 and complaint in page.text
    assert writer.post("/console/knowledge/new", filled(topic=""), **TOKEN).status_code == 400
    writer.post("/console/knowledge/new", filled(topic="height", slug="drone-2"), **TOKEN)
    writer.post("/console/knowledge/new", filled(topic="gas"), **TOKEN)
    ids = {row.entry_id for row in versions(desk)}
    assert "height.drone-2" in ids and any(re.match(r"gas\.new-\d{6}-1$", one) for one in ids)
    page = writer.get("/console/knowledge/?view=open").text
    assert "height.drone-2" in page and "还没发布" in page
    assert "还没发布" in writer.get("/console/knowledge/e/height.drone-2").text


@ON_SQLITE
def test_an_experts_answer_becomes_an_entry_and_its_author_is_no_second_reader(desk):
    writer, author = desk.signed_in("fu", "duty"), desk.signed_in("chen", "expert")
    author_id = desk.staff("chen").id
    question = answered(desk, "")
    with desk.services.database.begin() as session:
        session.get_one(ConsultQuestion, question).replied_by = author_id
        session.add(
            EntryDraft(
                id="D" * 26, question_id=question, created_by=author_id, created_at=desk.services.clock.now(),
                question="高处作业安全带挂在哪里", answer="挂在高处牢靠的地方，高挂低用。",
            )
        )  # fmt: skip
    page = writer.get("/console/consult/drafts").text
    assert "写成条目" in page
    form = writer.get(f"/console/knowledge/new?draft={'D' * 26}").text
    assert "挂在高处牢靠的地方" in form and 'value="height" selected' in form
    writer.post("/console/knowledge/new", filled(topic="height", slug="hook", draft="D" * 26), **TOKEN)
    assert "已写成条目" in writer.get("/console/consult/drafts").text
    (version,) = versions(desk)
    act(writer, version, "propose")
    assert act(author, version, "publish").status_code == 409


def put_in_drafts(desk, question: str, id_: str = "D" * 26) -> None:
    with desk.services.database.begin() as session:
        session.add(
            EntryDraft(
                id=id_, question_id=question, created_by="somebody", created_at=desk.services.clock.now(),
                question="高处作业安全带挂在哪里", answer="挂在高处牢靠的地方，高挂低用。",
            )
        )  # fmt: skip


@ON_SQLITE
def test_whoever_answered_first_is_no_second_reader_either(desk):
    names = ("first", "second", "same-person", "namesake", "writer", "reader")
    browsers = {name: desk.signed_in(name, "expert") for name in names}
    staff = {name: desk.staff(name).id for name in names}
    question, now = answered(desk, ""), desk.services.clock.now()
    with desk.services.database.begin() as session:
        session.get_one(ConsultQuestion, question).queue = WAITING
        session.get_one(Staff, staff["same-person"]).person_id = "P" * 26
        for number, (name, person) in enumerate((("namesake", None), ("another", "P" * 26))):
            session.add(
                Expert(id=f"E{number}", name=name, unit="", hours="", daily_cap=9, valid_from=now.date(),
                       person_id=person, created_by="", created_at=now)
            )  # fmt: skip
    for author in (
        Author(staff["first"], STAFF),
        Author("E0", EXPERT),
        Author("E1", EXPERT),
        Author(staff["second"], STAFF),
    ):
        with desk.services.database.begin() as session:
            session.get_one(ConsultQuestion, question).queue = WAITING
        with desk.services.database.begin() as session:
            answers.give(session, desk.services, question, (), author, "挂在高处牢靠的地方，高挂低用。", "r")
    put_in_drafts(desk, question)
    browsers["writer"].post("/console/knowledge/new", filled(topic="height", slug="hook", draft="D" * 26), **TOKEN)
    (version,) = versions(desk)
    act(browsers["writer"], version, "propose")
    for name in names[:-1]:
        assert act(browsers[name], version, "publish").status_code == 409, name
    assert act(browsers["reader"], version, "publish").status_code == 302


@ON_SQLITE
def test_a_draft_is_put_away_or_taken_once(desk):
    writer = desk.signed_in("fu", "duty")
    put_in_drafts(desk, answered(desk, ""))
    put_in_drafts(desk, answered(desk, ""), "C" * 26)
    assert "放弃" in writer.get("/console/consult/drafts").text
    writer.post(f"/console/knowledge/drafts/{'D' * 26}/discard", **TOKEN)
    assert "已放弃" in writer.get("/console/consult/drafts").text
    assert writer.get(f"/console/knowledge/new?draft={'D' * 26}").status_code == 302
    late = writer.post("/console/knowledge/new", filled(topic="height", slug="hook", draft="D" * 26), **TOKEN)
    assert late.status_code == 409 and "已经有人写成条目或放弃了" in late.text and versions(desk) == []
    for slug, status in (("hook", 302), ("hook-2", 409)):
        done = writer.post("/console/knowledge/new", filled(topic="height", slug=slug, draft="C" * 26), **TOKEN)
        assert done.status_code == status
    assert len(versions(desk)) == 1
    leader = desk.signed_in("leader", "leader")
    assert leader.post(f"/console/knowledge/drafts/{'C' * 26}/discard", **TOKEN).status_code == 404


@ON_SQLITE
def test_what_waited_for_confirmation_is_settled_by_two(desk):
    entry = next(one for one in live.tree_entries().values() if one.confirm)
    writer, reader = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    path = f"/console/knowledge/e/{entry.id}"
    assert "核对过，没有错" in writer.get(path).text
    writer.post(f"{path}/settle", {"why": ""}, **TOKEN)
    assert versions(desk) == []
    writer.post(f"{path}/settle", {"why": "对过JGJ80-2016"}, **TOKEN)
    (version,) = versions(desk)
    act(reader, version, "publish")
    served = live.live().serving().entry(entry.id)
    assert served is not None and not served.confirm and served.answer == entry.answer
    assert writer.post(f"{path}/settle", {"why": "再来一次"}, **TOKEN).status_code == 404
