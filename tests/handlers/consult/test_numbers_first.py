"""An answer on a danger has a number to call at its beginning, whether or not the words of the question sounded like one."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.consult.answering import answer_text
from knowledge.content import load_topics
from knowledge.schema import Entry
from tests.bot.front import ON_SQLITE, Front

ON_DANGER = [entry for topic in load_topics() for entry in topic.entries if entry.emergency]
NUMBERS_WITHIN = 120


@pytest.mark.parametrize("entry", ON_DANGER, ids=lambda entry: entry.id)
def test_an_answer_on_a_danger_begins_with_a_number_and_is_whole(entry: Entry) -> None:
    told = answer_text(entry, date(2026, 6, 16))
    assert any(number in told[:NUMBERS_WITHIN] for number in entry.hotlines)
    assert all(number in told for number in entry.hotlines)


@ON_SQLITE
@pytest.mark.parametrize(("question", "part"), [("打雷能不能躲在塔吊底下", "停工"), ("雷雨天在空旷地方怎么办", "停工")])
def test_a_question_that_does_not_sound_like_a_danger_gets_them_too(front: Front, question: str, part: str) -> None:
    heard = front.say(question)
    assert "120" in heard[:NUMBERS_WITHIN] and part in heard
