"""Which expert's answers wait for the office's release; pure, over words and patterns in release.yaml.

An answer waits where it or the question is about a certain firm or project, the cause of an accident, a penalty or a
compensation, and where the answer gives a number to call that nobody here knows. Others go at once as an expert's
opinion and can be corrected afterwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.visible import visible
from handlers.consult.experts import phones
from knowledge.text import simplified

FILE = Path(__file__).parent / "release.yaml"
NAMED, CAUSE, PENALTY, COMPENSATION, PHONE = "named", "cause", "penalty", "compensation", "phone"
REASON_WORDS: Mapping[str, str] = {
    NAMED: "点到具体企业或项目",
    CAUSE: "说到事故原因或责任",
    PENALTY: "说到处罚",
    COMPENSATION: "说到赔偿",
    PHONE: "有不认识的电话号码",
}
OFFICE_ONLY = frozenset({NAMED, CAUSE, PHONE})
"""What in an entry wants a second reader who may release; penalties are in the law, and many entries are about them."""
NAME_CHARS = 8
_BLANKS = re.compile(r"\s+")
_QUOTED = re.compile(r"[“\"「『‘《〈【]([^”\"」』’》〉】]{2,20})[”\"」』’》〉】]")


@dataclass(frozen=True, slots=True)
class Rules:
    """The file, compiled. ``named`` finds an end with what could be a name directly in front of it (group ``name``)."""

    placed: re.Pattern[str]
    firms: re.Pattern[str]
    named: re.Pattern[str]
    quoted: re.Pattern[str]
    generic: re.Pattern[str]
    patterns: Mapping[str, re.Pattern[str]]


def reasons(question: str, answer: str) -> tuple[str, ...]:
    """Why an answer waits, in the order of ``REASON_WORDS``; empty where it may go at once."""
    question, answer = visible(question), visible(answer)
    found: set[str] = set()
    for text in (_folded(question), _folded(answer)):
        found |= _reasons_of(text)
    if phones.unknown(answer):
        found.add(PHONE)
    return tuple(reason for reason in REASON_WORDS if reason in found)


def of_entry(fields: Mapping[str, Any], *, from_answer: bool) -> tuple[str, ...]:
    """What the second reader of an entry must look at. ``from_answer``: it was written from somebody's answer, and all
    reasons count; else numbers to call alone, for penalties and firms are what entries are about."""
    asked = "\n".join([fields.get("question", ""), *fields.get("phrasings", ())])
    said = "\n".join([fields.get("answer", ""), fields.get("detail", ""), *fields.get("steps", ())])
    found = set(reasons(asked, said)) if from_answer else {PHONE} & set(reasons("", said))
    if not all(phones.is_known(number) for number in fields.get("hotlines", ())):
        found.add(PHONE)
    return tuple(reason for reason in REASON_WORDS if reason in found)


def reason_words(codes: Sequence[str]) -> str:
    """Reasons in words for people."""
    return "、".join(REASON_WORDS[code] for code in codes if code in REASON_WORDS)


def _reasons_of(text: str) -> set[str]:
    rules = load_rules()
    found = {reason for reason, pattern in rules.patterns.items() if pattern.search(text)}
    if _names_somebody(text, rules):
        found.add(NAMED)
    return found


def _names_somebody(text: str, rules: Rules) -> bool:
    if rules.firms.search(text) or rules.placed.search(text):
        return True
    if any(rules.quoted.search(text[quoted.end() :]) for quoted in _QUOTED.finditer(text)):
        return True
    return any(_is_name(match["name"], rules) for match in rules.named.finditer(text))


def _is_name(words: str, rules: Rules) -> bool:
    """Whether something is left of the words in front of 公司 or 项目 once those that name nobody are gone."""
    return any(len(piece) > 1 for piece in rules.generic.sub(" ", words).split())


def _folded(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text).translate(simplified()))


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """The rules in the tree; read once a process."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    full, every = _either(raw["full_ends"]), _either([*raw["full_ends"], *raw["ends"]])
    name = rf"[^{re.escape(raw['never_in_names'])}\W_]"
    return Rules(
        placed=re.compile(rf"{_either(raw['places'])}[^，。；！？、]{{0,10}}?{every}"),
        firms=re.compile(rf"{_either(raw['firms'])}|[^\W_]{{2}}{full}"),
        named=re.compile(rf"(?P<name>{name}{{2,{NAME_CHARS}}}){every}"),
        quoted=re.compile(rf"^[^，。；！？]{{0,6}}?{every}"),
        generic=re.compile(_either([*raw["generic"], *raw["full_ends"], *raw["ends"]])),
        patterns={
            reason: re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
            for reason, patterns in raw["patterns"].items()
        },
    )


def _either(words: Sequence[str]) -> str:
    """Any of the words, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
