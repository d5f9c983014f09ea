"""Loads ``words.yaml``, ``lexicon.yaml`` and ``sorts.yaml``: what people write in danger, compiled once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from opencc import OpenCC  # type: ignore[import-untyped]

WORDS_FILE = Path(__file__).parent / "words.yaml"
LEXICON_FILE = Path(__file__).parent / "lexicon.yaml"
SORTS_FILE = Path(__file__).parent / "sorts.yaml"
CLAUSE_GAP = "[^，？]{0,8}"
CJK = range(0x4E00, 0x9FA6)
# Signs of a cut text: one per class from FIRST_SIGN on (letters without meaning in an expression), these two for what
# no class claims and for the end of a clause.
OTHER, STOP = ".", ","
FIRST_SIGN = 0x100
BREAKERS = ("deny", "may")
PHRASES = ("topic", "said", "omen", "aside")
ALONE = ("insist", "lesson", "law", "plea", "unsure", "subject", "hail", "despair", "despair_not", "jest", "idle")

Pattern = re.Pattern[str]


class LexiconError(ValueError):
    """An expression or a rule of the lexicon does not compile; the message names where it stands."""


@dataclass(frozen=True)
class WordClass:
    """A class of words and the sign that stands for one of its words in a cut text."""

    name: str
    sign: str
    pattern: Pattern


@dataclass(frozen=True)
class Kind:
    """One kind of emergency. The first three read a cut text, the others the text itself; see the lexicon."""

    name: str
    harm: Pattern | None
    named: Pattern | None
    danger: Pattern | None
    topic: Pattern | None
    said: Pattern | None
    omen: Pattern | None
    aside: Pattern | None


@dataclass(frozen=True)
class Sort:
    """A sort of mishap within kinds, told by the text alone; ``kind`` is what it is called, "" where that stays."""

    kind: str
    of: frozenset[str]
    text: Pattern
    unless: Pattern | None

    def fits(self, kind: str, tidy: str) -> bool:
        """Whether a text of this kind is of this sort."""
        return kind in self.of and bool(self.text.search(tidy)) and not (self.unless and self.unless.search(tidy))


@dataclass(frozen=True)
class Hints:
    """What counts where no rule holds: signs and the weights from which it is asked about or pages; see the lexicon."""

    ask: float
    page: float
    harm: tuple[str, ...]
    beside: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Lexicon:
    """All expressions, compiled, named as in the file; ``signs`` holds the sign of each class and set by its name."""

    spelling: tuple[tuple[Pattern, str], ...]
    spelling_gate: Pattern
    gate: Pattern
    classes: tuple[WordClass, ...]
    signs: dict[str, str]
    broken: Pattern
    told: Pattern
    kinds: tuple[Kind, ...]
    finer: tuple[Sort, ...]
    small: tuple[Sort, ...]
    harmless: tuple[Sort, ...]
    hints: Hints
    cues: dict[str, Pattern]
    background: dict[str, Pattern]
    insist: Pattern
    lesson: Pattern
    law: Pattern
    plea: Pattern
    unsure: Pattern
    subject: Pattern
    hail: Pattern
    despair: Pattern
    despair_not: Pattern
    jest: Pattern
    idle: Pattern
    region: Pattern
    named: Pattern


class _Builder:
    """Turns the file's expressions and rules into patterns."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.parts = {name: "".join(part.split()) for name, part in raw["parts"].items()}
        self.signs = {name: chr(FIRST_SIGN + i) for i, name in enumerate(raw["classes"])}
        self.signs |= {name: "".join(self.signs[one] for one in members) for name, members in raw["sets"].items()}
        breakers = "".join(self.signs[name] for name in BREAKERS)
        self.gaps = {
            "..": f"[^{STOP}{breakers}]{{0,4}}?",
            "...": f"[^{STOP}{breakers}]{{0,9}}?",
            "~": f"[^{breakers}]{{0,30}}?",
        }

    def text(self, where: str, expression: str) -> Pattern:
        """A pattern over a text; `{name}` stands for a part, "…" for a gap in one clause."""
        expression = "".join(expression.split())
        for name, part in self.parts.items():
            expression = expression.replace(f"{{{name}}}", f"(?:{part})")
        try:
            return re.compile(expression.replace("…", CLAUSE_GAP))
        except re.error as error:
            raise LexiconError(f"{where}: {error}") from error

    def rules(self, where: str, rules: list[str] | None) -> Pattern | None:
        """A pattern over a cut text that finds any of the rules; None where there are none."""
        if not rules:
            return None
        try:
            return re.compile("|".join("".join(self._step(step) for step in rule.split()) for rule in rules))
        except KeyError as error:
            raise LexiconError(f"{where}: no class or set {error}") from error

    def any_of(self, names: list[str]) -> Pattern:
        """A pattern over a cut text that finds one word of the classes or sets named."""
        return re.compile(self._step("|".join(names)))

    def _step(self, step: str) -> str:
        return self.gaps.get(step) or f"[{''.join(self.signs[name] for name in step.split('|'))}]"


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon of the three files. Raises LexiconError for what does not compile."""
    raw: dict[str, Any] = {}
    for file in (WORDS_FILE, LEXICON_FILE, SORTS_FILE):
        raw |= yaml.safe_load(file.read_text(encoding="utf-8"))
    build = _Builder(raw)
    classes = tuple(
        WordClass(name, build.signs[name], build.text(name, words)) for name, words in raw["classes"].items()
    )
    core = [raw["classes"][name] for name in raw["core"]]
    phrases = [kind[name] for kind in raw["kinds"].values() for name in PHRASES if name in kind]
    place = raw["place"]
    suffix, region, not_name = place["suffix"], place["region"], place["not_name"]
    return Lexicon(
        spelling=tuple((build.text("spelling", wrong), meant) for wrong, meant in raw["spelling"]),
        spelling_gate=build.text("spelling", "|".join(f"(?:{wrong})" for wrong, _ in raw["spelling"])),
        gate=build.text("core", "|".join([*core, raw["cues"]["cry"], raw["cues"]["rescue"], *phrases])),
        classes=classes,
        signs=build.signs,
        broken=re.compile(f"[{''.join(build.signs[name] for name in BREAKERS)}][^{STOP}]{{0,4}}$"),
        told=build.any_of(raw["told"]),
        kinds=tuple(_kind(name, tiers, build) for name, tiers in raw["kinds"].items()),
        finer=_sorts("finer", raw["finer"], build),
        small=_sorts("small", raw["small"], build),
        harmless=_sorts("harmless", raw["harmless"], build),
        hints=_hints(raw["hints"], build),
        cues={name: build.text(name, expression) for name, expression in raw["cues"].items()},
        background={name: build.text(name, expression) for name, expression in raw["background"].items()},
        **{name: build.text(name, raw[name]) for name in ALONE},
        region=build.text("region", f"(?:{region})(?:[^{not_name}]{{0,8}}?(?:{suffix}))*"),
        named=build.text("named", f"[^{not_name}]{{2,10}}?(?:{suffix})+(?:[^{not_name}]{{0,6}}?(?:{suffix}))*"),
    )


def _hints(raw: dict[str, Any], build: _Builder) -> Hints:
    return Hints(
        ask=raw["ask"],
        page=raw["page"],
        harm=tuple(build.signs[name] for name in raw["harm"]),
        beside=tuple(build.signs[name] for name in raw["beside"]),
        kinds=tuple((kind, "".join(build.signs[name] for name in names)) for kind, names in raw["kinds"].items()),
    )


def _kind(name: str, tiers: dict[str, Any], build: _Builder) -> Kind:
    return Kind(
        name,
        harm=build.rules(f"{name}.harm", tiers.get("harm")),
        named=build.rules(f"{name}.named", tiers.get("named")),
        danger=build.rules(f"{name}.danger", tiers.get("danger")),
        **{part: build.text(f"{name}.{part}", tiers[part]) if part in tiers else None for part in PHRASES},
    )


def _sorts(name: str, raw: list[dict[str, Any]], build: _Builder) -> tuple[Sort, ...]:
    return tuple(
        Sort(
            kind=one.get("kind", ""),
            of=frozenset(one["of"]),
            text=build.text(f"{name}.{i}", one["text"]),
            unless=build.text(f"{name}.{i}.unless", one["unless"]) if "unless" in one else None,
        )
        for i, one in enumerate(raw)
    )


@lru_cache(maxsize=1)
def simplified() -> dict[int, str | int | None]:
    """A translation table: traditional characters to simplified, invisible ones and emoji away, stops to one sign."""
    traditional = [chr(code) for code in CJK]
    plain = OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    table: dict[int, str | int | None] = {
        ord(old): new for old, new in zip(traditional, plain, strict=True) if old != new
    }
    table[ord("著")] = "着"
    for code in range(0x2000, 0x3100):
        table[code] = _stop_or_nothing(chr(code))
    for code in (*range(0x30), *range(0x3A, 0x41), *range(0x5B, 0x61), *range(0x7B, 0xA1)):
        table[code] = _stop_or_nothing(chr(code))
    table.update({ord("，"): "，", ord("？"): "？", ord("?"): "？", ord("！"): "！", ord("!"): "！", ord("🆘"): "救命"})
    return table


def _stop_or_nothing(character: str) -> str | None:
    """The clause sign for a punctuation mark that ends a clause, nothing for blanks, marks and symbols."""
    if character in ",.;:…。、；：—～\n":
        return "，"
    return None if unicodedata.category(character)[0] in "CZSPM" else character
