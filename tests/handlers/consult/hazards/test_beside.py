"""A hazard told in one sentence and a question asked in the next."""

from __future__ import annotations

import pytest

from handlers.consult.hazards.beside import told_beside
from handlers.consult.records import HAZARD, WAITING, ConsultQuestion
from tests.bot.front import ON_SQLITE, Front

HEARD = "海秀路宏达工地架子没有护栏。"


@pytest.mark.parametrize("text", [HEARD, "架子没有护栏。高处作业要系安全带吗？", "灭火器怎么用？灭火器多久检查一次？"])
def test_what_is_not_both(text: str) -> None:
    assert told_beside(text) == ""


def test_the_sentence_that_tells() -> None:
    assert told_beside(f"{HEARD}高处作业要系安全带吗？") == HEARD
    assert told_beside(f"高处作业要系安全带吗？{HEARD}") == HEARD


@ON_SQLITE
@pytest.mark.parametrize("asked", ["高处作业要系安全带吗？", "高处作业要系安全带吗？灭火器多久检查一次？"])
def test_both_are_heard(front: Front, asked: str) -> None:
    said = front.say(f"{HEARD}{asked}")
    assert "满2米" in said
    assert "值班员会看" in said
    told = next(row for row in front.rows(ConsultQuestion) if row.mark == HAZARD)
    assert told.queue == WAITING
    front.say("没用")
    assert [row.mark for row in front.rows(ConsultQuestion) if row.queue == WAITING] == [HAZARD, HAZARD]
