"""Reads from one message whether someone is in danger, and whether it is happening now.

Pure: no database, no channel, no clock. It runs on every message before anything else, so most texts leave after one
search. Two mistakes weigh differently: a missed emergency may cost a life, a needless page costs an officer a minute;
where a text could be either, the writer is asked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from handlers.emergency.lexicon import Lexicon, Pattern, load_lexicon, simplified

READ_CHARS = 2048
_EMOJI = re.compile("[\U00010000-\U0010ffff\ufe00-\ufe0f]+")


@dataclass(frozen=True)
class Signal:
    """What a message says about an emergency. Exactly one of ``page``, ``ask`` and ``answer`` is true.

    ``show``: the numbers come first in whatever is replied. ``page``: it is happening now, the duty officers are
    called. ``ask``: it may be, the writer is asked. ``answer``: a question, a drill, the past or a denial; the
    numbers are shown and the ordinary answer follows. ``place`` is set only where a findable one is named.
    """

    kind: str
    show: bool
    page: bool
    ask: bool
    answer: bool
    place: str | None = None


class Tier(Enum):
    """How firmly a text states the danger; the values order them."""

    TOPIC = 1
    EVENT = 2
    GRAVE = 3


@dataclass(frozen=True)
class _Finding:
    kind: str
    tier: Tier
    denied: bool


class _Way(Enum):
    """What is done about a signal."""

    PAGE = "page"
    ASK = "ask"
    ANSWER = "answer"


def read(text: str) -> Signal | None:
    """The emergency ``text`` speaks of, or None for an ordinary message. Only its first 2048 characters are read, the most a chat message holds."""
    lexicon = load_lexicon()
    tidy = _tidy(text, lexicon)
    if not lexicon.danger.search(tidy):
        return None
    tidy = lexicon.ordinary.sub("，", tidy)
    finding = _find(tidy, lexicon)
    if finding is None:
        return None
    way = _way(tidy, finding, lexicon)
    if way is None:
        return None
    return Signal(
        kind=finding.kind,
        show=True,
        page=way is _Way.PAGE,
        ask=way is _Way.ASK,
        answer=way is _Way.ANSWER,
        place=_place(tidy, lexicon),
    )


def stated_place(text: str) -> str | None:
    """The findable place a text names, for the reply to 「在哪里？」; None where it names none for sure."""
    lexicon = load_lexicon()
    return _place(_tidy(text, lexicon), lexicon)


def _tidy(text: str, lexicon: Lexicon) -> str:
    """Simplified characters without blanks, emoji and double stops, and what was misheard put right."""
    text = text[:READ_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    tidy = _EMOJI.sub("", text.replace("🆘", "救命").translate(simplified()))
    if lexicon.spelling_gate.search(tidy):
        for wrong, meant in lexicon.spelling:
            tidy = wrong.sub(meant, tidy)
    return tidy


def _find(tidy: str, lexicon: Lexicon) -> _Finding | None:
    """The gravest statement in the text; of two alike, the kind that stands first. Denied ones count last."""
    best: _Finding | None = None
    for kind in lexicon.kinds:
        for tier, pattern in ((Tier.GRAVE, kind.grave), (Tier.EVENT, kind.event), (Tier.TOPIC, kind.topic)):
            if pattern is None:
                continue
            found = _strongest(tidy, kind.name, tier, pattern, lexicon)
            if found and (best is None or _weight(found) > _weight(best)):
                best = found
            if found:
                break
    return best


def _strongest(tidy: str, kind: str, tier: Tier, pattern: Pattern, lexicon: Lexicon) -> _Finding | None:
    denied: _Finding | None = None
    for match in pattern.finditer(tidy):
        before = tidy[max(0, match.start() - 8) : match.start()]
        if not (lexicon.denied.search(before) or lexicon.feared.search(before)):
            return _Finding(kind, tier, denied=False)
        denied = _Finding(kind, tier, denied=True)
    return denied


def _weight(finding: _Finding) -> tuple[bool, bool, int]:
    """A cry alone says least about what happened, so any named danger comes before it."""
    return (not finding.denied, finding.kind != "help", finding.tier.value)


def _way(tidy: str, finding: _Finding, lexicon: Lexicon) -> _Way | None:
    """What to do about a finding; None where only a subject is named and nobody asks how to act."""
    words, background = lexicon.words, lexicon.background
    urgent = bool(words["urgent"].search(tidy))
    lesson, plea = bool(lexicon.lesson.search(tidy)), bool(lexicon.plea.search(tidy))
    behind = [name for name, pattern in background.items() if pattern.search(tidy)]
    if finding.kind == "help" and lexicon.idle.search(tidy):
        return None
    if finding.tier is Tier.TOPIC:
        return _Way.ANSWER if lesson or plea or behind or finding.denied else None
    if finding.denied:
        return _Way.ASK if urgent else _Way.ANSWER
    scene, now = bool(words["scene"].search(tidy)), bool(words["now"].search(tidy))
    insists = bool(lexicon.insist.search(tidy))
    if behind and not insists:
        return _behind(behind, urgent, scene or now, lesson or plea)
    person, own = bool(words["person"].search(tidy)), bool(words["own"].search(tidy))
    somewhere = own or _place(tidy, lexicon) is not None or "工地" in tidy
    if lesson or plea:
        if not lesson and lexicon.unsure.search(tidy):
            return _Way.PAGE if urgent else _Way.ASK
        return _asked(lesson, urgent, now, scene, bool(words["clinical"].search(tidy)), person, own)
    if finding.tier is Tier.GRAVE or insists or urgent or scene or now or person or somewhere:
        return _Way.PAGE
    return _Way.ASK


def _behind(behind: list[str], urgent: bool, present: bool, asked: bool) -> _Way:
    """A drill, the past, what is over, a supposition, hearsay: no page, unless from the past it still goes on."""
    if asked or "supposed" in behind:
        return _Way.ANSWER
    if "over" in behind:
        return _Way.ASK
    if "drill" in behind:
        return _Way.ASK if urgent else _Way.ANSWER
    if urgent or present:
        return _Way.PAGE if behind == ["past"] else _Way.ASK
    return _Way.ANSWER


def _asked(lesson: bool, urgent: bool, now: bool, scene: bool, clinical: bool, person: bool, own: bool) -> _Way:
    """A question. It comes from the scene when it carries a cry, "now", or a person and how he is."""
    if urgent:
        return _Way.PAGE
    if lesson:
        return _Way.ASK if own and (scene or now) else _Way.ANSWER
    if now or (person or own) and scene or own and clinical:
        return _Way.PAGE
    return _Way.ASK if person or own else _Way.ANSWER


def _place(tidy: str, lexicon: Lexicon) -> str | None:
    match = lexicon.region.search(tidy) or lexicon.named.search(tidy)
    return match.group() if match else None
