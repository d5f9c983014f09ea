"""Withdrawing an entry on its page, and what brings its answer back."""

from __future__ import annotations

from sqlalchemy import select

from handlers.consult.publishing import live
from handlers.consult.publishing.records import Correction, Withdrawal
from handlers.consult.records import DECLINED, WAITING, ConsultQuestion
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, answered, withdrawn
from tests.handlers.consult.publishing.shelf import BELT


def test_restoring_takes_two(desk):
    one, two = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    withdrawn(one)
    again = one.post(f"/console/knowledge/e/{BELT}/withdraw", {"reason": "再撤一次"}, **TOKEN)
    assert again.status_code == 409 and "已经撤回了" in again.text
    path = f"/console/knowledge/e/{BELT}"
    one.post(f"{path}/ask-restore", {"why": "对过规范了"}, **TOKEN)
    assert "要请另一个人" in one.get(path).text
    assert one.post(f"{path}/restore", **TOKEN).status_code == 409
    assert "撤回的条目申请恢复" in two.get("/console/").text
    assert two.post(f"{path}/restore", **TOKEN).status_code == 302
    assert live.live().serving().entry(BELT) is not None
    with desk.services.database.reading() as session:
        (row,) = session.scalars(select(Withdrawal))
        assert (row.open_for, row.restored_by) == (None, desk.staff("fu").id)
        assert session.scalars(select(Correction)).all() == []


@ON_SQLITE
def test_the_question_says_which_entry_was_withdrawn(desk):
    browser = desk.signed_in("fu", "duty")
    question = answered(desk, "")
    with desk.services.database.begin() as session:
        row = session.get_one(ConsultQuestion, question)
        row.queue, row.outcome, row.stopped_entry = WAITING, DECLINED, BELT
    assert "答案撤回了，在核对" in browser.get("/console/consult/").text
    page = browser.get(f"/console/consult/q/{question}").text
    assert f"/console/knowledge/e/{BELT}" in page and live.tree_entries()[BELT].question in page
    assert "没有现成答案" not in page
