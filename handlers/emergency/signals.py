"""Reads from one message whether someone is in danger, and whether it is happening now.

Pure: no database, no channel, no clock. It runs on every message before anything else, so most texts are left after a
glance. On the others two readers speak. Rules over classes of words (``reading``) say what happened to whom; what was
learnt from many sentences (``weighing``) says how likely it is told from the scene and not asked for a rule,
remembered, heard of or joked about. Where both hear an emergency the officers are paged, where only one does or they
are of two minds the writer is asked, and a question keeps its answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.emergency.lexicon import load_lexicon
from handlers.emergency.reading import Finding, Reading, Tier, Way
from handlers.emergency.tidying import cut, place, quietened, tidy
from handlers.emergency.weighing import Chances, load_weighing

# Log odds by the characters alone, below which a text without any word of the rules is left: real ones lie above -1.
HOPELESS = -3.0
# The least chance that it is happening now: to page where the rules do because of a person or of a danger, and where
# they say nothing; to ask where they page or ask, and where they do neither; to show the numbers where they would page
# because somebody is hurt, and whatever they say.
PAGE_PERSON, PAGE_DANGER, PAGE_ALONE = 0.45, 0.55, 0.9
ASK_TOGETHER, ASK_ALONE = 0.12, 0.45
SHOW_HURT, SHOW_IN_DOUBT = 0.05, 0.25
# The least chance that a question is about acting in a danger, to show the numbers where the rules do. From ASKS on it
# plainly asks: below ASKED_RATHER it is answered as the question it is, below PAGE_ASKING the writer is asked.
SHOW_TOGETHER = 0.35
ASKS, ASKED_RATHER, PAGE_ASKING = 0.8, 0.3, 0.8


@dataclass(frozen=True)
class Signal:
    """What a message says about an emergency. Exactly one of ``page``, ``ask`` and ``answer`` is true.

    ``show``: the numbers come first in whatever is replied. ``page``: it is happening now, the duty officers are
    called. ``ask``: it may be, the writer is asked. ``answer``: a question, a drill, the past or a denial; the
    numbers are shown and the ordinary answer follows. ``place`` is set only where a findable one is named. ``sure``:
    the text says what happened; else it only sounds like an emergency, and its kind is a guess.
    """

    kind: str
    show: bool
    page: bool
    ask: bool
    answer: bool
    place: str | None = None
    sure: bool = True


def read(text: str) -> Signal | None:
    """The emergency ``text`` speaks of, or None for an ordinary message. Only its first 2048 characters are read, the
    most a chat message holds."""
    lexicon, weighing = load_lexicon(), load_weighing()
    plain = tidy(text, lexicon)
    if lexicon.hail.fullmatch(plain):
        return None
    glance = weighing.glance(plain)
    ruled = bool(lexicon.gate.search(plain))
    despair = bool(lexicon.despair.search(plain)) and not lexicon.despair_not.search(plain)
    if not (ruled or despair) and glance.now < HOPELESS:
        return None
    words = cut(plain, lexicon)
    reading = Reading(plain, words, lexicon)
    judged = reading.judged() if ruled else None
    if not judged and (quiet := quietened(plain)) != plain:
        plain, words, glance = quiet, cut(quiet, lexicon), weighing.glance(quiet)
        reading = Reading(plain, words, lexicon)
    if judged and reading.trusted:
        way: Way | None = judged[1]
    else:
        way = _way(judged, weighing.chances(glance, plain, words), asks=reading.asks)
    if despair and way is not Way.PAGE:
        return _signal("selfharm", Way.ASK)
    if way is None:
        return None
    found = judged[0].kind if judged else reading.kind
    kind = next((sort.kind for sort in lexicon.finer if sort.fits(found, plain)), found)
    if any(sort.fits(kind, plain) for sort in lexicon.harmless):
        return None
    if any(sort.fits(kind, plain) for sort in lexicon.small):
        way = Way.ANSWER
    if way is Way.ANSWER and kind != "selfharm" and reading.plainly_no_danger:
        return None
    return _signal(kind, way, place(plain, lexicon), sure=judged is not None)


def _signal(kind: str, way: Way, where: str | None = None, *, sure: bool = True) -> Signal:
    return Signal(
        kind=kind,
        show=True,
        page=way is Way.PAGE,
        ask=way is Way.ASK,
        answer=way is Way.ANSWER,
        place=where,
        sure=sure,
    )


def _way(judged: tuple[Finding, Way] | None, chances: Chances, *, asks: bool) -> Way | None:
    """What rules and weights together make of a text."""
    now, about = chances.now, chances.about
    asks = asks and about >= ASKS
    if now >= max(_to_page(judged), PAGE_ASKING if asks else 0):
        return Way.PAGE
    if now >= (ASK_TOGETHER if judged and judged[1] is not Way.ANSWER else ASK_ALONE):
        return Way.ANSWER if asks and now < ASKED_RATHER else Way.ASK
    hurt = judged is not None and judged[0].tier is Tier.HARM and judged[1] is Way.PAGE
    if (judged and about >= SHOW_TOGETHER) or now >= (SHOW_HURT if hurt else SHOW_IN_DOUBT):
        return Way.ANSWER
    return None


def _to_page(judged: tuple[Finding, Way] | None) -> float:
    """The least chance for a page; above 1 where the rules heard a question, the past or a doubt."""
    if judged is None:
        return PAGE_ALONE
    finding, way = judged
    if way is not Way.PAGE:
        return 2
    return PAGE_PERSON if finding.tier is Tier.HARM else PAGE_DANGER


def stated_place(text: str) -> str | None:
    """The findable place a text names, for the reply to 「在哪里？」; None where it names none for sure."""
    lexicon = load_lexicon()
    return place(tidy(text, lexicon), lexicon)
