"""What to say about an article asked by name: its text, the version, and the reviewed entry that explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from handlers.consult.answering import answer_text, answering
from handlers.consult.laws import book
from handlers.consult.laws.citations import Citation, citations
from handlers.consult.laws.records import LawArticle, LawText
from knowledge.index import wording
from knowledge.laws.asked import ArticleAsked, said_article
from knowledge.laws.catalog import load_catalog
from knowledge.laws.numerals import ArticleNumber
from knowledge.laws.showing import Shown, part, whole
from knowledge.laws.versions import choose, day_words, last_day
from knowledge.schema import Entry

CHOICES = 3
WHOLE_LINE = "回“全文”看完整的。"
PLAINLY = "通俗地说："
OR_THIS = "您是不是想问："
NO_TEXT = "《{law}》的原文我这里没有。想看原文，可以上“国家法律法规数据库”查。"
ONE_BY_ONE = "这里一条一条看，比如回“{law}{last}”；一次看完，可以上“国家法律法规数据库”。"


@dataclass(frozen=True, slots=True)
class ArticleReply:
    """``text`` is all there is to say; ``entry`` the one in it, ``choices`` are to be offered under it. ``number`` is
    the article shown or looked for. ``unknown``: nobody here knows what it says, so an expert should be asked;
    ``missing``: the law has no such article."""

    text: str
    law: str
    number: ArticleNumber
    entry: Entry | None = None
    choices: tuple[Entry, ...] = ()
    unknown: bool = False
    missing: bool = False


def known_names(session: Session | None = None) -> dict[str, str]:
    """Every way to say a law's name, normalised, and the name: the catalog's, those that entries cite, the imported."""
    return {**citations(answering().serving.index).names, **(book.names(session) if session else {})}


def reply_to(session: Session, asked: ArticleAsked, on: date, *, all_of_it: bool = False) -> ArticleReply:
    """The reply to ``asked``, whose law is named, for the day ``on``. ``all_of_it``: the article is not cut."""
    held = book.texts(session, asked.law, asked.part)
    on = _day_meant(asked, on)
    if not held or _only_entries_know(asked, held, on):
        return from_entries(asked, on)
    chosen = choose(
        [book.version_of(text) for text in held], asked.law, on, load_catalog(), year=asked.year, old=asked.old
    )
    of_version = [text for text in held if book.version_of(text) == chosen.version]
    number = asked.number
    if asked.step:
        reach = book.reach(session, of_version)
        last = min(asked.number, ArticleNumber(reach.last.number + 1))
        beside = book.beside(session, of_version, last, asked.step)
        if beside is None:
            end = f"后面没有了，最后一条是{reach.last}" if asked.step > 0 else f"前面没有了，第一条是{reach.first}"
            return ArticleReply(f"《{asked.law}》{end}。", asked.law, last, missing=True)
        number = beside
    row = book.article(session, of_version, number)
    if row is None and of_version[0].part and _current(asked.law, number):
        return from_entries(replace(asked, number=number, step=0), on)
    if row is None:
        return ArticleReply(_no_such_article(session, asked, of_version), asked.law, number, missing=True)
    return _shown(session, asked, number, row, of_version, chosen.remark, on, all_of_it)


def _day_meant(asked: ArticleAsked, on: date) -> date:
    """The day whose version is asked for: of a year in which a version began, the day from which it held."""
    if asked.on is not None:
        return asked.on
    of_year = [v for v in load_catalog().versions(asked.law) if asked.year in {v.day.year, v.in_force_from.year}]
    return of_year[-1].in_force_from if of_year and of_year[-1].in_force_from <= on else on


def _only_entries_know(asked: ArticleAsked, held: Sequence[LawText], on: date) -> bool:
    """Whether another version is asked for that is not at hand, but entries say what its article meant."""
    now = load_catalog().in_force(asked.law, on) if asked.year or asked.on else None
    if now is None or asked.step or any(book.version_of(text).day == now.day for text in held):
        return False
    return any(citation.earlier and _fits(citation, on) for citation in _current(asked.law, asked.number))


def _shown(
    session: Session,
    asked: ArticleAsked,
    number: ArticleNumber,
    row: LawArticle,
    held: Sequence[LawText],
    remark: str,
    on: date,
    all_of_it: bool,
) -> ArticleReply:
    version = book.version_of(held[0])
    shown = _words(row, asked, all_of_it)
    if isinstance(shown, str):
        return ArticleReply(f"《{asked.law}》{number}：{shown}", asked.law, number, missing=True)
    lines = [remark] if remark else []
    title = str(number) if all_of_it else said_article(replace(asked, number=number))
    lines += [f"《{asked.law}》{title}{version.words()}", shown.text]
    if shown.left:
        lines.append(f"（{shown.left}，{WHOLE_LINE}）")
    lines += _more(session, asked, number, held)
    if all_of_it:
        return ArticleReply("\n".join(lines), asked.law, number)
    until = last_day(asked.law, version, load_catalog())
    about = [citation for citation in _current(asked.law, number) if citation.is_about(version, until)]
    entry, choices = _one_or_several(about, on)
    if entry is not None:
        lines += [f"{PLAINLY}{entry.question}", wording(entry, on).answer.strip()]
    elif choices:
        lines.append(OR_THIS)
    return ArticleReply("\n".join(lines), asked.law, number, entry, choices)


def _words(row: LawArticle, asked: ArticleAsked, all_of_it: bool) -> Shown | str:
    paragraphs = book.paragraphs(row)
    if all_of_it:
        return Shown("\n".join(paragraphs))
    if asked.paragraph or asked.item:
        return part(paragraphs, asked.paragraph, asked.item)
    return whole(paragraphs)


def _more(session: Session, asked: ArticleAsked, number: ArticleNumber, held: Sequence[LawText]) -> list[str]:
    """Where else to look: what was asked besides, and articles put in after this one."""
    lines = []
    if asked.more:
        lines.append(f"要看{asked.more[0]}，再回“{asked.more[0]}”。")
    inserted = book.branches(session, held, number.number) if not number.branch else []
    if inserted:
        lines.append(f"后面还有{'、'.join(map(str, inserted))}。")
    return lines


def _no_such_article(session: Session, asked: ArticleAsked, held: Sequence[LawText]) -> str:
    reach, law, number = book.reach(session, held), asked.law, asked.number
    if held[0].part:
        parts = "、".join(text.part for text in held)
        return f"《{law}》的原文，我这里只有{parts}，{number}不在里面。"
    if number.branch:
        return f"《{law}》没有{number}。"
    if number > reach.last:
        return f"《{law}》一共{reach.last.number}条，最后是{reach.last}，没有{number}。条号是不是记错了？"
    return f"《{law}》我这里的原文没有{number}。"


def whole_law(session: Session, law: str, on: date) -> str:
    """What to say to somebody who wants all of a law: how far it reaches, and how to ask for an article of it."""
    held = book.texts(session, law)
    if not held:
        return NO_TEXT.format(law=law)
    chosen = choose([book.version_of(text) for text in held], law, on, load_catalog())
    of_version = [text for text in held if book.version_of(text) == chosen.version]
    reach = book.reach(session, of_version)
    return (
        f"《{law}》{chosen.version.words()}有{reach.first}到{reach.last}。{ONE_BY_ONE.format(law=law, last=reach.last)}"
    )


def from_entries(asked: ArticleAsked, on: date) -> ArticleReply:
    """Without the text: the entries that rest on the article, those first whose wording holds on the day."""
    law, number = asked.law, asked.number
    if asked.step:
        number = ArticleNumber(max(1, number.number + asked.step))
    version = load_catalog().in_force(law, on) if asked.year or asked.on else None
    name = f"《{law}》{number}" + (f"（{day_words(version.day)}版）" if version else "")
    about = _current(law, number)
    fitting = [citation for citation in about if _fits(citation, on)]
    entry, choices = _one_or_several(fitting or about, on)
    if entry is not None:
        text = f"{name}的原文我这里没有，知识库里依据它的是这一条：\n{entry.question}\n{answer_text(entry, on)}"
        return ArticleReply(text, law, number, entry)
    if choices:
        return ArticleReply(f"{name}的原文我这里没有，知识库里依据它的有这些，想看哪条：", law, number, choices=choices)
    has = load_catalog().articles(law)
    if has and version is None and not asked.old and number.number > has:
        text = f"《{law}》一共{has}条，没有{number}。条号是不是记错了？"
        return ArticleReply(text, law, number, missing=True)
    return ArticleReply(f"{name}的原文我这里还没有，不乱说。", law, number, unknown=True)


def _current(law: str, number: ArticleNumber) -> list[Citation]:
    """The entries citing an article that people may be told now."""
    serving = answering()
    found = citations(serving.serving.index).of(law, number)
    return [citation for citation in found if serving.entry(citation.entry.id) is not None]


def _fits(citation: Citation, on: date) -> bool:
    """Whether the entry's wording of the day is the one that cites the article."""
    return wording(citation.entry, on).outdated == citation.earlier


def _one_or_several(about: Sequence[Citation], on: date) -> tuple[Entry | None, tuple[Entry, ...]]:
    """The entry to say at once, where one alone rests on the article above all; else those to offer."""
    fitting = [citation for citation in about if _fits(citation, on)]
    first = [citation for citation in fitting if citation.rank < 10]
    if len(first) == 1 or len(fitting) == 1:
        return (first or fitting)[0].entry, ()
    return None, tuple(citation.entry for citation in (fitting or about)[:CHOICES])
