"""A reply that waited, a long one's rest or a late one, says no more what was withdrawn or reworded since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from bot import switches
from handlers.consult.answering import answering
from knowledge.index import wording
from knowledge.schema import Entry

if TYPE_CHECKING:
    from bot.services import Services

SWITCH = "consult"
PRINT_CHARS = 16
LAW_TEXT = "law"
"""Stands for an article's own words, which nobody withdraws: they wait for the switch alone."""
WITHDRAWN = "刚才那条答案正在重新核对，先不给您看了。\n要专家答，回“转人工”；急的话打12350或12345。"
CHANGED = "刚才那条答案后来改过了，旧的就不给您看了。\n请把问题再问一遍，看新的；急的话打12350或12345。"
CLOSED = "这项服务现在先不自动回答。有急事直接打：{numbers}；别的打12345。"


def words_of_entry(entry: Entry, as_of: date) -> str:
    """What a reply of the entry rests on: its id and a print of all that people may be told of it on that day."""
    held = wording(entry, as_of)
    told = (entry.question, held.answer, held.sources, entry.steps, entry.detail, entry.hotlines)
    return f"{entry.id}@{sha256(repr(told).encode()).hexdigest()[:PRINT_CHARS]}"


def taken_back(services: Services, ids: Sequence[str]) -> str:
    """What to say instead of a reply that rests on these (of ``words_of_entry``, or an entry's id alone for its words
    whatever they are), "" where people may still be told it."""
    if switches.current(services).state(SWITCH) != switches.ON:
        return CLOSED.format(numbers=switches.numbers())
    serving, today = answering().serving, services.clock.today()
    rests = [(one, serving.entry(one.partition("@")[0])) for one in ids if one != LAW_TEXT]
    if any(entry is None for _, entry in rests):
        return WITHDRAWN
    changed = any(entry and "@" in one and one != words_of_entry(entry, today) for one, entry in rests)
    return CHANGED if changed else ""
