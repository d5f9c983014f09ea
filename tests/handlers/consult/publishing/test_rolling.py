"""Going back to an earlier version: by one where it was never stopped, by two where it was."""

from __future__ import annotations

import pytest

from handlers.consult.publishing import editing, live, rolling
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.records import HIDE, PROPOSED, PUBLISHED, EntryVersion
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, act, actions, versions
from tests.handlers.consult.publishing.shelf import BELT, NEW_WORDS, Shelf, changed

OTHER_WORDS = "要系，挂在高处牢靠的地方，高挂低用。这是又改的一版。"


def back(shelf: Shelf, number: int, by: str = "writer") -> EntryVersion | None:
    with shelf.services.database.begin() as session:
        return rolling.go_back(session, shelf.services, BELT, number, by, "改错了")


def publish(shelf: Shelf, version: EntryVersion, by: str, *, restore: bool = False) -> None:
    with shelf.services.database.begin() as session:
        editing.publish(session, shelf.services, version.id, version.edit, by, restore=restore)


def said(shelf: Shelf) -> str:
    entry = shelf.served()
    return entry.answer if entry is not None else ""


@ON_SQLITE
def test_to_what_was_never_stopped_one_person_goes_back(desk_shelf: Shelf) -> None:
    first = desk_shelf.publish(changed(answer=NEW_WORDS))
    desk_shelf.publish(changed(answer=OTHER_WORDS))
    assert back(desk_shelf, first.number) is None
    assert said(desk_shelf) == NEW_WORDS
    assert back(desk_shelf, 0) is None
    assert said(desk_shelf) not in (NEW_WORDS, OTHER_WORDS)


@ON_SQLITE
@pytest.mark.parametrize("how", ["withdrawn", "hidden", "rolled back", "withdrawn before"])
def test_what_was_stopped_is_not_answered_again_by_one(desk_shelf: Shelf, how: str) -> None:
    wrong = desk_shelf.publish(changed(answer=NEW_WORDS))
    if how == "withdrawn":
        desk_shelf.withdraw()
    elif how == "hidden":
        desk_shelf.publish("", kind=HIDE)
    elif how == "rolled back":
        desk_shelf.roll_back(0)
        desk_shelf.publish(changed(answer=OTHER_WORDS))
    else:
        desk_shelf.withdraw()
        desk_shelf.publish(changed(answer=OTHER_WORDS), restore=True)
    before = said(desk_shelf)
    proposed = back(desk_shelf, wrong.number, "third")
    assert proposed is not None and proposed.state == PROPOSED
    assert said(desk_shelf) == before
    for wrote in ("third", "writer"):
        with pytest.raises(Refused, match="另一个人"):
            publish(desk_shelf, proposed, wrote)
    publish(desk_shelf, proposed, "reader", restore=True)
    assert said(desk_shelf) == NEW_WORDS


@ON_SQLITE
def test_stopping_by_going_back_takes_one(desk_shelf: Shelf) -> None:
    hidden = desk_shelf.publish("", kind=HIDE)
    desk_shelf.publish(changed(answer=NEW_WORDS))
    assert said(desk_shelf) == NEW_WORDS
    assert back(desk_shelf, hidden.number) is None
    assert said(desk_shelf) == ""


@ON_SQLITE
def test_the_trees_words_after_a_withdrawal_of_them_take_two(desk_shelf: Shelf) -> None:
    desk_shelf.withdraw()
    desk_shelf.publish(changed(answer=NEW_WORDS), restore=True)
    proposed = back(desk_shelf, 0)
    assert proposed is not None and said(desk_shelf) == NEW_WORDS
    publish(desk_shelf, proposed, "reader")
    assert said(desk_shelf) == live.tree_entries()[BELT].answer


@ON_SQLITE
def test_the_pages_say_who_must_look(desk, desk_shelf: Shelf) -> None:
    writer, reader = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    writer.post(f"/console/knowledge/e/{BELT}/hide", {"why": ""}, **TOKEN)
    assert versions(desk) == []
    writer.post(f"/console/knowledge/e/{BELT}/hide", {"why": "活动已经结束"}, **TOKEN)
    (version,) = versions(desk)
    assert "不再回答这一条" in reader.get(f"/console/knowledge/v/{version.id}").text
    act(reader, version, "publish")
    assert live.live().serving().entry(BELT) is None
    page = reader.get(f"/console/knowledge/e/{BELT}").text
    assert "不再回答" in page and "退回程序里的（停用过，要第二个人复核）" in page
    path = f"/console/knowledge/e/{BELT}/rollback"
    assert reader.post(path, {"number": "0"}, **TOKEN).status_code == 409
    for number in ("7", "9" * 30, "-1", "x"):
        assert reader.post(path, {"number": number, "why": "看错了"}, **TOKEN).status_code == 409
    done = reader.post(path, {"number": "0", "why": "看错了"}, **TOKEN)
    assert "要两个人" in reader.get(done.headers["Location"]).text
    assert live.live().serving().entry(BELT) is None
    proposed = versions(desk)[-1]
    assert act(reader, proposed, "publish").status_code == 409
    assert act(writer, proposed, "publish").status_code == 302
    assert live.live().serving().entry(BELT) is not None
    assert actions(desk)[-2:] == ["knowledge.propose_rollback", "knowledge.publish"]
    again = reader.post(path, {"number": str(version.number), "why": "还是不答"}, **TOKEN)
    assert again.status_code == 302 and live.live().serving().entry(BELT) is None, "stopping takes one"


@ON_SQLITE
def test_publishing_over_a_withdrawal_does_not_claim_to_be_answered(desk, desk_shelf: Shelf) -> None:
    writer, reader = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    desk_shelf.publish(changed(answer=NEW_WORDS))
    desk_shelf.withdraw()
    live.live().look()
    path = f"/console/knowledge/e/{BELT}/rollback"
    writer.post(path, {"number": "0", "why": "先退回"}, **TOKEN)
    proposed = versions(desk)[-1]
    done = act(reader, proposed, "publish")
    page = reader.get(done.headers["Location"]).text
    assert "还撤回着" in page and "5秒内各处生效" not in page
    assert versions(desk)[-1].state == PUBLISHED and live.live().serving().entry(BELT) is None
