"""A follow-up that leans on what was talked about: 「那罚多少」, 「晚上呢」, 「要报给谁」.

It is never guessed at: either the entry talked about says what is asked, or the two taken together find another entry
with confidence, or nothing is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.index import Candidate
from knowledge.schema import Entry

FACETS_FILE = Path(__file__).parent / "facets.yaml"
MOST_CHARS = 18
# What is left of a follow-up beside its turn and what it asks; more than this is a subject of its own.
SUBJECT_CHARS = 2
SURE, SURE_OF_ITSELF = 0.6, 0.9
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
_FILLERS = re.compile(
    r"[的了呢吗嘛呀啊吧咧喃捏，,。？?！!\s]|一般|大概|最多|最少|到底|多少|几|钱|哪个|哪|什么|部门|能|要|会|得|该|还|又|被|给|都|就|是|那|抓|到|换|次|一"
)


@dataclass(frozen=True, slots=True)
class Facet:
    """``asked`` finds it in a question, ``told`` in an answer."""

    name: str
    asked: re.Pattern[str]
    told: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Leaning:
    """``facet``: what is asked of the thing talked about, if that is known. ``wholly``: the words hold hardly a subject
    of their own; ``bare``: none at all, so alone they mean nothing."""

    facet: Facet | None
    wholly: bool
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """``sentences``: what the entry talked about says on it; "" where ``entry`` is another one."""

    entry: Entry
    sentences: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    facets: tuple[Facet, ...]
    leans: re.Pattern[str]
    ends: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    raw = yaml.safe_load(FACETS_FILE.read_text(encoding="utf-8"))
    facets = (Facet(each["name"], re.compile(each["asked"]), re.compile(each["told"])) for each in raw["facets"])
    return _Words(tuple(facets), re.compile(raw["leans"]), re.compile(raw["ends"]))


def read(said: str) -> Leaning | None:
    """How a message leans on what was said before; None for one that does not."""
    if len(said) > MOST_CHARS:
        return None
    words = _words()
    facet = next((each for each in words.facets if each.asked.search(said)), None)
    rest = words.ends.sub("", words.leans.sub("", said))
    if facet is not None:
        rest = facet.asked.sub("", rest)
    left = _FILLERS.sub("", rest)
    wholly = len(left) <= SUBJECT_CHARS and facet is not None
    if wholly or words.leans.match(said) or (words.ends.search(said) and len(said) <= MOST_CHARS // 2):
        return Leaning(facet, wholly, bare=wholly and not left)
    return None


def resolve(
    said: str, leaning: Leaning, about: Entry, answer: str, search: Callable[[str], Sequence[Candidate]]
) -> Resolved | None:
    """What answers a follow-up ``said`` about an entry; ``answer`` is that entry's in the words that hold today."""
    if leaning.facet is not None and leaning.wholly:
        told = _told(answer, leaning.facet)
        if told and leaning.facet.name != "how":
            return Resolved(about, told)
    found = [each for each in search(f"{about.question}{said}") if each.confidence >= SURE]
    for candidate in found:
        if candidate.entry.id == about.id:
            continue
        if leaning.facet is None or leaning.facet.told.search(candidate.entry.answer):
            near = candidate.entry.id in about.related or candidate.entry.id.split(".")[0] == about.id.split(".")[0]
            if near or candidate.confidence >= SURE_OF_ITSELF:
                return Resolved(candidate.entry)
    return None


def _told(answer: str, facet: Facet) -> str:
    """The sentences of an answer that say it."""
    return "".join(sentence.strip() for sentence in _SENTENCE.findall(answer) if facet.told.search(sentence))
