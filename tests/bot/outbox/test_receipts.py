"""Receipts: in order, early, repeated and foreign."""

from __future__ import annotations

from datetime import timedelta

from bot import outbox
from bot.messages import Template
from bot.outbox.delivery import deliver_due
from bot.outbox.receipts import settle_parked
from bot.outbox.records import OutboxReceipt
from tests.bot.outbox.stage import Stage

NOTICE = Template("tpl-notice", {"thing1": "周报", "time2": "2021年6月17日 15:00"})


def take(stage: Stage, provider_id: str, status: str) -> bool:
    with stage.main.database.begin() as session:
        return outbox.receipt(session, stage.main, "wechat", provider_id, status)


def test_success_and_refusal_end_a_message_once(stage: Stage) -> None:
    one, two = stage.plan("a", NOTICE), stage.plan("b", NOTICE)
    deliver_due(stage.main)
    assert take(stage, stage.row(one).provider_id, "success")
    assert stage.row(one).state == "delivered"
    assert stage.row(one).delivered_at is not None
    assert take(stage, stage.row(two).provider_id, "failed:user block")
    assert (stage.row(two).state, stage.row(two).reason) == ("failed", "refused")
    assert not take(stage, stage.row(one).provider_id, "failed: system failed")
    assert not take(stage, stage.row(two).provider_id, "success")
    assert stage.states() == ["delivered", "failed"]


def test_a_receipt_that_comes_first_waits(stage: Stage) -> None:
    stage.plan("a", NOTICE)
    assert not take(stage, "3200000001", "success")
    assert not take(stage, "3200000001", "success")
    deliver_due(stage.main)
    assert stage.states() == ["delivered"]


def test_parked_receipts_are_settled_and_foreign_ones_forgotten(stage: Stage) -> None:
    message = stage.plan("a", NOTICE)
    deliver_due(stage.main)
    with stage.main.database.begin() as session:
        for id_ in (stage.row(message).provider_id, "7"):
            session.add(OutboxReceipt(channel="wechat", provider_id=id_, status="success", at=stage.now()))
    assert settle_parked(stage.main) == 1
    assert stage.states() == ["delivered"]
    stage.move(timedelta(days=2))
    assert settle_parked(stage.main) == 0
    with stage.main.database.reading() as session:
        assert session.query(OutboxReceipt).count() == 0
    assert not take(stage, "", "success")
