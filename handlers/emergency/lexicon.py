"""Loads ``lexicon.yaml``: what people write in danger, compiled once for reading every message."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from opencc import OpenCC  # type: ignore[import-untyped]

LEXICON_FILE = Path(__file__).parent / "lexicon.yaml"
CLAUSE_GAP = "[^，？]{0,8}"
CJK = range(0x4E00, 0x9FA6)

Pattern = re.Pattern[str]


class LexiconError(ValueError):
    """An expression of the lexicon does not compile; the message names where it stands."""


@dataclass(frozen=True)
class Kind:
    """The three expressions of one kind of emergency; see the lexicon for what each tier does."""

    name: str
    grave: Pattern
    event: Pattern | None
    topic: Pattern | None


@dataclass(frozen=True)
class Lexicon:
    """All expressions, compiled. ``kinds`` stand in order of precedence; the rest is named as in the file."""

    spelling: tuple[tuple[Pattern, str], ...]
    spelling_gate: Pattern
    danger: Pattern
    ordinary: Pattern
    words: dict[str, Pattern]
    background: dict[str, Pattern]
    insist: Pattern
    lesson: Pattern
    plea: Pattern
    unsure: Pattern
    denied: Pattern
    feared: Pattern
    kinds: tuple[Kind, ...]
    idle: Pattern
    region: Pattern
    named: Pattern


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon of ``lexicon.yaml``. Raises LexiconError for an expression that does not compile."""
    raw: dict[str, Any] = yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8"))
    words: dict[str, str] = raw["words"]

    def build(where: str, expression: str) -> Pattern:
        expression = "".join(expression.split())
        for name, group in words.items():
            expression = expression.replace(f"{{{name}}}", f"(?:{''.join(group.split())})")
        try:
            return re.compile(expression.replace("…", CLAUSE_GAP))
        except re.error as error:
            raise LexiconError(f"{where}: {error}") from error

    def optional(where: str, tiers: dict[str, str], tier: str) -> Pattern | None:
        return build(f"{where}.{tier}", tiers[tier]) if tier in tiers else None

    kinds = tuple(
        Kind(
            name, build(f"{name}.grave", tiers["grave"]), optional(name, tiers, "event"), optional(name, tiers, "topic")
        )
        for name, tiers in raw["kinds"].items()
    )
    every = "|".join(f"(?:{tiers[tier]})" for tiers in raw["kinds"].values() for tier in tiers)
    place = raw["place"]
    suffix, region, not_name = place["suffix"], place["region"], place["not_name"]
    return Lexicon(
        spelling=tuple((build("spelling", wrong), meant) for wrong, meant in raw["spelling"]),
        spelling_gate=build("spelling", "|".join(f"(?:{wrong})" for wrong, _ in raw["spelling"])),
        danger=build("kinds", every),
        ordinary=build("ordinary", "|".join(raw["ordinary"])),
        words={name: build(name, expression) for name, expression in words.items()},
        background={name: build(name, expression) for name, expression in raw["background"].items()},
        insist=build("insist", raw["insist"]),
        lesson=build("lesson", raw["lesson"]),
        plea=build("plea", raw["plea"]),
        unsure=build("unsure", raw["unsure"]),
        denied=build("denied", raw["denied"]),
        feared=build("feared", raw["feared"]),
        kinds=kinds,
        idle=build("idle", raw["idle"]),
        region=build("region", f"(?:{region})(?:[^{not_name}]{{0,8}}?(?:{suffix}))*"),
        named=build("named", f"[^{not_name}]{{2,10}}?(?:{suffix})+(?:[^{not_name}]{{0,6}}?(?:{suffix}))*"),
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
    if character in ",.;:…。、；：—～":
        return "，"
    return None if unicodedata.category(character)[0] in "CZSPM" else character
