"""Words so few that they name a thing and no question of it (「塔吊的事」), or a question and no thing (「罚多少」).

Retrieval finds an entry near them all the same; which one was meant, only the person knows.
"""

from __future__ import annotations

import re

from handlers.consult import leaning
from knowledge.schema import Entry
from knowledge.text import normalise

# Of 1,248 development questions that have an answer none is this short; of those without one subject many are.
FEW_CHARS = 4
SHORT_CHARS, SURE = 6, 0.95
# A few words that ask for one thing of one thing (「护栏要多高」) need less.
FAIRLY_SURE = 0.88
_WHICH = re.compile("多|几|哪|谁|罚")
# Nothing else comes near: the second has no more than this chance.
ALONE, SURE_ALONE = 0.05, 0.75
SUBJECT_CHARS = 4
# 「这种事哪个说了算」: points at what was never named.
POINTING_CHARS = 12
_POINTS = re.compile(
    r"(?:那|就|像|干|做|搞|当|关于)?[这那](?:种|个|些|样的?|档子?|一?类|一?行)?(?:活|行|事|情况|东西|工种|岗)"
)
_TOPIC = re.compile(
    r"(?:的|那|这)(?:些|个|点|块|种|档子|码子)?(?:事情?|问题|东西|方面|情况)?$|(?:怎么说|怎么搞|咋整|咋办|怎么弄|方面|相关|那些事)$"
    r"|的(?:事情?|问题)(?:我?(?:想|要|来)?(?:问|咨询|了解).{0,4}|清楚|明白|一下)$|天?(?:都|要|该|得|需要)?注意(?:些|点|一些)?(?:什么|啥|哪些).?$"
)
_ASKS = re.compile(r"吗|么|呢|不$|没$|怎|咋|如何|多|几|能|可以|要|谁|哪|什么|啥|合格|违法|行")


def too_broad(plain: str, best: Entry, score: float, second: float = 1.0) -> bool:
    """Whether ``best`` must be offered, not given, to a question that found it. ``plain``: without courtesies;
    ``score``, ``second``: the chances of the best and of the next, by default as near as can be. What an entry is asked
    word for word, and what may be a danger right now, is answered."""
    if any(normalise(asked) == plain for asked in best.asked):
        return False
    if _only_topic(plain):
        return score < SURE or second > ALONE
    if best.emergency:
        return False
    if len(plain) == FEW_CHARS and score >= SURE_ALONE and second <= ALONE and _WHICH.search(plain):
        return False
    if len(plain) <= FEW_CHARS:
        return True
    if score >= FAIRLY_SURE and _WHICH.search(plain):
        return False
    held = leaning.read(plain)
    leans = held is not None and held.wholly
    return score < SURE and (len(plain) == FEW_CHARS + 1 or (leans and len(plain) <= SHORT_CHARS))


def asks_of_nothing(plain: str) -> bool:
    """Whether a question that found nothing is to be asked for more: it asks, but names hardly anything."""
    held = leaning.read(plain)
    if (held is not None and held.wholly) or (len(plain) <= POINTING_CHARS and _POINTS.match(plain)):
        return True
    return _only_topic(plain) or (len(plain) <= FEW_CHARS and bool(_ASKS.search(plain)))


def _only_topic(plain: str) -> bool:
    return bool(_TOPIC.search(plain)) and len(_TOPIC.sub("", plain)) <= SUBJECT_CHARS
