"""What would wait for release in an answer is shown to the second reader of an entry, who must be one who releases."""

from __future__ import annotations

import pytest

from handlers.consult.experts.release import PHONE, of_entry
from handlers.consult.records import EntryDraft
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, act, answered, filled, versions

NAMED = "海口某某大厦项目的安全带要挂在高处牢靠的地方，高挂低用，别挂在管子上。"


@ON_SQLITE
@pytest.mark.parametrize(
    ("answer", "flag"), [(NAMED, "点到具体企业或项目"), ("不挂的会被罚款，要挂在牢靠的地方。", "说到处罚")]
)
def test_an_answer_that_becomes_an_entry_keeps_its_flag(desk, answer, flag):
    writer, second, duty = (
        desk.signed_in(name, role) for name, role in (("chen", "expert"), ("lin", "expert"), ("fu", "duty"))
    )
    question = answered(desk, "")
    with desk.services.database.begin() as session:
        session.add(
            EntryDraft(
                id="D" * 26, question_id=question, created_by="somebody",
                created_at=desk.services.clock.now(), question="高处作业安全带挂在哪里", answer=answer,
            )
        )  # fmt: skip
    assert flag in writer.get("/console/consult/drafts").text
    writer.post("/console/knowledge/new", filled(topic="height", slug="hook", draft="D" * 26, answer=answer), **TOKEN)
    (version,) = versions(desk)
    act(writer, version, "propose")
    page = second.get(f"/console/knowledge/v/{version.id}").text
    assert "请留意" in page and flag in page
    if answer == NAMED:
        refused = act(second, version, "publish")
        assert refused.status_code == 409 and "值班员复核发布" in refused.text
        assert [row.state for row in versions(desk)] == ["proposed"]
    act(duty if answer == NAMED else second, version, "publish")
    assert [row.state for row in versions(desk)] == ["published"]


@ON_SQLITE
def test_a_private_number_waits_for_the_duty_officer_in_any_entry(desk):
    writer, second = desk.signed_in("chen", "expert"), desk.signed_in("lin", "expert")
    writer.post("/console/knowledge/e/height.belt-required/edit", filled(hotlines="13907551234"), **TOKEN)
    (version,) = versions(desk)
    act(writer, version, "propose")
    assert "有不认识的电话号码" in second.get(f"/console/knowledge/v/{version.id}").text
    assert act(second, version, "publish").status_code == 409


def test_what_entries_are_about_is_no_flag_by_itself():
    fields = {"question": "不系安全带罚多少", "answer": "要罚款。打12350问。", "hotlines": ["12350"]}
    assert of_entry(fields, from_answer=False) == ()
    assert of_entry({**fields, "answer": "打13907551234问。"}, from_answer=False) == (PHONE,)
    assert of_entry({}, from_answer=True) == ()
