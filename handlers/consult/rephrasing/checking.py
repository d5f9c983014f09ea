"""Whether a rephrasing says what the entry says, no more and no less. Pure, and strict: doubt is a difference.

Compared are amounts (value, unit, limit, and what they are about), articles, laws, numbers to call, duties and
negations, who does what, conditions, words that turn a sentence round, and at last every single character: each must
come from the entry, from the plain words of lexicon.yaml, or be an echo of the person's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from handlers.consult.rephrasing import shape
from handlers.consult.rephrasing.covering import covered, kept, without_amounts, woven
from handlers.consult.rephrasing.lexicon import load_lexicon
from handlers.consult.rephrasing.marks import (
    Mark,
    actors,
    duties,
    innocent,
    likeness,
    opposites,
    pair,
    surroundings,
    whole_likeness,
)
from handlers.consult.rephrasing.order import in_order
from handlers.consult.rephrasing.plain import CLAUSE_END, plain
from handlers.consult.rephrasing.quantities import Found, Quantity, amounts, articles, codes, vague
from knowledge.laws.catalog import load_catalog
from knowledge.text import normalise
from knowledge.whereabouts import named

LEAST_ALIKE = 0.3
DOUBT = 2
PENALTIES = frozenset({"money", "share", "months", "days", "times"})
_CLAUSES = re.compile(f"[{re.escape(CLAUSE_END)}、]")
_TITLE = re.compile("《([^《》]*)》")
_EITHER = re.compile(r"(?P<what>.+)[不没](?P=what)")
_MODAL = ("forbid", "may", "exempt", "negation")
_STRONG = ("must", "should")
_VERDICT = re.compile(
    "^(?:是|是的|对|对的|行|不行|好|好的|会|不会|算|不算|有|没有|有的|要|不要|要的|能|不能|能的|可以|可以的|不可以|用|不用|必须|必须的|需要|不需要|应该|不应该"
    "|合法|不合法|违法|犯法|不犯法|属于|不属于|该|不该|得|成|不成)(?:的|了|吧|呢|啊|哦)?$"
)


@dataclass(frozen=True, slots=True)
class Original:
    """What may be rephrased: the entry's question and answer, and the documents it rests on, by title and article."""

    question: str
    answer: str
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Texts:
    """The rephrasing and the entry as they are compared."""

    new: str
    old: str
    original: Original
    asked: str


def difference(said: str, original: Original, asked: str) -> str:
    """The first thing in which ``said`` differs from the entry, as one word for the log; "" where it may be shown."""
    fault = shape.fault(said, original.answer)
    if fault:
        return fault
    texts = _Texts(plain(said), plain(original.answer), original, plain(asked))
    return next((name for name, differs in _CHECKS if differs(texts)), "")


def _numbers(texts: _Texts) -> bool:
    """An amount that the entry does not have."""
    return bool(
        _quantities(texts.new) - _quantities(texts.old)
        or codes(texts.new) - codes(texts.old)
        or vague(texts.new) != vague(texts.old)
    )


def _lost(texts: _Texts) -> bool:
    """An amount of the entry that is not there any more."""
    return any(not quantity.weak for quantity in _quantities(texts.old) - _quantities(texts.new)) or bool(
        codes(texts.old) - codes(texts.new)
    )


def _quantities(text: str) -> frozenset[Quantity]:
    return frozenset(found.quantity for found in amounts(text))


def _bound(texts: _Texts) -> bool:
    """An amount that stands with what another amount of the entry is about."""
    new = [found for found in amounts(texts.new) if not found.quantity.weak]
    old = [found for found in amounts(texts.old) if not found.quantity.weak]
    follow = {(one.quantity, two.quantity) for one, two in pairwise(old)}
    paired = set()
    for one, two in pairwise(new):
        together = not any(sign in texts.new[one.last : two.first] for sign in CLAUSE_END)
        if together and (one.quantity, two.quantity) not in follow:
            return True
        paired |= {one, two} if together else set()
    places = list(zip(old, surroundings(texts.old, old), strict=True))
    for one, around in zip(new, surroundings(texts.new, new), strict=True):
        if one in paired and around.empty:
            continue
        kind = _kind(one.quantity)
        rivals = [(other, place) for other, place in places if _kind(other.quantity) == kind]
        own = max(whole_likeness(around, place) for other, place in rivals if other.quantity == one.quantity)
        others = max(
            (whole_likeness(around, place) for other, place in rivals if other.quantity != one.quantity), default=-1
        )
        if others > own + DOUBT or (others >= own - DOUBT and others >= 0 and not _in_order(new, old, kind)):
            return True
    return False


def _kind(quantity: Quantity) -> str:
    return "penalty" if quantity.measure in PENALTIES else quantity.measure


def _in_order(new: Sequence[Found], old: Sequence[Found], kind: str) -> bool:
    said = [found.quantity for found in new if _kind(found.quantity) == kind]
    rest = iter([found.quantity for found in old if _kind(found.quantity) == kind])
    return all(quantity in rest for quantity in said)


