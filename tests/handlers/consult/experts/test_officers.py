"""Hazards and sensitive questions that wait: the officers on duty get a card."""

from __future__ import annotations

import pytest

from bot.inbox.records import InboundMessage
from bot.outbox.records import CANCELLED, PLANNED, OutboxMessage
from handlers.consult.experts import officers
from handlers.consult.records import HAZARD, REPLIED, SENSITIVE, WAITING, ConsultQuestion
from tests.handlers.consult.experts.stage import Stage, at

WORDS = "架子没有护栏老板不让说"


def marked(stage: Stage, mark: str = HAZARD) -> str:
    asked = stage.ask(WORDS)
    with stage.front.services.database.begin() as session:
        session.get_one(ConsultQuestion, asked).mark = mark
    return asked


def leaving(stage: Stage) -> list[OutboxMessage]:
    return [one for one in stage.sent(officers.KIND) if one.state == PLANNED]


def test_who_is_on_duty_is_told_at_once_and_not_what_was_said(stage: Stage) -> None:
    officer = stage.front.add_officer()
    marked(stage)
    assert officers.tell(stage.front.services) == 1
    (card,) = leaving(stage)
    said = stage.words(card)
    assert card.person_id == officer and card.channel == "wecom" and card.urgent
    assert "有1件来信等值班员看" in said and "隐患1件" in said and "/console/consult/?view=marked" in said
    assert "护栏" not in said
    assert officers.tell(stage.front.services) == 0 and len(stage.sent(officers.KIND)) == 1


def test_what_comes_soon_after_is_told_together(stage: Stage) -> None:
    stage.front.add_officer()
    marked(stage)
    officers.tell(stage.front.services)
    for mark in (HAZARD, HAZARD, SENSITIVE):
        marked(stage, mark)
    stage.move(at(16, 9, 3))
    assert officers.tell(stage.front.services) == 0
    stage.move(at(16, 9, 6))
    assert officers.tell(stage.front.services) == 3
    said = stage.words(leaving(stage)[-1])
    assert "有3件来信" in said and "隐患2件、敏感来信1件" in said and len(leaving(stage)) == 2
    assert {one.reason for one in stage.sent(officers.KIND) if one.state == CANCELLED} == {officers.TOGETHER}


def test_nobody_is_told_of_what_experts_answer_or_what_is_done(stage: Stage) -> None:
    stage.front.add_officer()
    stage.ask(WORDS)
    assert officers.tell(stage.front.services) == 0
    asked = marked(stage)
    officers.tell(stage.front.services)
    assert officers.still_wanted(stage.front.services, asked) == ""
    with stage.front.services.database.begin() as session:
        session.get_one(ConsultQuestion, asked).queue = REPLIED
    assert officers.still_wanted(stage.front.services, asked) == "nothing_waits"


def test_what_comes_back_is_told_again(stage: Stage) -> None:
    stage.front.add_officer()
    asked = marked(stage)
    officers.tell(stage.front.services)
    stage.move(at(16, 10))
    with stage.front.services.database.begin() as session:
        row = session.get_one(ConsultQuestion, asked)
        row.replied_at, row.queue = stage.front.services.clock.now(), WAITING
    stage.move(at(16, 11))
    assert officers.tell(stage.front.services) == 1 and len(leaving(stage)) == 2


def test_without_an_officer_it_waits_for_one(stage: Stage) -> None:
    marked(stage)
    assert officers.tell(stage.front.services) == 0
    stage.front.add_officer()
    assert officers.tell(stage.front.services) == 1


@pytest.mark.parametrize("words", ["工地上脚手架没有护栏也没挂网，就在海口市滨海大道8号", "我要举报住建局王局长收钱"])
def test_from_chat_to_the_card(stage: Stage, words: str) -> None:
    stage.front.add_officer()
    stage.front.say(words)
    assert stage.front.rows(InboundMessage)
    assert officers.tell(stage.front.services) == 1
