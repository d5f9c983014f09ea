"""The knowledge base's list and its entries' pages."""

from __future__ import annotations

import re

from handlers.consult.publishing import live
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN
from tests.handlers.consult.publishing.shelf import BELT, NEW_WORDS, changed


@ON_SQLITE
def test_the_list_finds_and_counts(desk, desk_shelf):
    browser = desk.signed_in("chen", "expert")
    page = browser.get("/console/knowledge/").text
    assert f"全部 {len(live.tree_entries())}" in page and "改过的 0" in page
    assert BELT in browser.get("/console/knowledge/?words=安全带&topic=height").text
    assert "没有符合的条目" in browser.get("/console/knowledge/?words=安全带&topic=gas").text
    desk_shelf.publish(changed(answer=NEW_WORDS))
    desk_shelf.withdraw("gas.leak")
    live.live().look()
    assert BELT in browser.get("/console/knowledge/?view=changed").text
    page = browser.get("/console/knowledge/?view=withdrawn").text
    assert "gas.leak" in page and "已撤回" in page
    assert browser.get("/console/knowledge/?view=everything").status_code == 404
    assert browser.get("/console/knowledge/?page=0").status_code == 404
    assert browser.get("/console/knowledge/?page=2").status_code == 200


@ON_SQLITE
def test_every_entry_of_the_tree_opens(desk):
    browser = desk.signed_in("leader", "leader")
    for entry in list(live.tree_entries().values())[::40]:
        page = browser.get(f"/console/knowledge/e/{entry.id}")
        assert page.status_code == 200 and "手机上这样答" in page.text
        assert f"{entry.id}/edit" not in page.text and "马上撤回" not in page.text, "leaders read"
    assert browser.get("/console/knowledge/e/height.no-such-entry").status_code == 404


@ON_SQLITE
def test_leaders_and_others_write_nothing(desk, desk_shelf):
    version = desk_shelf.draft(changed(answer=NEW_WORDS))
    leader, officer = desk.signed_in("leader", "leader"), desk.signed_in("officer", "officer")
    for path in ("new", f"e/{BELT}/edit", f"v/{version.id}", f"v/{version.id}/edit", f"v/{version.id}/figures"):
        assert leader.get(f"/console/knowledge/{path}").status_code == 404
    for path in (f"e/{BELT}/withdraw", f"e/{BELT}/rollback", f"v/{version.id}/publish", "evaluation/run"):
        assert leader.post(f"/console/knowledge/{path}", **TOKEN).status_code == 404
    assert officer.get("/console/knowledge/").status_code == 404


@ON_SQLITE
def test_a_search_finds_several_words_and_other_words_for_the_same(desk):
    browser = desk.signed_in("chen", "expert")

    def found(words: str) -> list[str]:
        page = browser.get("/console/knowledge/", query_string={"words": words}).text
        return re.findall(r"/console/knowledge/e/([\w.-]+)", page)

    assert BELT in found("安全带 高处"), "two words, in no order"
    assert found("煤气泄漏了")[0].startswith("gas.") and BELT in found("爬高要系保险绳吗")
    assert found("belt-required")[0] == BELT
    for nothing in ("   ", "，。"):
        assert browser.get("/console/knowledge/", query_string={"words": nothing}).status_code == 200
