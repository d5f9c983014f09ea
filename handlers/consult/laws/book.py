"""Imported law texts as they are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.consult.laws.records import BETWEEN, LawArticle, LawText
from knowledge.laws.numerals import ArticleNumber
from knowledge.laws.versions import TextVersion
from knowledge.text import normalise


def names(session: Session) -> dict[str, str]:
    """The names of all imported laws, normalised, and as they are."""
    return {normalise(name): name for name in session.scalars(select(LawText.name).distinct())}


def texts(session: Session, name: str, part: str = "") -> list[LawText]:
    """All versions of a law, and of each all parts (or the one named)."""
    wanted = select(LawText).where(LawText.name == name)
    found = list(session.scalars(wanted.order_by(LawText.version, LawText.part)))
    return [text for text in found if text.part == part] or found if part else found


def version_of(text: LawText) -> TextVersion:
    """A text's version as rules compare it."""
    day = date.fromisoformat(text.version) if text.version else None
    return TextVersion(day, text.in_force_from, text.in_force_to)


def article(session: Session, held: Sequence[LawText], number: ArticleNumber) -> LawArticle | None:
    """The article in one of the texts."""
    return session.scalar(
        select(LawArticle)
        .where(LawArticle.law_id.in_([text.id for text in held]))
        .where(LawArticle.number == number.number, LawArticle.branch == number.branch)
        .limit(1)
    )


def beside(session: Session, held: Sequence[LawText], number: ArticleNumber, step: int) -> ArticleNumber | None:
    """The article after (``step`` 1) or before (-1) another; None at either end."""
    rows = session.execute(
        select(LawArticle.number, LawArticle.branch).where(
            LawArticle.law_id.in_([text.id for text in held]),
            LawArticle.number.between(number.number - 1, number.number + 1),
        )
    ).all()
    near = sorted(ArticleNumber(*row) for row in rows)
    after = [one for one in near if one > number] if step > 0 else [one for one in reversed(near) if one < number]
    return after[0] if after else None


def branches(session: Session, held: Sequence[LawText], number: int) -> list[ArticleNumber]:
    """第一百三十四条之一 and its like, put in after an article."""
    rows = session.execute(
        select(LawArticle.number, LawArticle.branch)
        .where(LawArticle.law_id.in_([text.id for text in held]))
        .where(LawArticle.number == number, LawArticle.branch > 0)
        .order_by(LawArticle.branch)
    ).all()
    return [ArticleNumber(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Reach:
    """The first and the last article of the texts at hand, and how many there are."""

    first: ArticleNumber
    last: ArticleNumber
    count: int


def reach(session: Session, held: Sequence[LawText]) -> Reach:
    """Of the texts, at least one."""
    low, high, count = session.execute(
        select(func.min(LawArticle.number), func.max(LawArticle.number), func.count()).where(
            LawArticle.law_id.in_([text.id for text in held])
        )
    ).one()
    return Reach(ArticleNumber(low), ArticleNumber(high), count)


def paragraphs(row: LawArticle) -> list[str]:
    """An article's 款."""
    return row.text.split(BETWEEN)
