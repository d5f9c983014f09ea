"""From a question to words: what the knowledge base says, with its source, or that it does not know."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock

import yaml

from handlers.consult.citing import SOURCES_SHOWN, phones_line, sources_line
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED
from knowledge.index import Band, Candidate, Index, load_index, wording
from knowledge.schema import Entry
from knowledge.text import normalise

CACHED = 4096
DOMAIN_FILE = Path(__file__).parent / "domain.yaml"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``kind``: answered, clarified or declined. ``entry`` is the answer's, ``choices`` are offered. ``in_domain``:
    a declined question is about safety or building, so an expert should see it."""

    kind: str
    entry: Entry | None = None
    choices: tuple[Entry, ...] = ()
    score: float = 0.0
    in_domain: bool = False


class Answering:
    """Finds answers, remembering those of the last few thousand different questions."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: OrderedDict[str, Outcome] = OrderedDict()
        self._lock = Lock()

    def outcome(self, question: str) -> Outcome:
        text = normalise(question)
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return known
        outcome = self._find(text)
        with self._lock:
            self._known[text] = outcome
            if len(self._known) > CACHED:
                self._known.popitem(last=False)
        return outcome

    def _find(self, text: str) -> Outcome:
        found = self._index.find(text)
        score = found.candidates[0].confidence if found.candidates else 0.0
        if found.band is Band.ANSWER:
            return Outcome(ANSWERED, entry=found.best, score=score)
        if found.band is Band.CHOOSE:
            return Outcome(CLARIFIED, choices=tuple(c.entry for c in found.candidates), score=score)
        return Outcome(DECLINED, score=score, in_domain=in_domain(text))

    def entry(self, entry_id: str) -> Entry | None:
        return self._index.by_id.get(entry_id)

    def search(self, question: str, most: int = 5) -> list[Candidate]:
        return self._index.search(question, most)


@lru_cache(maxsize=1)
def answering() -> Answering:
    """The process's own, over the entries in the tree."""
    return Answering(load_index())


def search(question: str, most: int = 5) -> list[Candidate]:
    """Entries near a question, best first, for staff to quote."""
    return answering().search(question, most)


@lru_cache(maxsize=1)
def _domain_words() -> tuple[str, ...]:
    return tuple(str(word) for word in yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))["words"])


def in_domain(normalised: str) -> bool:
    """Whether a question is at all about safety, building or the campaign."""
    return any(word in normalised for word in _domain_words())


def answer_text(entry: Entry, as_of: date, sources: int = SOURCES_SHOWN) -> str:
    """The entry as chat says it: the answer, the numbers to call, at most ``sources`` documents it rests on."""
    if answering().entry(entry.id) is entry:
        return _texts(entry.id, as_of, sources)
    return _compose(entry, as_of, sources)


@lru_cache(maxsize=4096)
def _texts(entry_id: str, as_of: date, sources: int) -> str:
    entry = answering().entry(entry_id)
    assert entry is not None
    return _compose(entry, as_of, sources)


def _compose(entry: Entry, as_of: date, sources: int) -> str:
    held = wording(entry, as_of)
    lines = [held.answer.strip()]
    silent = [number for number in entry.hotlines if number not in held.answer]
    if silent and not held.outdated:
        lines.append(phones_line(silent))
    lines.append(sources_line(held.sources, sources))
    return "\n".join(lines)
