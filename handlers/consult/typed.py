"""Pinyin in place of characters: 「an quan mao」 hears Chinese, and the questions that sound like it to choose from."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import Outcome, answering
from handlers.consult.offering import offer
from handlers.consult.recording import record
from handlers.consult.records import CLARIFIED, DECLINED
from handlers.consult.words import words
from knowledge.index import Index
from knowledge.pinyin import Sounds, read_pinyin, sounds_of

HEAD = "您打的是拼音，是不是想问："
NOT_READ = "您打的是拼音，我没看懂。发语音或者打汉字再说一遍，马上答。\n急事直接打：120急救、119火警、110报警。"
Handler = Callable[[Inbound, Turn], Reply | None]


def in_pinyin(text: str, message: Inbound, turn: Turn, to_person: Handler) -> Reply | None:
    """The reply to a message in pinyin; None for all else. It is never answered at once: sounds alone are not sure."""
    typed = read_pinyin(text)
    if not typed:
        return None
    if typed in _person():
        return to_person(message, turn)
    found = [entry for entry in _sounds(answering().serving.index).near(typed) if answering().entry(entry.id)]
    outcome = Outcome(CLARIFIED, choices=tuple(found)) if found else Outcome(DECLINED)
    question_id = record(text, outcome, message, turn)
    return offer(HEAD, found, question_id, turn) if found else Text(NOT_READ)


@lru_cache(maxsize=1)
def _sounds(index: Index) -> Sounds:
    """Built when somebody first types so, and anew for a new version of the knowledge."""
    return Sounds(index.entries)


@lru_cache(maxsize=1)
def _person() -> frozenset[tuple[str, ...]]:
    return frozenset(map(sounds_of, words("person")))
