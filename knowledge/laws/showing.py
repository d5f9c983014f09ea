"""An article as far as a phone shows it at once: whole paragraphs first, else whole items, else sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.laws.numerals import chinese, value

MOST = 300
_ITEM = re.compile(r"^[（(]([零〇一二三四五六七八九十百0-9]{1,4})[)）]|^(\d{1,2})[.．、]")
_SENTENCE = re.compile(r"[^；。]*[；。]|[^；。]+$")


@dataclass(frozen=True, slots=True)
class Shown:
    """``left``: what was not shown, in words, "" where all was."""

    text: str
    left: str = ""


def whole(paragraphs: Sequence[str], most: int = MOST) -> Shown:
    """The article's beginning in at most ``most`` characters, cut at a paragraph where one fits."""
    taken, used = 0, 0
    for paragraph in paragraphs:
        if used + len(paragraph) > most:
            break
        used += len(paragraph)
        taken += 1
    if taken == len(paragraphs):
        return Shown("\n".join(paragraphs))
    if taken:
        return Shown("\n".join(paragraphs[:taken]), f"后面还有{len(paragraphs) - taken}款")
    return Shown(_cut(paragraphs[0], most), "后面还有")


def part(paragraphs: Sequence[str], paragraph: int, item: int) -> Shown | str:
    """One 款 or 项; what is wrong in words where the article has none such."""
    if paragraph > len(paragraphs):
        return f"这一条只有{len(paragraphs)}款，没有第{chinese(paragraph)}款。"
    within = [paragraphs[paragraph - 1]] if paragraph else list(paragraphs)
    if not item:
        return Shown(within[0])
    for text in within:
        lines = text.split("\n")
        found = [line for line in lines[1:] if _number(line) == item]
        if found:
            return Shown("\n".join([lines[0], *found]))
    most = max((_number(line) for text in within for line in text.split("\n")), default=0)
    return (
        f"{'这一款' if paragraph else '这一条'}"
        + (f"只有{most}项，" if most else "不分项，")
        + f"没有第（{chinese(item)}）项。"
    )


def _number(line: str) -> int:
    match = _ITEM.match(line)
    if match is None:
        return 0
    try:
        return value(match[1] or match[2])
    except ValueError:
        return 0


def _cut(paragraph: str, most: int) -> str:
    """Lines (the items) while they fit; of a first line that is too long, sentences; of a sentence, characters."""
    for pieces, joint in ((paragraph.split("\n"), "\n"), (_SENTENCE.findall(paragraph.split("\n")[0]), "")):
        taken = pieces[0]
        for piece in pieces[1:]:
            if len(taken) + len(joint) + len(piece) > most:
                break
            taken += joint + piece
        if len(taken) <= most:
            return taken
    return paragraph[: most - 1] + "…"
