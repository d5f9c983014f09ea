"""What retrieval knows of everyday Chinese: frames of questions, loose words, sounds, and what people ask elsewhere.

The tables are ``background.yaml`` and ``homophones.txt``; they say nothing about any entry.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.text import grams, normalise

BACKGROUND_FILE = Path(__file__).parent / "background.yaml"
SOUNDS_FILE = Path(__file__).parent / "homophones.txt"
# Sounds that southern speakers and voice input do not keep apart.
_NEAR_SOUNDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
# A misspelling is put right where this many phrasings hold the corrected three characters.
_LEAST_HEARD = 2
_NUMERALS = frozenset("零一二三四五六七八九十百千万两几")


@dataclass(frozen=True, slots=True)
class Language:
    """``frames``: grams that carry a question and are never its subject. ``asked``: the share of everyday questions a
    gram stands in; ``elsewhere``: these questions, and more that share words with entries, in plain words. ``said``:
    loose words and the plain word for each. ``sounds``: a character's syllable, without tone, near sounds taken as
    one."""

    frames: frozenset[str]
    asked: Mapping[str, float]
    elsewhere: tuple[str, ...]
    said: Mapping[str, str]
    sounds: Mapping[str, str]
    _loose: re.Pattern[str]
    _courtesy: re.Pattern[str]

    def plain(self, text: str) -> str:
        """``text`` normalised, without courtesies, with dialect and loose words replaced by plain ones."""
        normalised = normalise(text)
        said = self._courtesy.sub("", normalised) or normalised
        return self._loose.sub(lambda found: self.said[found.group()], said)


@lru_cache(maxsize=1)
def load_language() -> Language:
    """The tables in the tree; read once a process."""
    raw = yaml.safe_load(BACKGROUND_FILE.read_text(encoding="utf-8"))
    said = {normalise(loose): normalise(plain) for loose, plain in raw["said"].items()}
    counts: Counter[str] = Counter()
    for line in raw["asked"]:
        counts.update(set(grams(normalise(line))))
    return Language(
        frames=frozenset(gram for frame in raw["frames"].split() for gram in _frame_grams(normalise(frame))),
        asked={gram: count / len(raw["asked"]) for gram, count in counts.items()},
        elsewhere=tuple(dict.fromkeys(normalise(str(line)) for line in (*raw["asked"], *raw["near"]))),
        said=said,
        sounds=_sounds(),
        _loose=_any_of(said),
        _courtesy=_any_of(map(normalise, raw["courtesy"].split())),
    )


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of ``words``, the longest that fits."""
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))


def _frame_grams(frame: str) -> list[str]:
    """Of a longer frame only the pairs are frames: its characters may mean more in other company."""
    return [frame] if len(frame) == 1 else [frame[at : at + 2] for at in range(len(frame) - 1)]


def near_sound(syllable: str) -> str:
    """A syllable with the sounds that are not kept apart taken as one."""
    for far, near in _NEAR_SOUNDS:
        syllable = syllable.replace(far, near)
    return syllable


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """All syllables of the language, without tones."""
    return frozenset(syllable for syllable, _ in _sound_lines())


def _sounds() -> dict[str, str]:
    sounds: dict[str, str] = {}
    for syllable, characters in _sound_lines():
        sounds.update(dict.fromkeys(characters, near_sound(syllable)))
    return sounds


def _sound_lines() -> list[tuple[str, str]]:
    lines = SOUNDS_FILE.read_text(encoding="utf-8").splitlines()
    return [
        (syllable, characters) for syllable, _, characters in (line.partition(" ") for line in lines if line[:1] != "#")
    ]


class Spelling:
    """Puts characters right that sound like the one meant: 脚手驾 becomes 脚手架. Knows the words of given lines."""

    def __init__(self, lines: Iterable[str], language: Language) -> None:
        self._language = language
        self._pairs: set[str] = set(language.frames) | set(language.asked)
        self._triples: Counter[str] = Counter()
        characters: set[str] = set()
        for line in lines:
            characters.update(line)
            self._pairs.update(line[at : at + 2] for at in range(len(line) - 1))
            self._triples.update(
                line[at : at + 3]
                for at in range(len(line) - 2)
                if line[at : at + 2] not in language.frames and line[at + 1 : at + 3] not in language.frames
            )
        self._alike: dict[str, list[str]] = {}
        for character in sorted(characters - _NUMERALS):
            if character in language.sounds:
                self._alike.setdefault(language.sounds[character], []).append(character)

    def learn(self, lines: Iterable[str]) -> None:
        """Words that are right as they stand, though nobody is corrected towards them."""
        for line in lines:
            self._pairs.update(line[at : at + 2] for at in range(len(line) - 1))

    def correct(self, text: str) -> str:
        """``text`` with such characters replaced. Only a character that forms no known pair with either neighbour is
        looked at, so a rightly spelt text costs little and stays as it is."""
        strange = [text[at : at + 2] not in self._pairs for at in range(len(text) - 1)]
        if not any(strange):
            return text
        characters = list(text)
        for at, character in enumerate(text):
            unsure = (at == 0 or strange[at - 1]) and (at == len(strange) or strange[at])
            if unsure and character not in self._language.frames and character not in _NUMERALS:
                characters[at] = self._meant(characters, at)
        return "".join(characters)

    def _meant(self, characters: list[str], at: int) -> str:
        meant, most = characters[at], _LEAST_HEARD - 1
        for other in self._alike.get(self._language.sounds.get(meant, ""), ()):
            heard = 0
            for start in range(max(0, at - 2), min(at, len(characters) - 3) + 1):
                triple = [*characters[start : start + 3]]
                triple[at - start] = other
                heard += self._triples["".join(triple)]
            if other != characters[at] and heard > most:
                meant, most = other, heard
        return meant