def _articles(texts: _Texts) -> bool:
    """An article that the entry's words do not name and that is not named together with a document it rests on."""
    known = articles(texts.old)
    for part in _CLAUSES.split(texts.new):
        cited = (articles(plain(article)) for title, article in texts.original.sources if _short(title) in part)
        if articles(part) - known.union(*cited):
            return True
    return False


def _short(title: str) -> str:
    return re.sub(r"\([^()]*\)$", "", plain(title))


def _laws(texts: _Texts) -> bool:
    """A document that the entry neither names nor rests on."""
    titles = " ".join(title for title, _ in texts.original.sources)
    known = f"{texts.old} {plain(titles)}"
    if any(plain(title) not in known for title in _TITLE.findall(texts.new)):
        return True
    names = load_catalog().names
    there, said = normalise(known), normalise(texts.new)
    allowed = {law for name, law in names.items() if name in there}
    return any(law not in allowed and name not in there for name, law in names.items() if name in said)


def _places(texts: _Texts) -> bool:
    places = (named(part) for part in _CLAUSES.split(texts.new) if part not in texts.old)
    return any(place is not None and place.words not in texts.old for place in places)


def _duties(texts: _Texts) -> bool:
    """A duty, a permission or a negation that is new, gone, or about something else."""
    gone = innocent(texts.old) - innocent(texts.new)
    if innocent(texts.new) - innocent(texts.old) or any(not _EITHER.fullmatch(word) for word in gone):
        return True
    question = plain(texts.original.question)
    new, old = duties(texts.new, question), duties(texts.old, question)
    for value in _MODAL:
        pairs, over, missing = pair(new, old, (value,))
        if over or missing or any(_nearer_to_another(one, other, old) for one, other in pairs):
            return True
    must = [mark for mark in old if mark.value == "must"]
    _, _, missing = pair(new, must, _STRONG, least=LEAST_ALIKE)
    _, over, _ = pair([mark for mark in new if mark.value == "must"], old, _STRONG)
    return bool(missing or over)


def _nearer_to_another(one: Mark, other: Mark, old: list[Mark]) -> bool:
    own = likeness(one.around, other.around)
    return any(likeness(one.around, rival.around) > own for rival in old if rival.value != other.value)


def _verdict(texts: _Texts) -> bool:
    """A bare 「可以」 or 「不用」 that is not one of the entry's own."""
    known = {part for part in _CLAUSES.split(texts.old) if _VERDICT.match(part)}
    return any(_VERDICT.match(part) and part not in known for part in _CLAUSES.split(texts.new))


def _actors(texts: _Texts) -> bool:
    """Somebody who is not in the entry, is gone from it, or does what another one does there."""
    new, old = actors(texts.new), actors(texts.old)
    if {mark.value for mark in new} - {mark.value for mark in old} - {"workers"}:
        return True
    if {mark.value for mark in old} - {mark.value for mark in new} - {"workers"}:
        return True
    for mark in new:
        own = max((likeness(mark.around, one.around) for one in old if one.value == mark.value), default=0)
        rivals = (likeness(mark.around, one.around) for one in old if one.value != mark.value)
        if max(rivals, default=0) > own:
            return True
    return False


def _opposites(texts: _Texts) -> bool:
    """里 where the entry says 外 about the same thing."""
    contrary = load_lexicon().opposites
    old = opposites(texts.old)
    for mark in opposites(texts.new):
        own = max((likeness(mark.around, one.around) for one in old if one.value == mark.value), default=-1)
        other = max((likeness(mark.around, one.around) for one in old if one.value in contrary[mark.value]), default=-1)
        if own >= 0 and (other > own or (other == own and texts.new.count(mark.value) != texts.old.count(mark.value))):
            return True
    return False


def _conditions(texts: _Texts) -> bool:
    lexicon = load_lexicon()
    for kind, words in lexicon.conditions.items():
        new, old = len(words.findall(texts.new)), len(words.findall(texts.old))
        if (kind in lexicon.required and new < old) or (kind in lexicon.once and new > old == 0):
            return True
    return False


def _adds(texts: _Texts) -> bool:
    rests_on = "。".join(f"{title}{article}" for title, article in texts.original.sources)
    return not covered(texts.new, f"{texts.old}。{plain(f'{texts.original.question}。{rests_on}')}", texts.asked)


def _mixes(texts: _Texts) -> bool:
    return not woven(texts.new, texts.old, plain(texts.original.question))


def _moves(texts: _Texts) -> bool:
    return not in_order(without_amounts(texts.new), without_amounts(texts.old))


def _drops(texts: _Texts) -> bool:
    return not kept(texts.new, texts.old)


_CHECKS: tuple[tuple[str, Callable[[_Texts], bool]], ...] = (
    ("numbers", _numbers),
    ("lost", _lost),
    ("articles", _articles),
    ("laws", _laws),
    ("places", _places),
    ("duties", _duties),
    ("verdict", _verdict),
    ("actors", _actors),
    ("conditions", _conditions),
    ("opposites", _opposites),
    ("bound", _bound),
    ("adds", _adds),
    ("mixes", _mixes),
    ("moves", _moves),
    ("drops", _drops),
)
