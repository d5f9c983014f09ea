"""An emergency as it goes in chat: what is said, who is told, and that nothing is promised that was not done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from bot.clock import system
from bot.console.records import AuditEvent, Staff
from bot.freezing import thaw
from bot.ids import new_id
from bot.messages import Card
from bot.outbox.records import CANCELLED, PLANNED, OutboxMessage
from handlers.emergency import replies
from handlers.emergency.incidents import place_of
from handlers.emergency.paging import still_wanted
from handlers.emergency.records import FALSE_ALARM, KNOWN, OPEN, Incident, Report, Step
from knowledge.emergency import load_wording
from tests.bot.front import OFFICER, Front, message

CRY = "着火了，有人困在里面出不来"
CRY_WITH_PLACE = "金龙路8号工地着火了，有人困在里面"
MAYBE = "着火了"
ASKED = "着火了怎么逃生"
PROMISES = ("已通知", "通知值班员")


@pytest.fixture
def manned(front: Front) -> Front:
    """With a duty officer who can be reached."""
    front.add_officer()
    return front


def incident(front: Front) -> Incident:
    (row,) = front.rows(Incident)
    return row  # type: ignore[no-any-return]


def pages(front: Front) -> list[Card]:
    """The pages that are still to leave, first planned first."""
    rows = [row for row in front.rows(OutboxMessage) if row.kind == "emergency.page" and row.state != CANCELLED]
    rows.sort(key=lambda row: row.id)
    return [thaw(front.services.content.decrypt(row.content, "outbox_message", row.id, "content")) for row in rows]


def pair(card: Card, name: str) -> str:
    return dict(card.pairs)[name]


def test_a_question_about_danger_gets_the_numbers_before_its_answer(manned: Front) -> None:
    heard = manned.say(ASKED)
    assert heard.index("119") < heard.index("依据")
    assert "我们不能替您报警" in heard
    assert manned.count(Incident) == 0


def test_a_cry_for_help_pages_at_once_and_asks_for_the_place(manned: Front) -> None:
    heard = manned.say(CRY)
    assert heard == load_wording().first("fire")
    assert heard.index("119") < 20
    (card,) = pages(manned)
    assert "还不知道" in pair(card, "地点")
    assert {button.key for button in card.buttons} == {"known", "false_alarm"}
    heard = manned.say("金龙路8号工地")
    assert heard == load_wording().received
    assert "金龙路8号工地" in pair(pages(manned)[-1], "地点")
    assert place_of(manned.services, incident(manned)) == "金龙路8号工地"
    assert "金龙路".encode() not in (incident(manned).place_sealed or b"")


def test_a_cry_with_its_place_needs_no_question(manned: Front) -> None:
    assert manned.say(CRY_WITH_PLACE) == load_wording().known("fire")
    assert "金龙路8号" in pair(pages(manned)[-1], "地点")


def test_the_place_may_come_as_a_pin(manned: Front) -> None:
    manned.say(CRY)
    heard = manned.send("location", Location_X="20.04422", Location_Y="110.19989", Label="海口市龙华区金龙路")
    assert heard == load_wording().received
    row = incident(manned)
    assert place_of(manned.services, row) == "海口市龙华区金龙路"
    pin = manned.services.content.decrypt(row.latitude_longitude_sealed or b"", "emergency_incident", row.id, "pin")
    assert pin == "20.044220,110.199890"


def test_a_pin_without_a_name_is_its_numbers(manned: Front) -> None:
    manned.say(CRY)
    manned.send("location", Location_X="20.04422", Location_Y="110.19989", Label="")
    assert pair(pages(manned)[-1], "地点") == "北纬20.04422，东经110.19989"


def test_what_is_no_place_is_asked_for_once_then_answered(manned: Front) -> None:
    manned.say(CRY)
    assert manned.say("怎么办呀怎么办呀").endswith(load_wording().place_missing)
    second = manned.say("脚手架几个人验收")
    assert load_wording().place_missing not in second
    assert manned.say("在金龙路8号工地") == load_wording().received


def test_an_unheard_voice_does_not_end_an_emergency(manned: Front) -> None:
    manned.say(CRY)
    heard = manned.send("voice", MediaId="m", Recognition="")
    assert "119" in heard
    assert "常问" not in heard
    assert manned.say("金龙路8号工地") == load_wording().received


def test_what_may_be_happening_is_asked_and_pages_nobody_yet(manned: Front) -> None:
    heard = manned.say(MAYBE)
    assert heard == load_wording().unclear("fire")
    assert pages(manned) == []
    assert manned.count(Incident) == 0


@pytest.mark.parametrize("yes", ["1", "是", "是的！", "正在发生", "１"])
def test_yes_it_is(manned: Front, yes: str) -> None:
    manned.say(MAYBE)
    assert manned.say(yes) == load_wording().first("fire")
    assert len(pages(manned)) == 1


@pytest.mark.parametrize("no", ["2", "不是", "只是了解", "没有。"])
def test_no_it_is_not(manned: Front, no: str) -> None:
    manned.say(MAYBE)
    assert manned.say(no) == load_wording().only_asked
    assert pages(manned) == []
    assert "依据" in manned.say("脚手架几个人验收")


def test_a_photo_or_a_place_says_yes(manned: Front) -> None:
    manned.say(MAYBE)
    assert manned.send("image", MediaId="m", PicUrl="http://x.cn/1") == load_wording().first("fire")
    manned.say(MAYBE, sender="oOther")
    heard = manned.send("location", sender="oOther", Location_X="20", Location_Y="110", Label="金龙路")
    assert heard == load_wording().known("fire")


def test_it_was_a_mistake(manned: Front) -> None:
    manned.say(CRY)
    assert manned.say("没事了") == replies.OVER_TOLD
    assert "依据" in manned.say("脚手架几个人验收")


def test_nobody_on_duty_is_not_promised(front: Front) -> None:
    heard = front.say(CRY_WITH_PLACE)
    assert "119" in heard
    assert not any(promise in heard for promise in PROMISES)
    assert "已通知" not in front.say("金龙路9号旁边")
    assert front.count(Incident) == 1
    assert pages(front) == []


def test_reports_of_one_place_are_one_incident(manned: Front) -> None:
    for number in range(5):
        assert "119" in manned.say(CRY_WITH_PLACE, sender=f"oPerson{number}")
    assert incident(manned).reports == 5
    assert len(pages(manned)) == 1
    assert manned.count(Report) == 5
    manned.say("龙昆路20号的楼塌了，埋了人", sender="oElsewhere")
    assert manned.count(Incident) == 2


def test_a_person_who_says_it_again_is_one_report(manned: Front) -> None:
    for _ in range(3):
        manned.say(CRY_WITH_PLACE)
    assert incident(manned).reports == 1
    assert len(pages(manned)) == 1


def test_half_an_hour_later_it_is_another_incident(manned: Front) -> None:
    manned.say(CRY_WITH_PLACE)
    old = system() - timedelta(minutes=31)
    with manned.services.database.begin() as session:
        session.execute(update(Incident).values(first_at=old, last_at=old))
        session.execute(update(Report).values(at=old))
    manned.say(CRY_WITH_PLACE)
    assert manned.count(Incident) == 2
    assert len(pages(manned)) == 2


def press(front: Front, key: str, task: str, sender: str = OFFICER) -> dict[str, str]:
    xml = message(
        "event", sender=sender, Event="template_card_event", EventKey=key, TaskId=task, CardType="button_interaction"
    )
    return front.deliver(xml, "wecom").fields


def test_the_officer_takes_it(manned: Front) -> None:
    manned.say(CRY_WITH_PLACE)
    (card,) = pages(manned)
    assert press(manned, "known", card.task_id)["MsgType"] == "update_button"
    row = incident(manned)
    assert (row.state, row.taken_by is not None) == (KNOWN, True)
    assert still_wanted(manned.services, row.id) == ""


def test_the_officer_finds_it_false(manned: Front) -> None:
    manned.say(CRY_WITH_PLACE)
    (card,) = pages(manned)
    press(manned, "false_alarm", card.task_id)
    row = incident(manned)
    assert row.state == FALSE_ALARM
    assert still_wanted(manned.services, row.id)
    assert [one.state for one in manned.rows(OutboxMessage)] == [PLANNED]


def test_nobody_else_takes_it(manned: Front) -> None:
    manned.say(CRY_WITH_PLACE)
    (card,) = pages(manned)
    assert press(manned, "false_alarm", card.task_id, sender="ZhangSan") == {}
    assert incident(manned).state == OPEN
    assert press(manned, "known", "emergency:NOSUCH:v1:x") == {}


def test_a_voice_cries_for_help_as_well(manned: Front) -> None:
    heard = manned.send("voice", MediaId="m", Recognition=f"{CRY_WITH_PLACE}。")
    assert heard == load_wording().known("fire")


def test_in_wecom_too(manned: Front) -> None:
    assert manned.say(CRY_WITH_PLACE, sender="LiSi", channel="wecom") == load_wording().known("fire")


def test_without_a_store_nothing_is_promised(manned: Front) -> None:
    """Only the numbers and the first safe step: nobody was told, nobody will be."""
    with manned.services.database.engine.connect() as connection:
        connection.execute(text("DROP TABLE emergency_report"))
        connection.commit()
    heard = manned.say(CRY_WITH_PLACE)
    assert "119" in heard
    assert not any(promise in heard for promise in PROMISES), heard
    assert pages(manned) == []


# -- what answers 「正在发生吗」 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["嗯嗯快点来人", "对的", "正烧着呢，快", "有火苗了", "現在就是", "烧起来了"])
def test_yes_in_other_words(manned: Front, yes: str) -> None:
    manned.say(MAYBE)
    assert "通知值班员" in manned.say(yes)
    assert len(pages(manned)) == 1


def test_a_place_says_yes_and_is_kept(manned: Front) -> None:
    manned.say(MAYBE)
    assert manned.say("琼海塔洋镇上") == load_wording().known("fire")
    assert pair(pages(manned)[0], "地点") == "琼海塔洋镇上"


@pytest.mark.parametrize("no", ["没有，随便问问", "就是想了解下", "演练用的", "不好意思点错了"])
def test_no_in_other_words(manned: Front, no: str) -> None:
    manned.say(MAYBE)
    assert manned.say(no) == load_wording().only_asked
    assert pages(manned) == []


def test_what_is_unclear_is_asked_once_more_with_the_numbers(manned: Front) -> None:
    manned.say(MAYBE)
    heard = manned.say("你猜猜")
    assert heard == replies.ask_again("fire") and "119" in heard
    assert manned.say("1") == load_wording().first("fire")


def test_a_question_instead_is_answered(manned: Front) -> None:
    manned.say(MAYBE)
    assert "依据" in manned.say("脚手架几个人验收")
    assert "120" in manned.say("电话")
    assert pages(manned) == []


def test_a_colleagues_decision_stays_when_another_presses_an_older_card(manned: Front) -> None:
    manned.say(CRY_WITH_PLACE)
    (card,) = pages(manned)
    with manned.services.database.begin() as session:
        now = manned.services.clock.now()
        other = Staff(
            id=new_id(), username="duty2", name="王值班", role="duty", region="", industry="", password_hash="",
            password_is_one_time=False, active=True, created_at=now,
        )  # fmt: skip
        session.add(other)
        session.flush()
        session.execute(update(Incident).values(state=KNOWN, taken_by=other.id, taken_at=now))
    fields = press(manned, "false_alarm", card.task_id)
    assert fields["MsgType"] == "update_button"
    assert incident(manned).state == KNOWN


def test_what_an_officer_decides_on_a_card_is_in_the_audit_log(manned: Front) -> None:
    manned.say(CRY_WITH_PLACE)
    (card,) = pages(manned)
    press(manned, "known", card.task_id)
    press(manned, "known", card.task_id)
    (event,) = [one for one in manned.rows(AuditEvent) if one.action == "emergency.known"]
    assert event.subject == incident(manned).id
    assert [step.state for step in manned.rows(Step)] == [KNOWN]


# -- what only sounds like one, and questions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", ["触电了怎么办", "油锅着火能不能浇水", "被蛇咬了要不要用嘴吸", "电梯困人打什么电话"]
)
def test_numbers_stand_at_the_top_and_the_answer_follows_in_the_same_reply(manned: Front, question: str) -> None:
    heard = manned.say(question)
    numbers = [heard.index(number) for number in ("119", "120") if number in heard]
    assert min(numbers) < 120
    assert "依据" in heard and heard.index("依据") > min(numbers)
    assert pages(manned) == []


@pytest.mark.parametrize("question", ["限位器短接掉算违章吗", "灭火器锁起来行不行", "工地死了三个人算什么事故"])
def test_a_question_for_a_rule_is_answered_and_nothing_else(manned: Front, question: str) -> None:
    heard = manned.say(question)
    assert "我们不能替您报警" not in heard and "正在发生" not in heard
    assert pages(manned) == []


def test_what_only_sounds_like_one_is_asked_and_pages_on_yes(manned: Front) -> None:
    heard = manned.say("绳子松了 下去那个没人回")
    assert load_wording().ask in heard
    assert pages(manned) == []
    assert "通知值班员" in manned.say("1")
    assert len(pages(manned)) == 1


def test_amid_an_emergency_what_only_sounds_like_one_belongs_to_it(manned: Front) -> None:
    manned.say(CRY_WITH_PLACE)
    assert "已再通知值班员" in manned.say("他手指头发黑了")
    assert manned.count(Incident) == 1
    assert [report.incident_id for report in manned.rows(Report)] == [incident(manned).id] * manned.count(Report)
