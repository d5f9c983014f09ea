"""A reply that waited, the rest of a long one or one that came late, says no more what was withdrawn since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot import switches
from handlers.consult.answering import answering

if TYPE_CHECKING:
    from bot.services import Services

SWITCH = "consult"
LAW_TEXT = "law"
"""Stands for an article's own words, which nobody withdraws: they wait for the switch alone."""
WITHDRAWN = "刚才那条答案正在重新核对，先不给您看了。\n要专家答，回“转人工”；急的话打12350或12345。"
CLOSED = "这项服务现在先不自动回答。有急事直接打：{numbers}；别的打12345。"


def taken_back(services: Services, ids: Sequence[str]) -> str:
    """What to say instead of a reply that rests on these entries, "" where people may still be told it."""
    if switches.current(services).state(SWITCH) != switches.ON:
        return CLOSED.format(numbers=switches.numbers())
    serving = answering().serving
    gone = any(serving.entry(entry_id) is None for entry_id in ids if entry_id != LAW_TEXT)
    return WITHDRAWN if gone else ""
