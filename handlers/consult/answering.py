"""From a question to words: what the knowledge base says, with its source, or that it does not know."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock

import yaml

from bot import clock
from handlers.consult import vectors
from handlers.consult.broad import asks_of_nothing, too_broad
from handlers.consult.citing import SOURCES_SHOWN, phones_line, sources_line
from handlers.consult.publishing.live import Live, Serving, live
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED
from handlers.consult.twins import right_one, surely
from knowledge.embedding import Vector
from knowledge.index import Band, Candidate, wording
from knowledge.schema import Entry
from knowledge.text import normalise

CACHED = 4096
OFFERED = 3
# How long an answer by words alone stands in for the better one.
STAND_IN_S = 60.0
DOMAIN_FILE = Path(__file__).parent / "domain.yaml"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``kind``: answered, clarified or declined. ``entry`` is the answer's, ``choices`` are offered, beside an answer
    that is not quite sure too. ``vague``: a declined question names nothing that it is about. ``in_domain``:
    a declined question is about safety or building, so an expert should see it. ``withdrawn``: the entry that is
    being checked, so that it is declined or is no choice; "" for none."""

    kind: str
    entry: Entry | None = None
    choices: tuple[Entry, ...] = ()
    score: float = 0.0
    in_domain: bool = False
    vague: bool = False
    withdrawn: str = ""

    def without(self, withdrawn: frozenset[str]) -> Outcome:
        """The same without what is withdrawn: an answer that is, and choices of which none is left, are declined."""
        if self.entry is not None and self.entry.id in withdrawn:
            return Outcome(DECLINED, score=self.score, in_domain=True, withdrawn=self.entry.id)
        left = tuple(entry for entry in self.choices if entry.id not in withdrawn)
        if len(left) == len(self.choices):
            return self
        gone = next(entry.id for entry in self.choices if entry.id in withdrawn)
        if not left and self.entry is None:
            return Outcome(DECLINED, score=self.score, in_domain=True, withdrawn=gone)
        return replace(self, choices=left, withdrawn=gone)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An outcome and until when it may be used, by the process's stopwatch."""

    outcome: Outcome
    until: float


class Answering:
    """Finds answers in what is live, remembering those of the last few thousand different questions.

    ``vector`` embeds a plain question, or says None: then words alone decide, and that outcome is not kept for long
    where ``stands_in`` says that embedding is possible at other times. A generation of what is live stands for the
    knowledge's version and the day.
    """

    def __init__(
        self,
        serving: Callable[[], Live],
        vector: Callable[[str], Vector | None] = vectors.vector,
        stands_in: Callable[[], bool] = lambda: vectors.embedder() is not None,
    ) -> None:
        self._live, self._vector, self._stands_in = serving, vector, stands_in
        self._known: OrderedDict[tuple[int, str], _Kept] = OrderedDict()
        self._lock = Lock()

    @property
    def serving(self) -> Serving:
        """What is served now: the index and what of it is withdrawn."""
        return self._live().serving()

    def outcome(self, question: str) -> Outcome:
        text, serving = normalise(question), self.serving
        key = (serving.generation, text)
        with self._lock:
            known = self._known.get(key)
            if known is not None and clock.stopwatch() < known.until:
                self._known.move_to_end(key)
                return known.outcome.without(serving.withdrawn)
        vector = self._vector(serving.index.plain(text))
        outcome = self._find(text, serving, vector)
        kept_s = STAND_IN_S if vector is None and self._stands_in() else float("inf")
        with self._lock:
            self._known[key] = _Kept(outcome, clock.stopwatch() + kept_s)
            if len(self._known) > CACHED:
                self._known.popitem(last=False)
        return outcome.without(serving.withdrawn)

    def _find(self, text: str, serving: Serving, vector: Vector | None) -> Outcome:
        must = serving.index.by_id.get(surely(text))
        if must is not None:
            return Outcome(ANSWERED, entry=must, score=1.0)
        found = serving.index.find(text, vector=vector)
        score = found.candidates[0].confidence if found.candidates else 0.0
        plain = serving.index.plain(text)
        if found.band in {Band.ANSWER, Band.LIKELY} and found.best is not None:
            if too_broad(plain, found.best, score):
                near = serving.index.search(text, OFFERED, vector)
                second = near[1].confidence if len(near) > 1 else 0.0
                if too_broad(plain, found.best, score, second):
                    return Outcome(CLARIFIED, choices=tuple(candidate.entry for candidate in near), score=score)
            instead = serving.index.by_id.get(right_one(found.best.id, text), found.best)
            if instead is not found.best:
                return Outcome(ANSWERED, entry=instead, score=score)
        if found.band is Band.ANSWER:
            return Outcome(ANSWERED, entry=found.best, score=score)
        if found.band is Band.LIKELY:
            others = tuple(candidate.entry for candidate in found.candidates[1:])
            return Outcome(ANSWERED, entry=found.best, choices=others, score=score)
        if found.band is Band.CHOOSE:
            return Outcome(CLARIFIED, choices=tuple(c.entry for c in found.candidates), score=score)
        if serving.index.says_little(text) or asks_of_nothing(plain):
            return Outcome(DECLINED, score=score, vague=True)
        return Outcome(DECLINED, score=score, in_domain=in_domain(text))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that people may be told."""
        serving = self.serving
        if not serving.withdrawn:
            return serving.index.entries
        return tuple(entry for entry in serving.index.entries if entry.id not in serving.withdrawn)

    def entry(self, entry_id: str) -> Entry | None:
        """The entry as people may be told it; None for one that is withdrawn or not there."""
        return self.serving.entry(entry_id)

    def known(self, entry_id: str) -> Entry | None:
        """The entry though it may be withdrawn, for staff and for counting choices."""
        return self.serving.index.by_id.get(entry_id)

    def search(self, question: str, most: int = 5) -> list[Candidate]:
        serving = self.serving
        near = most + len(serving.withdrawn)
        found = serving.index.search(question, near, self._vector(serving.index.plain(question)))
        return [candidate for candidate in found if candidate.entry.id not in serving.withdrawn][:most]


@lru_cache(maxsize=1)
def answering() -> Answering:
    """The process's own, over what it serves (see ``publishing.live``)."""
    return Answering(live)


def search(question: str, most: int = 5) -> list[Candidate]:
    """Entries near a question, best first, for staff to quote."""
    return answering().search(question, most)


@lru_cache(maxsize=1)
def _domain_words() -> tuple[str, ...]:
    return tuple(str(word) for word in yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))["words"])


def in_domain(normalised: str) -> bool:
    """Whether a question is at all about safety, building or the campaign."""
    return any(word in normalised for word in _domain_words())


# On a danger a number stands within so many characters of the answer; a line above the answer may add to them.
EARLY_CHARS = 100


def answer_text(entry: Entry, as_of: date, sources: int = SOURCES_SHOWN, said: str = "") -> str:
    """The entry as chat says it: the answer, the numbers to call, at most ``sources`` documents it rests on.

    ``said`` is the answer in other words, where there are some (see ``rephrasing``). On a danger the numbers come first
    where the answer does not begin with one."""
    held = wording(entry, as_of)
    told = said or held.answer.strip()
    lines = [told]
    silent = [number for number in entry.hotlines if number not in told]
    if entry.emergency and not any(number in told[:EARLY_CHARS] for number in entry.hotlines):
        lines.insert(0, phones_line(entry.hotlines))
    elif silent and not held.outdated:
        lines.append(phones_line(silent))
    lines.append(sources_line(held.sources, sources))
    return "\n".join(lines)
