"""Whether a text consists of another's sentences, none left out and none added, in an order that changes nothing.

Whole sentences may change places, and so may the parts of a sentence that a semicolon divides; in such a part the last
clause may come first if it forbids something. What leans on the words before it (否则, 这, 再) stays behind them, steps
(先 …, 再 …) stay as they are, and nothing that allows something (可以, 不用) leaves what it is allowed for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from handlers.consult.rephrasing.lexicon import load_lexicon
from handlers.consult.rephrasing.plain import SENTENCE_END
from handlers.consult.rephrasing.saying import COMMA, Word, Words, same, without_topic, words

_SENTENCE = re.compile(f"[{SENTENCE_END}]+")
LITTLE = 4
"""A first sentence of no more words is the answer to the question and stays first."""


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between two semicolons or a sentence's ends. ``heads``: it ends with a colon, or holds one and is the
    first of several: what follows is said of it."""

    words: Words
    sentence: int
    heads: bool


def parts(text: str) -> list[Part]:
    """The parts of a text that ``plain`` has made, in their order."""
    found = []
    for number, sentence in enumerate(filter(None, _SENTENCE.split(text))):
        pieces = [piece for piece in sentence.split(";") if piece]
        for at, piece in enumerate(pieces):
            heads = piece.endswith(":") or (at == 0 and ":" in piece and len(pieces) > 1)
            found.append(Part(words(piece.strip(":,")), number, heads))
    return [part for part in found if part.words]


def difference(new: str, old: str, question: str) -> str:
    """What ``new`` says otherwise than ``old``: "words" where a sentence is none of theirs or one is left out, "order"
    where one stands where it means something else, "" where ``new`` is ``old`` in another order at most."""
    theirs = parts(old)
    order = _places(parts(new), theirs, question)
    if order is None:
        return "words"
    steps = pairwise([-1, *order])
    well = _in_one_go(order, theirs) and all(_joins(one, two, theirs) for one, two in steps)
    return "" if well else "order"


def _places(ours: list[Part], theirs: list[Part], question: str) -> list[int] | None:
    """Which of their parts ours are, in our order; None where one is nobody's, or one of theirs is left over."""
    order: list[int] = []
    for part in ours:
        left = [at for at in range(len(theirs)) if at not in order]
        runs = (run for at in left for run in _runs(at, theirs))
        found = next((run for run in runs if _is(part, run, theirs, question)), None)
        if found is None or set(found) & set(order):
            return None
        order.extend(found)
    return order if len(order) == len(theirs) else None


def _runs(at: int, theirs: list[Part]) -> Iterator[range]:
    """The part at ``at``, alone and with those after it that may be told in one breath with it: neither side of the
    joint leans on the other, sets a condition or allows something."""
    end = at + 1
    yield range(at, end)
    while end < len(theirs) and not theirs[end - 1].heads:
        before, after = _clauses(theirs[end - 1].words)[-1], _clauses(theirs[end].words)[0]
        if any(_leans(one) or _allows(one) for one in (before, after)) or _conditions(before):
            return
        end += 1
        yield range(at, end)


def _is(part: Part, run: range, theirs: list[Part], question: str) -> bool:
    topic = question if 0 in run else ""
    if len(run) == 1:
        return _says(part.words, theirs[run[0]].words, topic)
    joint = Word(COMMA, COMMA)
    joined = tuple(word for at in run for word in (joint, *theirs[at].words))[1:]
    return any(same(one, joined) for one in (part.words, *without_topic(part.words, topic)))


def _clauses(said: Words) -> list[Words]:
    return [tuple(group) for is_sign, group in groupby(said, lambda word: word.means == COMMA) if not is_sign]


def _says(new: Words, old: Words, question: str) -> bool:
    ways = (old, *_last_first(old))
    return any(same(one, other) for one in (new, *without_topic(new, question)) for other in ways)


def _last_first(old: Words) -> Iterator[Words]:
    """A part with its last clause before the others, where that clause forbids something: it does so in any place."""
    commas = [at for at, word in enumerate(old) if word.means == COMMA]
    if commas:
        before, last = old[: commas[-1]], old[commas[-1] + 1 :]
        if last and last[0].means in load_lexicon().forbidding and not _allows(old):
            yield (*last, old[commas[-1]], *before)


def _in_one_go(order: Sequence[int], theirs: list[Part]) -> bool:
    """Whether what one sentence says is said in one go."""
    runs = [sentence for sentence, _ in groupby(theirs[at].sentence for at in order)]
    return len(runs) == len(set(runs))


def _joins(one: int, two: int, theirs: list[Part]) -> bool:
    """Whether part ``two`` may follow part ``one``; -1 for the beginning."""
    if two == one + 1:
        return True
    part, before = theirs[two], theirs[two - 1] if two else None
    if two == 0:
        return len(part.words) > LITTLE and not _allows(part.words[:LITTLE])
    if _leans(part.words) or (before is not None and before.heads):
        return False
    inside = [other for other in theirs if other.sentence == part.sentence]
    if inside[0] is part and (one < 0 or theirs[one].sentence != part.sentence):
        return True
    return not any(other.heads or _allows(other.words) or _counts_steps(other.words) for other in inside)


def _leans(said: Words) -> bool:
    """Whether a text's first words say that something stands before it."""
    found = load_lexicon().leaning.match("".join(word.said for word in said))
    return found is not None and found.end() >= len(said[0].said)


def _allows(said: Words) -> bool:
    return any(word.said in load_lexicon().allowing for word in said)


def _conditions(said: Words) -> bool:
    return said[0].said in load_lexicon().conditions or said[-1].said in load_lexicon().breath


def _counts_steps(said: Words) -> bool:
    return any(word.said in load_lexicon().steps for word in said)
