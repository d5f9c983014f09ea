"""Articles near a question, for staff to look into: those that the nearest entries cite, then those that share words.

Cheap by design: a few queries over some thousand articles, no index to build and keep. Suggestions, never an answer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from handlers.consult.laws import book
from handlers.consult.laws.records import LawArticle, LawText
from knowledge.index import wording
from knowledge.language import load_language
from knowledge.laws.catalog import load_catalog
from knowledge.laws.numerals import ArticleNumber, articles_in
from knowledge.laws.versions import choose
from knowledge.schema import Entry
from knowledge.text import grams

TERMS, LOOKED_AT, LEAST = 16, 1500, 2
SHOWN_CHARS = 160


@dataclass(frozen=True, slots=True)
class NearArticle:
    """``cite`` is 《安全生产法》第四十一条, ``words`` its beginning."""

    cite: str
    words: str


def near_articles(
    session: Session, question: str, entries: Sequence[Entry], on: date, most: int = 3
) -> list[NearArticle]:
    """Articles of the versions in force on the day. ``entries``: those nearest to the question, best first."""
    texts = _in_force(session.scalars(select(LawText)).all(), on)
    if not texts:
        return []
    rows = _cited(session, entries, texts, on, most)
    if len(rows) < most:
        there = {(row.law_id, row.number, row.branch) for row in rows}
        rows += [
            row for row in _alike(session, question, texts, most) if (row.law_id, row.number, row.branch) not in there
        ]
    names = {text.id: text for text in texts}
    return [_near(names[row.law_id], row) for row in rows[:most]]


def _cited(
    session: Session, entries: Sequence[Entry], texts: Sequence[LawText], on: date, most: int
) -> list[LawArticle]:
    """The first article of each entry, then their second ones, as far as their texts are at hand."""
    cited = [_articles_of(entry, on) for entry in entries]
    found: dict[tuple[str, ArticleNumber], LawArticle] = {}
    for law, number in (one for rank in zip_longest(*cited) for one in rank if one is not None):
        held = [text for text in texts if text.name == law]
        row = book.article(session, held, number) if held else None
        if row is not None and len(found) < most:
            found.setdefault((law, number), row)
    return list(found.values())


def _articles_of(entry: Entry, on: date) -> list[tuple[str, ArticleNumber]]:
    sources = wording(entry, on).sources
    return [(load_catalog().name(source.title), number) for source in sources for number in articles_in(source.article)]


def _alike(session: Session, question: str, texts: Sequence[LawText], most: int) -> list[LawArticle]:
    """The articles that share most rare words with the question, best first."""
    terms = _terms(question)
    if not terms:
        return []
    wanted = or_(*(LawArticle.text.contains(term, autoescape=True) for term in terms))
    rows = session.scalars(
        select(LawArticle)
        .where(LawArticle.law_id.in_([text.id for text in texts]), wanted)
        .order_by(LawArticle.law_id, LawArticle.number, LawArticle.branch)
        .limit(LOOKED_AT)
    ).all()
    held = [(row, [term for term in terms if term in row.text]) for row in rows]
    common = Counter(term for _, found in held for term in found)

    def score(pair: tuple[LawArticle, list[str]]) -> float:
        return sum(math.log(1 + LOOKED_AT / common[term]) for term in pair[1]) / math.log(60 + len(pair[0].text))

    least = min(LEAST, len(terms))
    best = sorted((pair for pair in held if len(pair[1]) >= least), key=score, reverse=True)
    return [row for row, _ in best[:most]]


def _terms(question: str) -> list[str]:
    """Pairs of characters that say what the question is about, the rarest in everyday questions first."""
    language = load_language()
    pairs = dict.fromkeys(gram for gram in grams(language.plain(question)) if len(gram) == 2 and not gram.isascii())
    telling = [pair for pair in pairs if pair not in language.frames]
    return sorted(telling, key=lambda pair: language.asked.get(pair, 0.0))[:TERMS]


def _in_force(texts: Iterable[LawText], on: date) -> list[LawText]:
    by_name: dict[str, list[LawText]] = {}
    for text in texts:
        by_name.setdefault(text.name, []).append(text)
    chosen = {
        name: choose([book.version_of(text) for text in held], name, on, load_catalog()).version
        for name, held in by_name.items()
    }
    return [text for held in by_name.values() for text in held if book.version_of(text) == chosen[text.name]]


def _near(text: LawText, row: LawArticle) -> NearArticle:
    words = row.text if len(row.text) <= SHOWN_CHARS else f"{row.text[:SHOWN_CHARS]}…"
    version = book.version_of(text).words()
    return NearArticle(f"《{text.name}》{ArticleNumber(row.number, row.branch)}{version}", words)
