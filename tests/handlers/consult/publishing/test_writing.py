"""Writing a version on the pages: the form, the second reader, two at once."""

from __future__ import annotations

import re

from handlers.consult.publishing import live
from handlers.consult.publishing.records import EntryVersion
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, act, actions, filled, versions
from tests.handlers.consult.publishing.shelf import BELT, NEW_WORDS, changed


def test_from_a_draft_to_what_people_hear(desk):
    writer, reader = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    saved = writer.post(f"/console/knowledge/e/{BELT}/edit", filled(answer=NEW_WORDS, note="话说短些"), **TOKEN)
    assert saved.status_code == 302
    (version,) = versions(desk)
    page = writer.get(f"/console/knowledge/v/{version.id}").text
    assert "<del>" in page and "<ins>" in page and "话说短些" in page and "请第二人复核" in page
    act(writer, version, "propose")
    assert "要请另一位专家或值班员" in writer.get(f"/console/knowledge/v/{version.id}").text
    assert act(writer, version, "publish").status_code == 409
    assert "复核无误，发布" in reader.get(f"/console/knowledge/v/{version.id}").text
    assert "条目等人复核" in reader.get("/console/").text
    assert act(reader, version, "publish").status_code == 302
    served = live.live().serving().entry(BELT)
    assert served is not None and served.answer == NEW_WORDS and served.reviewed_by == "fu"
    assert actions(desk) == ["knowledge.draft", "knowledge.propose", "knowledge.publish"]
    page = reader.get(f"/console/knowledge/e/{BELT}").text
    assert NEW_WORDS in page and "chen写，fu复核" in page and "复核并发布" in page


@ON_SQLITE
def test_an_unchanged_form_changes_nothing(desk):
    writer = desk.signed_in("chen", "expert")
    writer.post(f"/console/knowledge/e/{BELT}/edit", filled(), **TOKEN)
    (version,) = versions(desk)
    assert "没有不同" in writer.get(f"/console/knowledge/v/{version.id}").text


@ON_SQLITE
def test_what_is_wrong_is_said_at_its_field_and_kept(desk):
    writer = desk.signed_in("chen", "expert")
    bad = filled(answer="长" * 301, phrasings="一条\n两条", related="height.no-such", hotlines="打110")
    bad["source-0-issuer"] = ""
    bad |= {"first": "2027-07-01", "last": "2027-06-01", "audience": []}
    page = writer.post(f"/console/knowledge/e/{BELT}/edit", bad, **TOKEN)
    assert page.status_code == 200
    for words in (
        "最多300字，现在301字", "要5到12条，现在2条", "没有这些条目：height.no-such", "电话只写数字",
        "第1条：发布机关还没填", "不能早于开始的那一天", "“给谁看”还没填", "标红的地方改好",
    ):  # fmt: skip
        assert words in page.text, words
    assert "长" * 301 in page.text
    (version,) = versions(desk)
    assert "长" * 301 in writer.get(f"/console/knowledge/v/{version.id}/edit").text, "kept though it does not fit"
    page = writer.get(f"/console/knowledge/v/{version.id}").text
    assert "还不能请人复核" in page
    assert act(writer, version, "propose").status_code == 409


@ON_SQLITE
def test_two_at_once_and_no_words_lost(desk):
    one, two = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    one.get(f"/console/knowledge/e/{BELT}/edit")
    one.post(f"/console/knowledge/e/{BELT}/edit", filled(answer="陈专家改的一版，写得够长了。"), **TOKEN)
    late = two.post(f"/console/knowledge/e/{BELT}/edit", filled(answer="符值班改的一版，写得够长了。"), **TOKEN)
    assert late.status_code == 409
    assert "chen也改了这一条" in late.text and "符值班改的一版" in late.text and "一个字没丢" in late.text
    (version,) = versions(desk)
    edit = re.search(r'name="edit" value="(\d+)"', late.text)[1]
    path = f"/console/knowledge/v/{version.id}/edit"
    assert (
        two.post(path, {**filled(answer="两边合在一起的一版，写得够长了。"), "edit": edit}, **TOKEN).status_code == 302
    )
    stale = one.post(path, {**filled(answer="陈专家又改的一版，写得够长了。"), "edit": edit}, **TOKEN)
    assert stale.status_code == 409 and "陈专家又改的一版" in stale.text
    assert "两边合在一起" in versions(desk)[0].body


@ON_SQLITE
def test_sent_back_with_a_reason(desk, desk_shelf):
    version = desk_shelf.draft(changed(answer=NEW_WORDS), by=desk.add("writer", "expert").id)
    writer, reader = desk.browser(), desk.signed_in("fu", "duty")
    writer.sign_in("writer")
    act(writer, version, "propose")
    assert act(reader, version, "send-back").status_code == 409, "without a reason"
    act(reader, version, "send-back", why="第二句没有依据")
    page = writer.get(f"/console/knowledge/v/{version.id}/edit").text
    assert "第二句没有依据" in page
    act(writer, version, "drop")
    assert versions(desk)[0].state == "dropped"
    assert writer.get(f"/console/knowledge/e/{BELT}/edit").status_code == 200


@ON_SQLITE
def test_something_pasted_by_mistake_is_not_saved_and_not_lost(desk):
    writer = desk.signed_in("chen", "expert")
    page = writer.post(f"/console/knowledge/e/{BELT}/edit", filled(detail="贴" * 30_000), **TOKEN)
    assert page.status_code == 400 and "整条太长" in page.text and "贴" * 30_000 in page.text
    assert versions(desk) == []


@ON_SQLITE
def test_the_page_says_when_the_trees_words_changed_underneath(desk, desk_shelf):
    browser = desk.signed_in("chen", "expert")
    version = desk_shelf.publish(changed(answer=NEW_WORDS))
    assert "程序里，这一条也改过了" not in browser.get(f"/console/knowledge/e/{BELT}").text
    with desk.services.database.begin() as session:
        session.get_one(EntryVersion, version.id).tree = "an older release's"
    assert "程序里，这一条也改过了" in browser.get(f"/console/knowledge/e/{BELT}").text
    desk_shelf.roll_back(0)
    desk_shelf.publish(changed())
    page = browser.get(f"/console/knowledge/e/{BELT}").text
    assert "程序里的也改过了" not in page


@ON_SQLITE
def test_what_people_wrote_stays_text(desk):
    writer = desk.signed_in("chen", "expert")
    nasty = "<script>alert(1)</script>先说结论再说做法够长"
    writer.post(f"/console/knowledge/e/{BELT}/edit", filled(answer=nasty, note="<b>粗</b>"), **TOKEN)
    (version,) = versions(desk)
    for path in (f"v/{version.id}", f"v/{version.id}/edit", f"e/{BELT}"):
        page = writer.get(f"/console/knowledge/{path}").text
        assert "<script>alert" not in page and "<b>粗" not in page
