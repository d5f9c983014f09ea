"""An article asked by name, in chat: 「安全生产法第四十一条说什么」, then 「那第四十二条呢」, 「下一条」, 「全文」."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.dispatch import normal
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import Outcome
from handlers.consult.laws import book
from handlers.consult.laws.answer import NO_TEXT, ArticleReply, known_names, reply_to, whole_law
from handlers.consult.offering import offer
from handlers.consult.phrases import ASK_ELSEWHERE, FEEDBACK_LINE
from handlers.consult.recording import record
from handlers.consult.records import ARTICLE, DECLINED
from handlers.consult.taking_back import LAW_TEXT
from handlers.consult.words import words
from knowledge.laws.asked import ArticleAsked, may_lean, mentions_article, read, read_whole, said_article, unknown_law
from knowledge.laws.numerals import ArticleNumber

LEANS = timedelta(minutes=30)
"""How long 「那第四十二条呢」 means the law asked for last."""
NOTE = "law"
WHOLE_WORDS = words("whole")
WHICH_LAW = "是哪部法的{article}？连名字一起说，比如“安全生产法{article}”。"
FROM_WHERE = "这是接着哪一条说？先说法的名字和条号，比如“安全生产法第四十一条”。"
NOT_HERE = "《{law}》的原文我这里没有，不乱说。想看原文，可以上“国家法律法规数据库”查；要专家答，回“转人工”。"
NEITHER = "都不是就回“都不是”。"
TO_EXPERT = "已转给专家，有答复会在这里告诉您。"


def article(message: Inbound, turn: Turn) -> Reply | None:
    """The reply to a message that asks for an article's text and nothing else; None for all others."""
    last, said = _last(turn), normal(message.text)
    if said in WHOLE_WORDS:
        if last is None:
            return Text(FROM_WHERE) if "全文" in said else None
        return _whole(last, turn)
    if not mentions_article(message.text) and not (last and may_lean(message.text)):
        return None
    with turn.services.database.reading() as session:
        names = known_names(session)
        asked = read(message.text, names, leaning=last is not None)
        if asked is None:
            return _other(message, session, names, turn)
        if not asked.law:
            if last is None or not last.law.endswith(asked.kind):
                return Text(FROM_WHERE if asked.step else WHICH_LAW.format(article=said_article(asked)))
            asked = _leaning(asked, last)
        found = reply_to(session, asked, turn.services.clock.today())
    _remember(replace(asked, number=found.number), turn)
    return _say(found, message, turn)


def _leaning(asked: ArticleAsked, last: ArticleAsked) -> ArticleAsked:
    """What leans on the article asked for last: its law, and its version unless another is named."""
    if asked.step or asked.same:
        asked = replace(asked, number=last.number)
    if not (asked.year or asked.old or asked.on):
        asked = replace(asked, year=last.year, old=last.old, on=last.on)
    return replace(asked, law=last.law, part=last.part)


def _other(message: Inbound, session: Session, names: Mapping[str, str], turn: Turn) -> Reply | None:
    """A whole law, or an article of a law that nobody here has heard of; None for all else."""
    law = read_whole(message.text, names)
    if law:
        record(message.text, Outcome(ARTICLE), message, turn)
        _remember(ArticleAsked(law, ArticleNumber(1)), turn)
        return Text(whole_law(session, law, turn.services.clock.today()))
    law = unknown_law(message.text)
    if not law:
        return None
    record(message.text, Outcome(DECLINED), message, turn)
    return Text(NOT_HERE.format(law=law))


def leans_on_law(text: str, turn: Turn) -> bool:
    """Whether 「第五条」 may mean an article of the law asked for last."""
    return mentions_article(text) and _last(turn) is not None


def _say(found: ArticleReply, message: Inbound, turn: Turn) -> Reply:
    if found.unknown:
        record(message.text, Outcome(DECLINED, in_domain=True), message, turn, queue=True)
        turn.without_record = Text(f"{found.text}\n{ASK_ELSEWHERE}")
        return Text(f"{found.text}{TO_EXPERT}\n{ASK_ELSEWHERE}")
    record(message.text, Outcome(ARTICLE, entry=found.entry), message, turn)
    if found.choices:
        return offer(found.text, found.choices, "", turn, tail=NEITHER)
    turn.without_record = Text(found.text if found.missing else f"{found.text}\n{FEEDBACK_LINE}")
    return turn.without_record


def _whole(last: ArticleAsked, turn: Turn) -> Reply | None:
    """「全文」: the article shown last, all of it."""
    with turn.services.database.reading() as session:
        if not book.texts(session, last.law, last.part):
            return Text(NO_TEXT.format(law=last.law))
        turn.rests_on(LAW_TEXT)
        return Text(reply_to(session, last, turn.services.clock.today(), all_of_it=True).text)


def _remember(asked: ArticleAsked, turn: Turn) -> None:
    kept = [asked.law, asked.part, asked.number.number, asked.number.branch, asked.year, int(asked.old)]
    on = asked.on.isoformat() if asked.on else ""
    turn.state.notes[NOTE] = [*kept, on, turn.now.isoformat()]


def _last(turn: Turn) -> ArticleAsked | None:
    """The article asked for last; what is older is forgotten."""
    kept = turn.state.notes.get(NOTE)
    if kept is None:
        return None
    law, part, number, branch, year, old, *day, at = kept
    if turn.now - datetime.fromisoformat(at) > LEANS:
        del turn.state.notes[NOTE]
        return None
    on = date.fromisoformat(day[0]) if day and day[0] else None
    return ArticleAsked(law, ArticleNumber(number, branch), year=year, old=bool(old), part=part, on=on)
