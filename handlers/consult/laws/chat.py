"""An article asked by name, in chat: 「安全生产法第四十一条说什么」, then 「那第四十二条呢」, 「下一条」, 「全文」."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dispatch import normal
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import Outcome
from handlers.consult.laws import book
from handlers.consult.laws.answer import ArticleReply, known_names, reply_to
from handlers.consult.offering import offer
from handlers.consult.phrases import ASK_ELSEWHERE, FEEDBACK_LINE
from handlers.consult.recording import record
from handlers.consult.records import ARTICLE, DECLINED
from handlers.consult.words import words
from knowledge.laws.asked import ArticleAsked, mentions_article, read, said_article
from knowledge.laws.numerals import ArticleNumber

LEANS = timedelta(minutes=30)
"""How long 「那第四十二条呢」 means the law asked for last."""
NOTE = "law"
WHOLE_WORDS = words("whole")
WHICH_LAW = "是哪部法的{article}？连名字一起说，比如“安全生产法{article}”。"
NO_TEXT = "《{law}》的原文我这里没有。想看原文，可以上“国家法律法规数据库”查。"
TO_EXPERT = "已转给专家，有答复会在这里告诉您。"


def article(message: Inbound, turn: Turn) -> Reply | None:
    """The reply to a message that asks for an article's text and nothing else; None for all others."""
    last = _last(turn)
    if normal(message.text) in WHOLE_WORDS:
        return _whole(last, turn) if last else None
    if not mentions_article(message.text):
        return None
    with turn.services.database.reading() as session:
        asked = read(message.text, known_names(session))
        if asked is None:
            return None
        if not asked.law:
            if last is None:
                return None if asked.step else Text(WHICH_LAW.format(article=said_article(asked)))
            asked = replace(asked, law=last.law, part=last.part, year=last.year, old=last.old)
            asked = replace(asked, number=last.number) if asked.step else asked
        found = reply_to(session, asked, turn.services.clock.today())
    _remember(replace(asked, number=found.number), turn)
    return _say(found, message, turn)


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
        return offer(found.text, found.choices, "", turn)
    turn.without_record = Text(found.text if found.missing else f"{found.text}\n{FEEDBACK_LINE}")
    return turn.without_record


def _whole(last: ArticleAsked, turn: Turn) -> Reply | None:
    """「全文」: the article shown last, all of it."""
    with turn.services.database.reading() as session:
        if not book.texts(session, last.law, last.part):
            return Text(NO_TEXT.format(law=last.law))
        return Text(reply_to(session, last, turn.services.clock.today(), all_of_it=True).text)


def _remember(asked: ArticleAsked, turn: Turn) -> None:
    kept = [asked.law, asked.part, asked.number.number, asked.number.branch, asked.year, int(asked.old)]
    turn.state.notes[NOTE] = [*kept, turn.now.isoformat()]


def _last(turn: Turn) -> ArticleAsked | None:
    """The article asked for last; what is older is forgotten."""
    kept = turn.state.notes.get(NOTE)
    if kept is None:
        return None
    law, part, number, branch, year, old, at = kept
    if turn.now - datetime.fromisoformat(at) > LEANS:
        del turn.state.notes[NOTE]
        return None
    return ArticleAsked(law, ArticleNumber(number, branch), year=year, old=bool(old), part=part)
