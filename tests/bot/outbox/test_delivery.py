"""From a planned row to a phone, and what the row says when something goes wrong on the way."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import outbox
from bot.features import OutboxKind
from bot.ids import new_id
from bot.messages import Button, Card, Template, Text
from bot.outbox.claims import LEASE, claim
from bot.outbox.delivery import NotDeliverable, deliver_due
from bot.outbox.records import OutboxMessage
from bot.storage.db import database_time
from bot.storage.sealing import IdentityVault
from tests.bot.outbox.stage import Stage

NOTICE = Template("tpl-notice", {"thing1": "周报", "time2": "2021年6月17日 15:00"})


def deliver(stage: Stage) -> int:
    stage.main.clock.refresh()
    return deliver_due(stage.main)


def test_a_text_reaches_the_phone_once(stage: Stage) -> None:
    stage.open_window()
    message = stage.plan("q1", Text("安全帽要系好下颏带。"))
    assert deliver(stage) == 1
    assert deliver(stage) == 0
    assert [one["body"]["text"]["content"] for one in stage.sent()] == ["安全帽要系好下颏带。"]
    row = stage.row(message)
    assert (row.state, row.attempts, row.reason) == ("accepted", 1, "")
    assert row.accepted_at is not None
    assert stage.story(message) == ["planned", "sending", "accepted"]


def test_the_same_message_is_planned_once(stage: Stage) -> None:
    first = outbox.Draft("a", "s", "x", stage.person(), "wechat", Text("一"))
    with stage.main.database.begin() as session:
        assert outbox.plan(session, stage.main, first) == first.id
        assert outbox.plan(session, stage.main, replace(first, id=new_id())) is None
        assert outbox.plan(session, stage.main, replace(first, id=new_id(), version=2))


def test_many_messages_are_planned_by_core_inserts(stage: Stage) -> None:
    drafts = [outbox.Draft("a", f"s{number % 3}", "x", stage.person(), "wechat", Text("一")) for number in range(4)]
    rows = [outbox.rows_for(stage.main, draft) for draft in drafts]
    with stage.main.database.connect_for_writing() as connection:
        dialect = connection.dialect.name
        connection.execute(outbox.message_insert(dialect), [message for message, _event in rows])
        connection.execute(outbox.event_insert(), [event for _message, event in rows])
    assert stage.states() == ["planned"] * 3
    assert [stage.story(draft.id) for draft in drafts] == [["planned"], ["planned"], ["planned"], []]


def test_what_is_not_due_or_cancelled_stays(stage: Stage) -> None:
    stage.open_window()
    later = stage.plan("later", not_before=stage.now() + timedelta(hours=1))
    stage.plan("gone")
    with stage.main.database.begin() as session:
        assert outbox.cancel(session, stage.main, "test.kind", "gone", "不用了") == 1
        assert outbox.cancel(session, stage.main, "test.kind", "gone", "不用了") == 0
    assert deliver(stage) == 0
    stage.move(timedelta(hours=1, minutes=1))
    assert deliver(stage) == 1
    assert stage.row(later).state == "accepted"


def test_too_late_is_skipped(stage: Stage) -> None:
    message = stage.plan("old", expires_at=stage.now() - timedelta(seconds=1))
    ten = [stage.plan(f"old{number}", expires_at=stage.now() - timedelta(seconds=1)) for number in range(10)]
    stage.open_window()
    fresh = stage.plan("fresh")
    assert deliver(stage) == 1
    assert (stage.row(message).state, stage.row(message).reason) == ("skipped", "expired")
    assert {stage.row(one).state for one in ten} == {"skipped"}
    assert stage.row(fresh).state == "accepted"


def test_the_reason_is_checked_just_before_sending(stage: Stage) -> None:
    stage.open_window()
    services = stage.services(OutboxKind("test.kind", lambda _services, subject: "已报送" if subject == "done" else ""))
    done, open_ = stage.plan("done"), stage.plan("open")
    deliver_due(services)
    assert (stage.row(done).state, stage.row(done).reason) == ("skipped", "已报送")
    assert stage.row(open_).state == "accepted"


def test_a_check_that_breaks_puts_the_message_off(stage: Stage) -> None:
    def broken(_services: object, _subject: str) -> str:
        raise OSError

    message = stage.plan("q")
    deliver_due(stage.services(OutboxKind("test.kind", broken)))
    assert (stage.row(message).state, stage.row(message).reason) == ("planned", "check")
    stage.open_window()
    stage.move(timedelta(seconds=30))
    deliver(stage)
    assert stage.row(message).state == "accepted"


def test_a_poisoned_row_fails_alone(stage: Stage) -> None:
    stage.open_window()
    bad, good = stage.plan("bad"), stage.plan("good")
    with stage.main.database.begin() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == bad).values(content=b"\x01rubbish-rubbish-rub"))
    assert deliver(stage) == 2
    assert (stage.row(bad).state, stage.row(bad).reason) == ("failed", "render")
    assert stage.row(good).state == "accepted"


def test_back_off_grows_until_the_message_is_too_late(stage: Stage) -> None:
    stage.fault("message/custom/send", errcode=-1)
    message = stage.plan("busy", expires_at=stage.now() + timedelta(minutes=5))
    waits = []
    for _ in range(6):
        deliver(stage)
        row = stage.row(message)
        if row.state != "planned":
            break
        waits.append((row.not_before - stage.now()).total_seconds())
        stage.move(row.not_before - stage.now() + timedelta(seconds=1))
    assert len(waits) == 4
    for wait, seconds in zip(waits, (15, 30, 60, 120), strict=True):
        assert seconds - 1 <= wait <= seconds * 1.1
    assert (row.state, row.reason, row.errcode) == ("failed", "expired", -1)


def test_after_a_fault_passes_the_message_arrives(stage: Stage) -> None:
    stage.open_window()
    stage.fault("message/custom/send", errcode=45011, count=1)
    message = stage.plan("q")
    deliver(stage)
    assert (stage.row(message).state, stage.row(message).errcode) == ("planned", 45011)
    stage.move(timedelta(seconds=20))
    deliver(stage)
    assert (stage.row(message).state, stage.row(message).errcode) == ("accepted", 0)
    assert len(stage.sent()) == 1


def test_no_answer_to_a_text_is_never_repeated(stage: Stage) -> None:
    stage.open_window()
    stage.fault("message/custom/send", drop_after_accept=True, count=1)
    message = stage.plan("q")
    deliver(stage)
    assert (stage.row(message).state, stage.row(message).reason) == ("unknown", "no_answer")
    stage.move(timedelta(minutes=2))
    deliver(stage)
    assert stage.calls("/cgi-bin/message/custom/send") == 1
    with stage.main.database.reading() as session:
        shown = outbox.waiting_for(session, stage.main, stage.person())
    assert [(one.id, one.certain) for one in shown] == [(message, False)]


def test_no_answer_to_a_template_is_repeated_under_the_same_key(stage: Stage) -> None:
    stage.fault("message/template/send", drop_after_accept=True, count=2)
    message = stage.plan("t", NOTICE)
    deliver(stage)
    assert stage.row(message).state == "uncertain"
    for _ in range(2):
        stage.move(timedelta(seconds=40))
        deliver(stage)
    assert stage.row(message).state == "accepted"
    assert stage.row(message).provider_id
    assert stage.calls("/cgi-bin/message/template/send") == 3
    assert len(stage.sent()) == 1
    assert stage.story(message) == ["planned", "sending", "uncertain", "sending", "uncertain", "sending", "accepted"]


def test_no_answer_for_eight_minutes_stays_unknown(stage: Stage) -> None:
    stage.fault("message/template/send", drop_after_accept=True)
    message = stage.plan("t", NOTICE)
    for _ in range(12):
        deliver(stage)
        if stage.row(message).state == "unknown":
            break
        stage.move(stage.row(message).not_before - stage.now() + timedelta(seconds=1))
    assert stage.row(message).state == "unknown"
    assert 3 <= stage.calls("/cgi-bin/message/template/send") <= 6
    assert len(stage.sent()) == 1


def test_busy_after_no_answer_stays_uncertain(stage: Stage) -> None:
    stage.fault("message/template/send", drop_after_accept=True, count=1)
    message = stage.plan("t", NOTICE)
    deliver(stage)
    stage.fault("message/template/send", errcode=-1, count=1)
    stage.move(timedelta(seconds=20))
    deliver(stage)
    assert stage.row(message).state == "uncertain"
    stage.move(timedelta(minutes=9))
    deliver(stage)
    assert stage.row(message).state == "unknown"
    assert len(stage.sent()) == 1


def test_wecom_repeats_the_same_bytes_and_shows_it_once(stage: Stage) -> None:
    stage.fault("message/send", platform="wecom", drop_after_accept=True, count=1)
    card = Card("待处理", "琼海有一条隐患", task_id="tip-1", buttons=(Button("take", "我来处理"),))
    message = stage.plan("c", card, channel="wecom")
    deliver(stage)
    assert stage.row(message).state == "uncertain"
    stage.move(timedelta(seconds=20))
    deliver(stage)
    assert stage.row(message).state == "accepted"
    bodies = [one["body"] for one in stage.sent(shown=False, platform="wecom")]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert len(stage.sent(platform="wecom")) == 1


def test_a_closed_window_waits_for_the_next_message(stage: Stage) -> None:
    message = stage.plan("q", Text("专家答复"))
    deliver(stage)
    row = stage.row(message)
    assert (row.state, row.reason, row.errcode) == ("failed", "window_closed", 45015)
    person = stage.person()
    with stage.main.database.begin() as session:
        waiting = outbox.waiting_for(session, stage.main, person)
        assert [(one.push, one.certain) for one in waiting] == [(Text("专家答复"), True)]
        assert outbox.mark_shown(session, stage.main, [one.id for one in waiting]) == 1
        assert outbox.mark_shown(session, stage.main, [one.id for one in waiting]) == 0
        assert outbox.waiting_for(session, stage.main, person) == []
        assert not outbox.retry(session, stage.main, message)


@pytest.mark.parametrize(
    ("errcode", "reason"),
    [(43004, "unfollowed"), (43101, "refused"), (40003, "unreachable"), (47003, "operator"), (99999, "unknown_code")],
)
def test_what_no_repeat_can_mend_fails_at_once(stage: Stage, errcode: int, reason: str) -> None:
    stage.fault("message/template/send", errcode=errcode)
    message = stage.plan("t", NOTICE)
    deliver(stage)
    stage.move(timedelta(hours=1))
    deliver(stage)
    row = stage.row(message)
    assert (row.state, row.reason, row.errcode, row.attempts) == ("failed", reason, errcode, 1)
    assert stage.calls("/cgi-bin/message/template/send") == 1


def test_already_there_counts_as_accepted(stage: Stage) -> None:
    stage.fault("message/template/send", errcode=40241)
    message = stage.plan("t", NOTICE)
    deliver(stage)
    assert stage.row(message).state == "accepted"


def test_a_wecom_member_who_is_gone(stage: Stage) -> None:
    gone = stage.plan("c", Text("提醒"), channel="wecom", person_id=stage.person("wecom", "NoSuchMember"))
    deliver(stage)
    assert (stage.row(gone).state, stage.row(gone).reason, stage.row(gone).errcode) == ("failed", "unreachable", 81013)


def test_a_person_who_was_deleted(stage: Stage) -> None:
    gone = stage.plan("c", person_id="NOBODY")
    deliver(stage)
    assert (stage.row(gone).state, stage.row(gone).reason) == ("failed", "no_person")


def test_the_days_quota_holds_its_own_kind_of_message_until_five_past_midnight(stage: Stage) -> None:
    stage.open_window()
    stage.fault("message/template/send", errcode=45009, count=1)
    notices = [stage.plan(f"t{number}", NOTICE, expires_at=stage.now() + timedelta(days=3)) for number in range(3)]
    deliver_due(stage.main, senders=1)
    text = stage.plan("q")
    deliver(stage)
    assert stage.row(text).state == "accepted"
    assert stage.calls("/cgi-bin/message/template/send") == 1
    assert {stage.row(one).state for one in notices} == {"planned"}
    assert stage.row(notices[0]).attempts == 0
    stage.move(timedelta(days=1))
    deliver(stage)
    assert {stage.row(one).state for one in notices} == {"accepted"}


def test_a_wrong_address_holds_the_messages_and_loses_none(stage: Stage) -> None:
    stage.fault("message/template/send", errcode=40164)
    message = stage.plan("t", NOTICE)
    deliver(stage)
    deliver(stage)
    assert (stage.row(message).state, stage.row(message).reason) == ("planned", "operator")
    assert stage.calls("/cgi-bin/message/template/send") == 1
    stage.mend()
    stage.move(timedelta(minutes=6))
    deliver(stage)
    assert stage.row(message).state == "accepted"


def test_pause_and_resume(stage: Stage) -> None:
    stage.open_window()
    text, card = stage.plan("q"), stage.plan("w", channel="wecom")
    with stage.main.database.begin() as session:
        outbox.pause(session, stage.main, "演练", name="wechat")
        outbox.pause(session, stage.main, "quota", name="wechat", until=stage.now() + timedelta(minutes=1))
    deliver(stage)
    stage.move(timedelta(hours=1))
    deliver(stage)
    assert (stage.row(text).state, stage.row(card).state) == ("planned", "accepted")
    with stage.main.database.begin() as session:
        assert outbox.oldest_due(session, stage.main) is None
        assert outbox.resume(session) == 1
        assert outbox.oldest_due(session, stage.main) == stage.row(text).not_before
    deliver(stage)
    assert stage.row(text).state == "accepted"


def test_a_worker_that_died_while_sending(stage: Stage) -> None:
    text, notice = stage.plan("q"), stage.plan("t", NOTICE)
    assert len(claim(stage.main, "worker-that-dies", 8)) == 2
    deliver(stage)
    assert stage.states() == ["sending", "sending"]
    with stage.main.database.begin() as session:
        ended = database_time(session) - timedelta(seconds=5)
        session.execute(update(OutboxMessage).values(lease_until=ended))
    deliver(stage)
    assert stage.row(text).state == "unknown"
    assert stage.row(notice).state == "accepted"
    assert stage.calls("/cgi-bin/message/custom/send") == 0


def test_a_worker_that_died_long_ago(stage: Stage) -> None:
    notice = stage.plan("t", NOTICE)
    claim(stage.main, "worker-that-dies", 8)
    with stage.main.database.begin() as session:
        ended = database_time(session) - timedelta(minutes=30) + LEASE
        session.execute(update(OutboxMessage).values(lease_until=ended))
    deliver(stage)
    assert stage.row(notice).state == "unknown"
    assert stage.calls("/cgi-bin/message/template/send") == 0


def test_two_workers_send_each_message_once(stage: Stage) -> None:
    planned = [stage.plan(f"w{number}", Text(f"第{number}条"), channel="wecom") for number in range(24)]
    workers = [stage.services() for _ in range(2)]
    together = threading.Barrier(2)

    def work(number: int) -> None:
        together.wait()
        deliver_due(workers[number], senders=4)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    deliver(stage)
    assert {stage.row(one).state for one in planned} == {"accepted"}
    contents = [one["body"]["text"]["content"] for one in stage.sent(shown=False, platform="wecom")]
    assert sorted(contents) == sorted(f"第{number}条" for number in range(24))


def test_only_who_can_open_identities_delivers(stage: Stage) -> None:
    web = stage.services()
    object.__setattr__(web, "vault", IdentityVault(b"p" * 32))
    stage.plan("q")
    with pytest.raises(NotDeliverable):
        deliver_due(web)
    assert stage.states() == ["planned"]


def test_urgent_messages_leave_first(stage: Stage) -> None:
    for number in range(4):
        stage.plan(f"r{number}", Text(f"提醒{number}"), channel="wecom")
    stage.plan("page", Text("请马上回电"), channel="wecom", urgent=True)
    stage.main.clock.refresh()
    deliver_due(stage.main, senders=1)
    contents = [one["body"]["text"]["content"] for one in stage.sent(platform="wecom")]
    assert contents[0] == "请马上回电"
    assert len(contents) == 5


def test_a_wecom_member_gets_no_more_than_the_platform_shows(stage: Stage) -> None:
    """WeCom drops what exceeds 30 a minute without a word; the outbox waits instead."""
    for number in range(40):
        stage.plan(f"r{number}", Text(f"提醒{number}"), channel="wecom")
    for _ in range(6):
        deliver(stage)
        stage.move(timedelta(seconds=61))
    assert set(stage.states()) == {"accepted"}
    assert len(stage.sent(platform="wecom")) == 40
    assert len(stage.http.get("/phone/api/thread", params={"person": "wang"}).json()["items"]) == 40
