"""A text as the words that it says, and whether two say the same ones in the same order.

Words are compared one by one: an amount is its value, words of one line of lexicon.yaml's ``same`` are one word, all
else is itself. What may come or go is listed there; 和 is not 或, 才 is not 就, and a condition that is left out is a
difference, whatever it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from handlers.consult.rephrasing.lexicon import load_lexicon
from handlers.consult.rephrasing.plain import HAN
from handlers.consult.rephrasing.quantities import amounts

COMMA = ","
_COMMAS = {",": COMMA, ":": COMMA}
_SILENT = frozenset("“”\"'‘’")


@dataclass(frozen=True, slots=True)
class Word:
    """``means``: what it is compared by. ``said``: as it stands."""

    means: str
    said: str

    @property
    def is_amount(self) -> bool:
        return self.means.startswith("=")


Words = tuple[Word, ...]


@lru_cache(maxsize=2048)
def words(text: str) -> Words:
    """The words and signs of a text that ``plain`` has made; quotation marks say nothing. Those of a sentence that an
    entry and its rephrasing share are read once."""
    found: list[Word] = []
    at = 0
    for amount in amounts(text):
        found.extend(_words(text[at : amount.first]))
        quantity = amount.quantity
        value = f"={quantity.measure}:{quantity.low}:{quantity.high}:{quantity.limit}"
        found.append(Word(value, text[amount.first : amount.last]))
        at = amount.last
    found.extend(_words(text[at:]))
    return tuple(found)


def _words(text: str) -> Iterator[Word]:
    lexicon = load_lexicon()
    for found in lexicon.word.finditer(text):
        said = found.group()
        if said not in _SILENT:
            yield Word(_COMMAS.get(said) or lexicon.same.get(said, said), said)


def same(new: Sequence[Word], old: Sequence[Word]) -> bool:
    """Whether ``new`` is ``old``, but for the words that may come or go."""
    reached = _dropped({0}, old)
    for at in range(len(new)):
        onward = {there + 1 for there in reached if there < len(old) and new[at].means == old[there].means}
        if _may_come(new, at):
            onward |= reached
        reached = _dropped(onward, old)
        if not reached:
            return False
    return len(old) in reached


def _dropped(reached: set[int], old: Sequence[Word]) -> set[int]:
    """The places that can be reached by leaving out what may go."""
    further = set(reached)
    for there in sorted(reached):
        while there < len(old) and _may_go(old, there):
            there += 1
            further.add(there)
    return further


def _may_come(new: Sequence[Word], at: int) -> bool:
    lexicon, word = load_lexicon(), new[at].means
    if word in lexicon.free or (word == COMMA and _pause(new, at)):
        return True
    if word in lexicon.before_amount:
        return at + 1 < len(new) and new[at + 1].is_amount
    return word in lexicon.opening and all(before.means in lexicon.opening for before in new[:at])


def _may_go(old: Sequence[Word], at: int) -> bool:
    return old[at].means in load_lexicon().free or (old[at].means == COMMA and _pause(old, at))


def _pause(words_: Sequence[Word], at: int) -> bool:
    """Whether a comma stands after words that make it a breath: 没有审批的，不得施工."""
    return at > 0 and words_[at - 1].said in load_lexicon().breath


def without_topic(new: Words, question: str) -> Iterator[Words]:
    """``new`` without words (and 是) before it that ``question`` is about: 「双重预防」 before 「有两重」. Nothing that
    forbids, allows, counts or joins is such a word; and nothing that forbids or demands takes one, as it would do so
    there alone: 「不要用水」 is not 「小火不要用水」."""
    lexicon = load_lexicon()
    if any(sign in lexicon.binding for word in new for sign in word.said):
        return
    topic = ""
    for at, word in enumerate(new):
        topic += word.said
        if word.is_amount or word.said in lexicon.held or not HAN.match(word.said[0]) or topic not in question:
            return
        if len(topic) > 1:
            rest = new[at + 1 :]
            yield rest[1:] if rest and rest[0].means in {COMMA, "是"} else rest
