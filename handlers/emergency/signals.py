"""Reads from one message whether someone is in danger, and whether it is happening now.

Pure: no database, no channel, no clock. It runs on every message before anything else, so most texts leave after one
search. The others are cut into classes of words (who, a part of the body, falling, being hit, a thing that fails…);
rules over the classes find what happened to whom, cues on the text tell whether it is told or asked, now or then.
Two mistakes weigh differently: a missed emergency may cost a life, a needless page costs an officer a minute; where a
text could be either, the writer is asked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from handlers.emergency.lexicon import OTHER, STOP, Lexicon, Pattern, load_lexicon, simplified

READ_CHARS = 2048
# A danger or a mishap said in fewer characters says nothing of where or who; a mere name of a mishap in a text of more
# is seldom what the text is about.
BARE_CHARS = 8
BARE_NAME_CHARS = 5
RAMBLING_CHARS = 24
_EMOJI = re.compile("[\U00010000-\U0010ffff\ufe00-\ufe0f]+")
_STOPS = re.compile("[，？！]")


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
    """How much a text says has happened; the values order them. See the lexicon."""

    TOPIC = 1
    DANGER = 2
    NAMED = 3
    HARM = 4


@dataclass(frozen=True)
class _Finding:
    """What a text says has happened; ``told`` where it is a course of events and not only the name of a mishap."""

    kind: str
    tier: Tier
    told: bool = False


class _Way(Enum):
    """What is done about a signal."""

    PAGE = "page"
    ASK = "ask"
    ANSWER = "answer"


def read(text: str) -> Signal | None:
    """The emergency ``text`` speaks of, or None for an ordinary message. Only its first 2048 characters are read, the
    most a chat message holds."""
    lexicon = load_lexicon()
    tidy = _tidy(text, lexicon)
    if not lexicon.gate.search(tidy):
        return None
    reading = _Reading(tidy, cut(tidy, lexicon), lexicon)
    finding = reading.finding
    way = finding and reading.way(finding)
    if finding is None or way is None:
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


def cut(tidy: str, lexicon: Lexicon) -> str:
    """The signs of the words of a tidied text, in order; one sign for each character that belongs to no class."""
    slots = [OTHER] * len(tidy)
    free = [True] * len(tidy)
    for stop in _STOPS.finditer(tidy):
        slots[stop.start()] = STOP
    for word_class in lexicon.classes:
        search, start = word_class.pattern.search, 0
        while match := search(tidy, start):
            first, last = match.span()
            if first < last and all(free[first:last]):
                slots[first:last] = [word_class.sign] + [""] * (last - first - 1)
                free[first:last] = [False] * (last - first)
                start = last
            else:
                start = first + 1
    return "".join(slots)


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


def _place(tidy: str, lexicon: Lexicon) -> str | None:
    match = lexicon.region.search(tidy) or lexicon.named.search(tidy)
    return match.group() if match else None


class _Reading:
    """One text with its cut, and what can be asked of the two; each question is worked out at most once."""

    def __init__(self, tidy: str, signs: str, lexicon: Lexicon) -> None:
        self.tidy, self.signs, self.lexicon = tidy, signs, lexicon

    @cached_property
    def finding(self) -> _Finding | None:
        """What has happened: of the kind that stands first, as firmly as any kind says it."""
        firmest: _Finding | None = None
        for kind in self.lexicon.kinds:
            for tier, rules in ((Tier.HARM, kind.harm), (Tier.NAMED, kind.named), (Tier.DANGER, kind.danger)):
                match = rules and self._unbroken(rules)
                if not match:
                    continue
                found = _Finding(kind.name, tier, bool(self.lexicon.told.search(match.group())))
                if firmest is None:
                    firmest = found
                elif found.tier.value > firmest.tier.value or (found.told and not firmest.told):
                    firmest = _Finding(
                        found.kind if firmest.kind == "help" else firmest.kind,
                        max(found.tier, firmest.tier, key=lambda tier: tier.value),
                        found.told or firmest.told,
                    )
                break
        return firmest or self._topic or self._bare_cry

    def _unbroken(self, rules: Pattern) -> re.Match[str] | None:
        """The first place where a rule holds and nothing before it in its clause denies it or fears it."""
        for match in rules.finditer(self.signs):
            if not self.lexicon.broken.search(self.signs, max(0, match.start() - 6), match.start()):
                return match
        return None

    @property
    def _topic(self) -> _Finding | None:
        """A mishap spoken of, be it denied, feared or only named."""
        for kind in self.lexicon.kinds:
            if kind.topic and kind.topic.search(self.tidy):
                return _Finding(kind.name, Tier.TOPIC)
        for kind in self.lexicon.kinds:
            if any(rules and rules.search(self.signs) for rules in (kind.harm, kind.named, kind.danger)):
                return _Finding(kind.name, Tier.TOPIC)
        return None

    @property
    def _bare_cry(self) -> _Finding | None:
        """A call for rescuers that does not say why."""
        return _Finding("help", Tier.DANGER) if self.cue(self.lexicon.cues["rescue"]) else None

    @cached_property
    def cry(self) -> bool:
        return bool(self.lexicon.cues["cry"].search(self.tidy))

    @cached_property
    def now(self) -> bool:
        return bool(self.lexicon.cues["now"].search(self.tidy))

    @cached_property
    def behind(self) -> list[str]:
        return [name for name, pattern in self.lexicon.background.items() if pattern.search(self.tidy)]

    def has(self, name: str) -> bool:
        """Whether a word of the class or set stands in the text."""
        return any(sign in self.signs for sign in self.lexicon.signs[name])

    def cue(self, pattern: Pattern) -> bool:
        return bool(pattern.search(self.tidy))

    def way(self, finding: _Finding) -> _Way | None:
        """What to do about a finding; None where only a subject is named and nobody asks how to act."""
        lexicon = self.lexicon
        law, lesson, plea = self.cue(lexicon.law), self.cue(lexicon.lesson), self.cue(lexicon.plea)
        if finding.kind == "help" and self.cue(lexicon.idle):
            return None
        if self.cue(lexicon.subject) and not (self.cry or self.behind or (finding.told and self.now)):
            return None
        if finding.tier is Tier.TOPIC:
            return _Way.ANSWER if law or lesson or plea or self.behind or self.has("deny") else None
        if self.behind and not self.cue(lexicon.insist):
            return self._then(finding, law or lesson or plea)
        if law and finding.kind != "selfharm":
            return _Way.ASK if self.cry else _Way.ANSWER
        if lesson:
            return self._lesson(finding)
        if self.cue(lexicon.unsure):
            return _Way.PAGE if self.cry or finding.told else _Way.ASK
        return self._plea(finding) if plea else self._statement(finding)

    def _then(self, finding: _Finding, asked: bool) -> _Way:
        """A drill, the past, what is over, a supposition, hearsay: no page, unless somebody is still in it."""
        held = self.has("who") and (self.has("trapped") or self.has("state"))
        present = (held and (self.cry or self.now or "还" in self.tidy)) or (self.cry and self.now)
        if "supposed" in self.behind or (asked and not (self.cry and present)):
            return _Way.ANSWER
        if "over" in self.behind:
            return _Way.ASK
        if "drill" in self.behind:
            return _Way.ASK if self.cry else _Way.ANSWER
        again = self.behind == ["past"] and finding.tier is Tier.HARM and self.cue(self.lexicon.cues["fresh"])
        if present or again:
            return _Way.PAGE
        return _Way.ASK if self.cry else _Way.ANSWER

    def _lesson(self, finding: _Finding) -> _Way:
        """A calm question of how to act; from the scene when it carries a cry, or one certain person, his state and "now"."""
        held = finding.told and self.has("someone") and (self.has("state") or self.has("trapped"))
        if finding.tier is Tier.HARM and (self.cry or (held and (self.now or self.has("own")))):
            return _Way.PAGE
        doubtful = (self.cry and finding.kind != "help") or (finding.told and (self.now or self.has("own")))
        return _Way.ASK if doubtful else _Way.ANSWER

    def _plea(self, finding: _Finding) -> _Way:
        """「怎么办」: from the scene when it tells what happened to someone, else perhaps only a question."""
        if self.cry or (finding.told and self.has("someone")):
            return _Way.PAGE
        if finding.tier is Tier.HARM and self.has("who") and (self.has("state") or self.has("trapped")):
            return _Way.PAGE
        if self.now and (finding.tier is Tier.HARM or self.here):
            return _Way.PAGE
        return _Way.ASK if self.has("who") or self.here else _Way.ANSWER

    def _statement(self, finding: _Finding) -> _Way | None:
        someone = self.has("who") or self.has("state") or self.has("trapped")
        if not (self.cry or self.now or self.here or someone or self.cue(self.lexicon.cues["aspect"])):
            return _Way.ASK
        if finding.tier is Tier.HARM or self.cry:
            return _Way.PAGE
        if finding.tier is Tier.DANGER and self.cue(self.lexicon.cues["complaint"]):
            return None
        if self.now or self.here or self.has("who") or (self.has("bad") and finding.tier is Tier.DANGER):
            return _Way.PAGE
        bare, rambling = (BARE_CHARS, READ_CHARS) if finding.tier is Tier.DANGER else (BARE_NAME_CHARS, RAMBLING_CHARS)
        return _Way.PAGE if bare <= len(self.tidy) <= rambling else _Way.ASK

    @cached_property
    def here(self) -> bool:
        return self.cue(self.lexicon.cues["here"]) or _place(self.tidy, self.lexicon) is not None
