"""Which reports are of one thing, what is kept of each, and that officers are told whenever the person hears it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.clock import system
from bot.console.records import Staff
from bot.freezing import thaw
from bot.messages import Card
from bot.outbox.records import OutboxMessage
from handlers.emergency import replies
from handlers.emergency.incidents import kinds_of, place_of
from handlers.emergency.records import (
    FALSE_ALARM,
    KNOWN,
    MORE,
    OPEN,
    OVER,
    PHOTO,
    PLACE,
    REPORT,
    Incident,
    Report,
    Step,
)
from knowledge.emergency import load_wording
from tests.bot.front import Front

HURT = "有个工友从二楼摔下来了，叫不醒"
FIRE = "工棚烧起来了快来人啊"


@pytest.fixture
def manned(front: Front) -> Front:
    """With a duty officer who can be reached."""
    front.add_officer()
    return front


def incidents(front: Front) -> list[Incident]:
    return sorted(front.rows(Incident), key=lambda row: row.id)


def sent(front: Front) -> list[OutboxMessage]:
    """Every card ever planned, in order, those replaced by a newer one too."""
    return sorted((row for row in front.rows(OutboxMessage) if row.kind == "emergency.page"), key=lambda row: row.id)


def card(front: Front, row: OutboxMessage) -> Card:
    return thaw(front.services.content.decrypt(row.content, "outbox_message", row.id, "content"))


def said(front: Front, what: str = "") -> list[str]:
    rows = sorted((row for row in front.rows(Report) if what in ("", row.what)), key=lambda row: row.id)
    return [front.services.content.decrypt(row.words_sealed, "emergency_report", row.id, "words") for row in rows]


def later(front: Front, minutes: float) -> None:
    """Everything written so far happened so much earlier."""
    by = timedelta(minutes=minutes)
    with front.services.database.begin() as session:
        for table, columns in (
            (OutboxMessage, ("planned_at",)),
            (Report, ("at",)),
            (Incident, ("first_at", "last_at")),
        ):
            for row in session.query(table):
                values = {name: getattr(row, name) - by for name in columns}
                session.execute(update(table).where(table.id == row.id).values(**values))


def test_worse_news_of_another_kind_is_an_incident_with_a_card_of_its_own(manned: Front) -> None:
    manned.say(HURT)
    heard = manned.say(FIRE)
    assert heard == load_wording().first("fire")
    assert [row.kind for row in incidents(manned)] == ["injury", "fire"]
    assert [card(manned, row).title[-4:] for row in sent(manned)][-1] == load_wording().name("fire")[-4:]
    assert said(manned, REPORT) == [HURT, FIRE]


def test_somebody_hurt_by_it_belongs_to_it_and_is_told(manned: Front) -> None:
    manned.say("架子整个倒下来了，海秀东路12号工地")
    before = len(sent(manned))
    manned.say("有个师傅被砸了头，一直流血")
    (row,) = incidents(manned)
    assert len(sent(manned)) == before + 1
    assert "又报" in dict(card(manned, sent(manned)[-1]).pairs)
    with manned.services.database.reading() as session:
        assert len(kinds_of(session, row)) == 2


def test_a_bare_cry_takes_the_kind_that_is_said_later(manned: Front) -> None:
    manned.say("救命啊")
    manned.say(FIRE)
    (row,) = incidents(manned)
    assert row.kind == "fire" and len(sent(manned)) == 2


def test_the_same_again_is_counted_and_no_new_card_is_claimed(manned: Front) -> None:
    manned.say(FIRE)
    for number in (2, 3):
        heard = manned.say(FIRE)
        assert f"您已说{number}次" in heard and "119" in heard
        assert "同时通知" not in heard
    assert len(sent(manned)) == 1
    assert len(said(manned, REPORT)) == 3
    later(manned, 3)
    assert manned.say(FIRE) == load_wording().first("fire")
    assert len(sent(manned)) == 2
    assert dict(card(manned, sent(manned)[-1]).pairs)["报告"] == "1人，共4次"


def test_another_person_at_the_same_place_is_counted_truthfully(manned: Front) -> None:
    words = "琼山大道66号工地着火了，里面有人"
    manned.say(words, sender="oFirst")
    heard = manned.say(words, sender="oSecond")
    assert "共2人报告" in heard
    (row,) = incidents(manned)
    assert row.reports == 2 and len(sent(manned)) == 1


def test_two_houses_or_two_dangers_on_one_road_are_two(manned: Front) -> None:
    manned.say("红城湖路18号塌了，压着人", sender="oA")
    manned.say("红城湖路81号塌了，压着人", sender="oB")
    manned.say("红城湖路18号着火了快来", sender="oC")
    assert len(incidents(manned)) == 3
    assert len(sent(manned)) == 3


def test_a_citys_name_alone_joins_nobody_and_a_finer_place_is_asked_for(manned: Front) -> None:
    heard = manned.say("琼海着火了快来人", sender="oA")
    assert heard.endswith(replies.FINER)
    manned.say("琼海着火了快来人", sender="oB")
    assert len(incidents(manned)) == 2


def test_the_card_keeps_the_whole_place_in_their_own_words(manned: Front) -> None:
    manned.say(FIRE)
    words = "老城开发区南海大道二横路绿色佳园三期7栋2单元1104"
    assert manned.say(words) == load_wording().received
    shown = card(manned, sent(manned)[-1])
    assert dict(shown.pairs)["地点"] == words
    assert words in shown.text
    assert said(manned, PLACE) == [words]


def test_the_place_of_one_persons_two_reports_is_one(manned: Front) -> None:
    manned.say(HURT)
    manned.say(FIRE)
    manned.say("金盘路30号")
    assert [place_of(manned.services, row) for row in incidents(manned)] == ["金盘路30号", "金盘路30号"]


def test_the_same_place_as_before(manned: Front) -> None:
    manned.say(HURT)
    manned.say("金盘路30号")
    manned.say(FIRE)
    assert "金盘路30号" in dict(card(manned, sent(manned)[-1]).pairs)["地点"]
    assert manned.say("就是刚才那个地方") == load_wording().received
    assert place_of(manned.services, incidents(manned)[1]) == "金盘路30号"


def test_pages_leave_before_what_else_is_due(manned: Front) -> None:
    manned.say(FIRE)
    manned.say("金盘路30号")
    assert all(row.urgent for row in sent(manned))


# -- it is over, there is more, a photo -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["不好意思按错了", "火扑灭了", "虚惊一场"])
def test_over_is_told_and_noted(manned: Front, words: str) -> None:
    manned.say(FIRE)
    assert manned.say(words) == replies.OVER_TOLD
    assert sent(manned)[-1].step == "over"
    assert "没事了" in card(manned, sent(manned)[-1]).title
    assert said(manned, OVER) == [words]
    (row,) = incidents(manned)
    assert row.state == OPEN, "an officer decides"


def test_over_promises_nothing_where_nobody_is_on_duty(front: Front) -> None:
    front.say(FIRE)
    assert front.say("没事啦") == load_wording().only_asked
    assert said(front, OVER) == ["没事啦"]


def test_the_fire_is_out_but_the_injured_is_not_well(manned: Front) -> None:
    manned.say(HURT)
    manned.say(FIRE)
    manned.say("火已经灭了")
    assert [row.step for row in sent(manned)].count("over") == 1
    manned.say("白龙南路7号")
    assert place_of(manned.services, incidents(manned)[0]) == "白龙南路7号"


def test_what_burns_again_pages_again_at_once(manned: Front) -> None:
    manned.say(FIRE)
    manned.say("火灭了")
    with manned.services.database.begin() as session:
        session.execute(update(Incident).values(state=KNOWN, taken_by="x"))
    heard = manned.say("又烧起来了快来人")
    assert heard == load_wording().first("fire")
    (row,) = incidents(manned)
    assert row.state == OPEN and sent(manned)[-1].step == "page"
    assert [one.state for one in manned.rows(Step)] == [OPEN]


def test_more_is_kept_and_calls_the_officers_at_most_every_two_minutes(manned: Front) -> None:
    manned.say(FIRE)
    manned.say("白龙南路7号")
    assert "已再通知值班员" in manned.say("里面还有俩小孩")
    assert "已再通知" not in manned.say("上面一直有东西响")
    assert said(manned, MORE) == ["里面还有俩小孩", "上面一直有东西响"]
    assert [row.step for row in sent(manned)].count("more") == 1


def test_a_new_danger_while_the_place_is_awaited_is_not_swallowed(manned: Front) -> None:
    manned.say(HURT)
    heard = manned.say("变压器那边一直冒烟")
    assert "119" in heard and len(sent(manned)) == 2
    assert manned.say("秀英港码头") == load_wording().received


def test_a_question_amid_it_is_answered(manned: Front) -> None:
    manned.say(FIRE)
    manned.say("白龙南路7号")
    assert "依据" in manned.say("脚手架几个人验收")
    assert said(manned, MORE) == []


def test_a_photo_amid_it_is_noted(manned: Front) -> None:
    manned.say(FIRE)
    heard = manned.send("image", MediaId="media-7", PicUrl="http://x.cn/1")
    assert heard.startswith(replies.PHOTO_ALONE) and "没有转给任何人" not in heard
    assert said(manned, PHOTO) == ["media-7"]
    assert b"media-7" not in next(row.words_sealed for row in manned.rows(Report) if row.what == PHOTO)
    assert manned.say("白龙南路7号") == load_wording().received
    assert "登记隐患" in manned.send("image", sender="oQuiet", MediaId="m", PicUrl="http://x.cn/2")


def test_a_pin_is_kept_for_the_map(manned: Front) -> None:
    manned.say(FIRE)
    manned.say("帮助")
    manned.send("location", Location_X="19.50123", Location_Y="109.58123", Label="儋州市那大镇中兴大道")
    (row,) = incidents(manned)
    assert row.latitude_longitude_sealed and place_of(manned.services, row) == "儋州市那大镇中兴大道"


def test_unfollowing_does_not_lose_it(manned: Front) -> None:
    manned.say(FIRE)
    manned.send("event", Event="unsubscribe")
    manned.send("event", Event="subscribe")
    assert manned.say("白龙南路7号") == load_wording().received


def test_a_kind_of_place_is_asked_about(manned: Front) -> None:
    manned.say(FIRE)
    assert manned.say("在工棚") == replies.WHICH
    assert manned.say("我也不清楚这是哪里").endswith(load_wording().place_missing)
    assert manned.say("定安") == load_wording().received + replies.FINER


# -- false alarms, nobody on duty -----------------------------------------------------------------------------------


def refuse(front: Front) -> None:
    with front.services.database.begin() as session:
        session.execute(update(Incident).values(state=FALSE_ALARM, taken_by="x", taken_at=system()))


def test_repeating_what_was_just_refused_is_kept_without_a_card(manned: Front) -> None:
    manned.say(FIRE)
    refuse(manned)
    heard = manned.say(FIRE)
    assert "通知" not in heard and "119" in heard
    assert len(incidents(manned)) == 2 and len(sent(manned)) == 1
    later(manned, 3)
    manned.say(FIRE)
    assert len(sent(manned)) == 2


def test_a_place_after_a_refusal_opens_it_again(manned: Front) -> None:
    manned.say(FIRE)
    refuse(manned)
    assert manned.say("白龙南路7号") == load_wording().received
    (row,) = incidents(manned)
    assert row.state == OPEN and len(sent(manned)) == 2


def test_without_officers_the_place_is_asked_for_and_nothing_promised(front: Front) -> None:
    heard = front.say(FIRE)
    assert "位置" in heard and "通知" not in heard
    assert "通知" not in front.say(FIRE)
    assert "通知" not in front.say("里面还有人")
    with front.services.database.reading() as session:
        assert session.query(Staff).count() == 0
