"""The question sets through the real callback, signed and encrypted, a person a question: what people would read.

Retrieval alone is measured by ``knowledge.evaluation``; here emergencies, laws by name, hazards told as statements,
sensitive subjects and several questions in one message have their say too.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot import logs
from bot.storage.valkey import OwnedValkey
from knowledge.evaluation.evaluate import HELD_OUT, Case, Kind, load_cases
from knowledge.index import load_index, wording
from knowledge.text import normalise
from tests.bot.front import Front

HEAD = 24
EARLY = 120
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Read:
    """What became of one question. ``answered``: the reply holds an entry's answer, ``right``: of a right entry;
    ``shown``: a right entry is answered or offered; ``asked_back``: it asks what is meant; ``emergency``: it treats the
    message as one; ``numbers``: 119 or 120 stand within the first 120 characters."""

    case: Case
    said: str
    answered: bool
    right: bool
    shown: bool
    asked_back: bool
    emergency: bool
    numbers: bool


def main() -> dict[str, object]:
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="answers") as name, OwnedValkey(Path(name)) as valkey:
        front = Front(Path(name), database_url=f"sqlite:///{name}/answers.db", cache_url=valkey.url)
        try:
            return {
                title: _figures(
                    title, [_read(front, case, f"o{number:027d}") for number, case in enumerate(cases, base)]
                )
                for title, cases, base in (("development", load_cases(), 0), ("held out", load_cases(HELD_OUT), 10**6))
            }
        finally:
            front.close()


def _read(front: Front, case: Case, sender: str) -> Read:
    said = front.say(case.question, sender=sender)
    text, today = normalise(said), date.today()
    heads = {entry.id: normalise(wording(entry, today).answer)[:HEAD] for entry in load_index().entries}
    titles = {entry.id: normalise(entry.question) for entry in load_index().entries}
    answered = {name for name, head in heads.items() if head in text}
    right = bool(answered & set(case.entries))
    return Read(
        case,
        said,
        answered=bool(answered),
        right=right,
        shown=right or any(titles[name] in text for name in case.entries),
        asked_back=any(words in said for words in ("您是不是想问", "哪件事", "回数字", "问题吗？\n回1", "把话说全")),
        emergency="不能替您报警" in said or "正在发生吗" in said,
        numbers="119" in said[:EARLY] or "120" in said[:EARLY],
    )


def _figures(title: str, reads: list[Read]) -> dict[str, object]:
    by = {kind: [read for read in reads if read.case.kind is kind] for kind in Kind}
    asked, off, vague, danger = by[Kind.ANSWERABLE], by[Kind.OFF_TOPIC], by[Kind.AMBIGUOUS], by[Kind.EMERGENCY]
    figures = {
        "answerable: right at once": _share(read.right for read in asked),
        "answerable: right shown": _share(read.shown for read in asked),
        "answerable: wrong answer": _share(read.answered and not read.right for read in asked),
        "answerable: taken for an emergency, no answer": _share(read.emergency and not read.answered for read in asked),
        "off topic: answered": _share(read.answered for read in off),
        "off topic: taken for an emergency": _share(read.emergency for read in off),
        "ambiguous: asked back or right": _share(read.asked_back or read.right for read in vague),
        "emergency: numbers within 120 characters": _share(read.numbers for read in danger),
    }
    print(f"\nanswers through the callback, {title}, {len(reads)} questions")
    for name, (hits, total) in figures.items():
        print(f"  {name:48}{hits:6}/{total:<6}{hits / max(total, 1):7.1%}")
    missed = [read for read in asked if not read.right and title == "development"]
    kinds = Counter("emergency" if read.emergency else "asked back" if read.asked_back else "other" for read in missed)
    print(f"  not right at once: {dict(kinds)}")
    lost = [read for read in missed if not read.answered and not read.asked_back]
    for read in [*lost, *(read for read in off if read.answered and title == "development")][:SHOWN]:
        print(f"    {read.case.question[:40]} → {read.said[:60]!r}")
    return dict(figures)


def _share(hits: Iterable[bool]) -> tuple[int, int]:
    known = list(hits)
    return sum(known), len(known)
