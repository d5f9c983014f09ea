"""A reply that waits says no more what was withdrawn since, or what the switch has put off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import clock, outbox, switches
from bot.channels.base import read_text, to_inbound
from bot.freezing import freeze, rests_of, thaw
from bot.ids import new_id
from bot.inbox.inbox import Arrival, Inbox
from bot.inbox.late import push_late
from bot.inbox.records import InboundMessage
from bot.messages import NOTHING, Text
from bot.outbox.records import FAILED, WINDOW_CLOSED, OutboxMessage
from bot.resting import Rests, instead
from handlers.consult.answering import answering
from handlers.consult.publishing import live
from handlers.consult.taking_back import LAW_TEXT, taken_back
from tests.bot.front import Front, message
from tests.handlers.consult.publishing.shelf import ASKED, BELT, Shelf, changed

LONG = "".join(f"第{number}点，安全带挂在牢靠的地方，高挂低用，别挂在脚手架的剪刀撑上。" for number in range(40))
GONE, MENDED = "正在重新核对", "后来改过了"


@pytest.fixture
def front(open_front: Callable[..., Front], monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """The service with a long 「为什么」 published."""
    monkeypatch.setattr(live, "LOOK_S", 0.0)
    monkeypatch.setattr(switches, "REFRESH_S", 0.0)
    opened = open_front(embedding=False)
    Shelf(opened.services).publish(changed(detail=LONG))
    yield opened
    live.uninstall()


def withdraw(front: Front) -> None:
    shelf = Shelf(front.services)
    shelf.withdraw()
    assert shelf.served() is None


def switch(front: Front, state: str) -> None:
    with front.services.database.begin() as session:
        switches.change(session, "consult", state, "admin", front.services.clock.now())


def begin(front: Front) -> None:
    assert "依据" in front.say(ASKED)
    assert "未完" in front.say("为什么")


def test_more_goes_on_while_nothing_changed(front: Front) -> None:
    begin(front)
    assert "第39点" in "".join(front.say("更多") for _ in range(3))


def test_more_of_what_was_withdrawn_is_not_said(front: Front) -> None:
    begin(front)
    withdraw(front)
    said = front.say("更多")
    assert GONE in said and "安全带挂" not in said
    assert "后面没有了" in front.say("更多")


def mend(front: Front) -> None:
    """Withdrawn, and served again in other words."""
    shelf = Shelf(front.services)
    shelf.withdraw()
    shelf.publish(changed(detail=f"改好了。{LONG}"), restore=True)
    assert shelf.served() is not None


def test_withdrawn_words_are_not_said_once_a_mended_version_is_there(front: Front) -> None:
    begin(front)
    mend(front)
    said = front.say("更多")
    assert MENDED in said and "安全带挂" not in said


def test_the_same_words_served_again_go_on(front: Front) -> None:
    begin(front)
    withdraw(front)
    shelf = Shelf(front.services)
    shelf.restore()
    assert shelf.served() is not None
    assert "安全带挂" in front.say("更多")


def test_what_only_helps_to_find_the_entry_changes_no_words(front: Front) -> None:
    begin(front)
    entry = answering().entry(BELT)
    assert entry is not None
    phrasings = [*entry.phrasings[:5], "上架子那根带子一定得系着么"]
    Shelf(front.services).publish(changed(detail=LONG, phrasings=phrasings))
    assert "安全带挂" in front.say("更多")


@pytest.mark.parametrize("state", [switches.OFF, switches.LIMITED])
def test_more_is_not_said_while_the_service_is_off(front: Front, state: str) -> None:
    begin(front)
    switch(front, state)
    said = front.say("更多")
    assert "119" in said and "安全带挂" not in said


def test_what_is_said_in_between_does_not_take_the_rest_along(front: Front) -> None:
    begin(front)
    front.say("灭火器怎么用")
    withdraw(front)
    assert GONE in front.say("更多")


# -- late -------------------------------------------------------------------------------------------------------------


def late(front: Front) -> str:
    """A question whose answer missed its request."""
    xml = message(Content=ASKED)
    arrival = Arrival(to_inbound("wechat", read_text(xml)), new_id(), clock.stopwatch() - 6)
    assert Inbox(front.services).answer(arrival) == NOTHING
    return xml


def pushed(front: Front) -> OutboxMessage:
    with front.services.database.begin() as session:
        session.execute(update(InboundMessage).values(received_at=clock.system() - timedelta(seconds=21)))
    assert push_late(front.services) == 1
    return next(row for row in front.rows(OutboxMessage) if row.kind == "inbox.late")


def test_a_late_answer_is_handed_to_a_retry_only_while_it_holds(front: Front) -> None:
    xml = late(front)
    assert "依据" in front.deliver(xml).content
    xml = late(front)
    withdraw(front)
    said = front.deliver(xml).content
    assert GONE in said and "依据" not in said


def test_a_late_answer_that_waits_in_the_outbox_is_looked_at_when_it_leaves(front: Front) -> None:
    late(front)
    row = pushed(front)
    kept = front.services.content.decrypt(row.content, "outbox_message", row.id, "content")
    assert "依据" in thaw(kept).text and rests_of(kept).ids[0].startswith(f"{BELT}@")
    assert instead(front.services, rests_of(kept)) is None
    withdraw(front)
    other = instead(front.services, rests_of(kept))
    assert other is not None and GONE in other.text
    Shelf(front.services).publish(changed(detail="改好了。"), restore=True)
    other = instead(front.services, rests_of(kept))
    assert other is not None and MENDED in other.text
    before_that = Rests("consult", (BELT,))
    assert instead(front.services, before_that) is None, "kept without a print"


def test_what_could_not_be_pushed_is_not_shown_after_it_was_withdrawn(front: Front) -> None:
    late(front)
    row = pushed(front)
    with front.services.database.begin() as session:
        moved = update(OutboxMessage).where(OutboxMessage.id == row.id)
        session.execute(moved.values(state=FAILED, reason=WINDOW_CLOSED))
    withdraw(front)
    with front.services.database.reading() as session:
        (waiting,) = outbox.waiting_for(session, front.services, front.person_id())
    assert isinstance(waiting.push, Text) and GONE in waiting.push.text
    said = front.say("谢谢")
    assert GONE in said and "高挂低用" not in said


# -- the rule ---------------------------------------------------------------------------------------------------------


def test_an_articles_own_words_wait_for_the_switch_alone(front: Front) -> None:
    assert taken_back(front.services, [LAW_TEXT]) == ""
    assert GONE in taken_back(front.services, [LAW_TEXT, "height.no-such-entry"])
    switch(front, switches.OFF)
    assert "119" in taken_back(front.services, [LAW_TEXT])


def test_nothing_is_asked_of_what_rests_on_nothing(front: Front) -> None:
    assert rests_of(freeze(Text("好的。"), Rests("consult"))) == Rests()
    assert instead(front.services, Rests("consult")) is None
    assert instead(front.services, Rests("nobody", ("x",))) is None
    assert freeze(Text("好的。"), Rests("consult")) == freeze(Text("好的。"))
