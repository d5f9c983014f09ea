"""Choices as people are offered them, and how a choice is said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.dispatch import normal
from bot.messages import Choice, Choices
from bot.turn import Turn
from knowledge.schema import Entry

CHOOSING = "consult.choose"
CHOOSE_MINUTES = 30
NUMBER = re.compile(r"^(?:第|选|我选|回)?([1-9一二三四五])(?:个|条|号|项)?$")
TAIL = "都不是就回“都不是”，我转给专家。"
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}


def offer(head: str, entries: Sequence[Entry], question_id: str, turn: Turn, *, tail: str = "") -> Choices:
    """Offer entries by number. ``question_id``: the question they were found for, "" where there was none; ``tail`` is
    said under them, by default how to refuse them all."""
    turn.begin(CHOOSING, {"ids": [entry.id for entry in entries], "question": question_id}, CHOOSE_MINUTES)
    return Choices(head, tuple(Choice(entry.question) for entry in entries), tail or (TAIL if question_id else ""))


def picked(said: str, offered: Sequence[Entry | None]) -> int | None:
    """Which of the offered entries ``said`` chooses, by number or by its words, counted from 0.

    None among them stands for one that is gone: the others keep their numbers.
    """
    number = number_said(said)
    if number is not None:
        return number if number < len(offered) else None
    return next((n for n, entry in enumerate(offered) if entry and normal(entry.question) == said), None)


def number_said(said: str) -> int | None:
    """The number that ``said`` is (「第二个」), counted from 0; None for other words."""
    match = NUMBER.match(said)
    return (_DIGITS.get(match[1]) or int(match[1])) - 1 if match else None
