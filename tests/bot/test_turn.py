"""What the engine does for, and in spite of, a conversation's author."""

from __future__ import annotations

import pytest

from bot.inbox.inbox import APOLOGY
from bot.inbox.records import InboundMessage
from bot.outbox.records import OutboxEvent, OutboxMessage
from tests.conftest import OpenFront

FEATURES = ("tests.features.clumsy", "handlers.account")


@pytest.mark.parametrize("word", ["时间", "晚了"])
def test_state_that_json_cannot_take_costs_an_apology_and_keeps_the_message(open_front: OpenFront, word: str) -> None:
    front = open_front(features=FEATURES)
    assert front.say(word) == APOLOGY.text
    row = front.inbound()
    assert (row.status, row.reason) == ("failed", "TypeError")


def test_a_first_message_finds_its_person_in_its_own_unit_of_work(open_front: OpenFront) -> None:
    assert open_front(features=FEATURES).say("我在吗") == "有您"


def test_a_unit_of_work_inside_another_fails_at_once_on_sqlite(open_front: OpenFront) -> None:
    front = open_front(features=FEATURES)
    said = front.say("两层")
    if front.services.database.is_sqlite:
        assert said == APOLOGY.text
        assert front.inbound().reason == "RuntimeError"
    else:
        assert said == "两层"


def test_a_push_is_planned_once_with_the_message_however_often_it_is_delivered(open_front: OpenFront) -> None:
    front = open_front(features=FEATURES)
    assert front.say("推") == "好"
    assert front.say("推") == "好"
    assert front.count(InboundMessage) == 2
    assert front.count(OutboxMessage) == 1
    assert front.count(OutboxEvent) == 1
