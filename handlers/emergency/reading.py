"""Rules over the classes of words in one message: what it says has happened to whom, and whether it is told or asked,
now or then. Pure.

Two mistakes weigh differently: a missed emergency may cost a life, a needless page costs an officer a minute; where a
text could be either, the writer is asked.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from handlers.emergency.lexicon import OTHER, Lexicon, Pattern
from handlers.emergency.tidying import READ_CHARS, STOPS, Cut, place

MOST_FINDINGS = 24
# A danger or a mishap said in fewer characters says nothing of where or who; a mere name of a mishap in a text of more
# is seldom what the text is about.
BARE_CHARS = 8
BARE_NAME_CHARS = 5
RAMBLING_CHARS = 24
# A cry for rescuers is bare with no more than this beside it.
BESIDE_CHARS = 2
_STOP = re.compile(f"[{STOPS}]")


class Tier(Enum):
    """How much a text says has happened; the values order them. See the lexicon."""

    ASIDE = 0
    TOPIC = 1
    HINT = 2
    OMEN = 2.5
    DANGER = 3
    NAMED = 4
    HARM = 5


@dataclass(frozen=True)
class Finding:
    """What a text says has happened and from where to where it says so, whole clauses.

    ``told`` where it is a course of events and not only the name of a mishap.
    """

    kind: str
    tier: Tier
    told: bool = False
    first: int = 0
    last: int = 0


class Way(Enum):
    """What is done about a signal; the values order them by urgency."""

    ANSWER = 1
    ASK = 2
    PAGE = 3


class Reading:
    """One text with its cut, and what can be asked of the two; each question is worked out at most once."""

    def __init__(self, tidy: str, words: Cut, lexicon: Lexicon) -> None:
        self.tidy, self.signs, self.starts, self.lexicon = tidy, words.signs, words.starts, lexicon

    def judged(self) -> tuple[Finding, Way] | None:
        """The finding that asks for most, of several the firmest, of those the kind that stands first; None for an
        ordinary message."""
        found = self._findings()
        if not found or all(finding.tier is Tier.OMEN and not self.way(finding) for finding in found):
            found = self._hinted() or self._topics()
        found = list(dict.fromkeys(found))
        if len(found) > MOST_FINDINGS:  # nobody writes so; a text that is made to take long must not
            found = found[: MOST_FINDINGS // 2] + found[-MOST_FINDINGS // 2 :]
        judged = [(finding, way) for finding in found if (way := self.way(finding))]
        return max(
            judged, key=lambda one: (one[1].value, one[0].kind != "help", one[0].tier is Tier.HARM), default=None
        )

    def _findings(self) -> list[Finding]:
        """What has happened, kind by kind, each as firmly as the text says it; nothing that is denied or feared."""
        found: list[Finding] = []
        for kind in self.lexicon.kinds:
            for tier, rules in ((Tier.HARM, kind.harm), (Tier.NAMED, kind.named), (Tier.DANGER, kind.danger)):
                here = [self._finding(kind.name, tier, match) for match in rules.finditer(self.signs)] if rules else []
                sure = [finding for finding in here if finding]
                if sure:
                    found += sure
                    break
            for tier, phrase in ((Tier.HARM, kind.said), (Tier.OMEN, kind.omen), (Tier.ASIDE, kind.aside)):
                spoken = phrase.search(self.tidy) if phrase else None
                if spoken and (finding := self._clauses(kind.name, tier, True, spoken.start(), spoken.end() - 1)):
                    found.append(finding)
        return found

    def _finding(self, kind: str, tier: Tier, match: re.Match[str]) -> Finding | None:
        told = bool(self.lexicon.told.search(match.group()))
        return self._clauses(kind, tier, told, self.starts[match.start()], self.starts[match.end() - 1])

    def _clauses(self, kind: str, tier: Tier, told: bool, first: int, last: int) -> Finding | None:
        """The finding between two characters, both of it, widened to whole clauses; None where it is denied."""
        sign = bisect_left(self.starts, first)
        if self.lexicon.broken.search(self.signs, max(0, sign - 6), sign):
            return None
        begin = max(self.tidy.rfind(stop, 0, first) for stop in STOPS) + 1
        ends = [end for end in (self.tidy.find(stop, last) for stop in STOPS) if end >= 0]
        return Finding(kind, tier, told, begin, min(ends, default=len(self.tidy)))

    def _hinted(self) -> list[Finding]:
        """A plain statement about a person in which several words hint at harm."""
        lexicon, hints = self.lexicon, self.lexicon.hints
        other = (lexicon.law, lexicon.lesson, lexicon.subject, lexicon.cues["complaint"], *lexicon.background.values())
        if self._weight < hints.ask or not self.has("who") or self.has("deny") or self.has("may"):
            return []
        if any(self.cue(pattern) for pattern in other):
            return []
        kind = next((kind for kind, signs in hints.kinds if any(sign in self.signs for sign in signs)), "injury")
        return [Finding(kind, Tier.HINT, last=len(self.tidy))]

    @property
    def kind(self) -> str:
        """The kind that the words hint at where no rule holds."""
        hints = self.lexicon.hints
        return next((kind for kind, signs in hints.kinds if any(sign in self.signs for sign in signs)), "help")

    @cached_property
    def _weight(self) -> float:
        hints = self.lexicon.hints
        harm = sum(sign in self.signs for sign in hints.harm)
        return harm and harm + sum(sign in self.signs for sign in hints.beside) / 2 + self.now + self.cry

    def _topics(self) -> list[Finding]:
        """A mishap spoken of, be it denied, feared or only named; else a call for rescuers that does not say why."""
        if self.cue(self.lexicon.cues["rescue"]):
            return [Finding("help", Tier.DANGER, last=len(self.tidy))]
        kinds = self.lexicon.kinds
        bare = self.lexicon.classes[0].pattern.sub(OTHER, self.tidy)
        for kind in kinds:
            if kind.topic and kind.topic.search(bare):
                return [Finding(kind.name, Tier.TOPIC, last=len(self.tidy))]
        background = self.lexicon.background.items()
        spoken_of = self.has("deny") or any(self.cue(pattern) for name, pattern in background if name != "feared")
        for kind in kinds if spoken_of else ():
            if any(rules and rules.search(self.signs) for rules in (kind.harm, kind.named, kind.danger)):
                return [Finding(kind.name, Tier.TOPIC, last=len(self.tidy))]
        return []

    @cached_property
    def cry(self) -> bool:
        return self.cue(self.lexicon.cues["cry"])

    @cached_property
    def now(self) -> bool:
        return self.cue(self.lexicon.cues["now"])

    @cached_property
    def here(self) -> bool:
        return self.cue(self.lexicon.cues["here"]) or place(self.tidy, self.lexicon) is not None

    @cached_property
    def held(self) -> bool:
        """Whether someone is said to be unable to move or to get out."""
        return self.has("who") and (self.has("state") or self.has("trapped"))

    def has(self, name: str) -> bool:
        """Whether a word of the class or set stands in the text."""
        return any(sign in self.signs for sign in self.lexicon.signs[name])

    def cue(self, pattern: Pattern, first: int = 0, last: int = READ_CHARS) -> bool:
        return bool(pattern.search(self.tidy, first, last))

    def way(self, finding: Finding) -> Way | None:
        """What to do about a finding; None where only a subject is named and nobody asks how to act."""
        lexicon, first, last = self.lexicon, finding.first, finding.last
        law, lesson, plea = self.cue(lexicon.law), self.cue(lexicon.lesson), self.cue(lexicon.plea)
        behind = self._behind(finding)
        light = self.cue(lexicon.idle if finding.kind == "help" else lexicon.jest)
        if light and (finding.kind == "help" or not (self.held or self.cry)):
            return None
        if self.cue(lexicon.subject, first, last) and not (self.cry or behind or (finding.told and self.now)):
            return None
        if finding.tier is Tier.TOPIC:
            return Way.ANSWER if law or lesson or plea or behind or self.has("deny") else None
        if finding.tier is Tier.ASIDE:
            return Way.PAGE if self.cry and self.here else Way.ANSWER
        if finding.tier is Tier.OMEN:
            return None if law or lesson or plea or behind or self.has("deny") else self._warning()
        if finding.tier is Tier.HINT:
            sure = self._weight >= lexicon.hints.page and not plea
            return Way.PAGE if sure else Way.ASK
        if behind and not self.cue(lexicon.insist):
            return self._then(finding, behind, law or lesson or plea)
        if finding.tier is Tier.DANGER and self._denied:
            return Way.ANSWER
        if law and finding.kind != "selfharm":
            aside = not self.cue(lexicon.law, first, last) and self.has("trapped") and self.now
            return Way.PAGE if aside else Way.ASK if self.cry else Way.ANSWER
        if lesson:
            return self._lesson(finding)
        if self.cue(lexicon.unsure):
            return Way.PAGE if self.cry or finding.told or self._someone_hurt(finding) else Way.ASK
        return self._plea(finding) if plea else self._statement(finding)

    def _warning(self) -> Way | None:
        """A sign of what may come, stated: it pages with people near it, "now" or a cry; a complaint is a tip."""
        if self.cry or self.now or self.here or self.cue(self.lexicon.cues["near"]) or self.has("known"):
            return Way.PAGE
        return None if self.cue(self.lexicon.cues["complaint"]) else Way.ASK

    @property
    def plainly_no_danger(self) -> bool:
        """Whether the text says itself that it is about the law, long past, a test, a plan or a mere question, so that
        numbers above the answer would only teach people to skip them."""
        cues = self.lexicon.cues
        if self.cue(cues["elsewhere"]) and not (self.cry or self.cue(cues["howto"])):
            return True
        if self.cry or (self.now and self.has("who")):
            return False
        if self.cue(cues["exam"]):
            return True
        if self.cue(cues["howto"]):
            return False
        if self.has("deny") and self.cue(cues["only"]):
            return True
        claims = self.cue(cues["claims"]) and not self.has("trapped")
        return claims or (self.cue(cues["distant"]) and not self.cue(cues["fresh"]))

    @property
    def asks(self) -> bool:
        """Whether it asks something, calmly or not."""
        return self.cue(self.lexicon.cues["asking"])

    @property
    def trusted(self) -> bool:
        """Whether the rules need no second opinion: a bare cry for rescuers, or it is said to be no drill."""
        beside = self.lexicon.cues["rescue"].sub("", self.tidy)
        if beside != self.tidy:
            beside = self.lexicon.hail.sub("", beside)
        beside = _STOP.sub("", beside)
        return self.cue(self.lexicon.insist) or len(beside) <= min(BESIDE_CHARS, len(self.tidy) - 1)

    @property
    def _denied(self) -> bool:
        """Whether something else is denied in the text: 「不是着火，是烧垃圾」."""
        return self.has("deny") and not (self.cry or self.has("who") or self.cue(self.lexicon.insist))

    def _someone_hurt(self, finding: Finding) -> bool:
        return finding.tier is Tier.HARM and self.has("someone")

    def _behind(self, finding: Finding) -> list[str]:
        """Why it may not be happening, each looked for where it would rule the finding."""
        first, last = finding.first, finding.last
        fresh = self.cue(self.lexicon.cues["fresh"], first, last)
        reach = {
            "drill": (0, READ_CHARS),
            "over": (first, READ_CHARS),
            "past": (first if fresh else 0, last),
            "school": (first, last),
            "supposed": (0, last + 4),
            "feared": (0, last + 4),
            "hearsay": (0, last),
        }
        return [name for name, pattern in self.lexicon.background.items() if self.cue(pattern, *reach[name])]

    def _then(self, finding: Finding, behind: list[str], asked: bool) -> Way:
        """A drill, the past, what is over, a supposition, hearsay: no page, unless somebody is still in it."""
        fresh = self.cue(self.lexicon.cues["fresh"], finding.first, finding.last)
        trapped = self.has("trapped") and (self.cry or self.now or "还" in self.tidy)
        present = (self.has("who") and (trapped or (self.has("state") and fresh))) or (self.cry and self.now)
        if "supposed" in behind or "feared" in behind or (asked and not (self.cry and present)):
            return Way.ANSWER
        if "over" in behind:
            return Way.ASK
        if "drill" in behind:
            return Way.ASK if self.cry else Way.ANSWER
        if present or (behind == ["past"] and finding.tier is Tier.HARM and fresh):
            return Way.PAGE
        return Way.ASK if self.cry else Way.ANSWER

    def _lesson(self, finding: Finding) -> Way:
        """A calm question of how to act; from the scene when it carries a cry, someone's state or "now"."""
        own, aside = self.has("own"), not self.cue(self.lexicon.lesson, finding.first, finding.last)
        held = finding.told and self.has("someone") and (self.has("state") or self.has("trapped"))
        cries = self.cry and (aside or self.has("someone"))
        told_first = aside and (self.now or (finding.told and own))
        if finding.tier is Tier.HARM and (cries or told_first or (held and (self.now or own))):
            return Way.PAGE
        doubtful = (self.cry and finding.kind != "help") or (finding.told and (self.now or own))
        return Way.ASK if doubtful else Way.ANSWER

    def _plea(self, finding: Finding) -> Way:
        """「怎么办」: from the scene when it tells what happened to someone, else perhaps only a question."""
        aside = not self.cue(self.lexicon.plea, finding.first, finding.last)
        if self.cry or (finding.told and self.has("someone")) or (aside and finding.tier is Tier.HARM and self.held):
            return Way.PAGE
        if (self.now and (finding.tier is Tier.HARM or self.here)) or (finding.tier is Tier.HARM and self.has("own")):
            return Way.PAGE
        return Way.ASK if self.has("who") or self.here else Way.ANSWER

    def _statement(self, finding: Finding) -> Way | None:
        someone = self.has("who") or self.has("state") or self.has("trapped") or self.has("stuck")
        plain = finding.kind == "selfharm" or self.cue(self.lexicon.cues["aspect"])
        if not (self.cry or self.now or self.here or someone or plain):
            return Way.ASK
        if finding.tier is Tier.HARM or self.cry:
            return Way.PAGE
        if finding.tier is Tier.DANGER and self.cue(self.lexicon.cues["complaint"]):
            return None
        if self.now or self.here or self.has("who") or (self.has("victim") and finding.tier is Tier.DANGER):
            return Way.PAGE
        bare, rambling = (BARE_CHARS, READ_CHARS) if finding.tier is Tier.DANGER else (BARE_NAME_CHARS, RAMBLING_CHARS)
        return Way.PAGE if bare <= len(self.tidy) <= rambling else Way.ASK
