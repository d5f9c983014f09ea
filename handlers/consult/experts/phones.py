"""Telephone numbers in what staff write for people: one that is no known hotline and no landline is looked at first.

Hotlines are those of config/hotlines.yaml and of release.yaml; a landline has its area code, or Hainan's eight digits.
A private mobile is hidden before anything is sent (``bot.masking``), so what is left of it counts too. Pure but for
the two files.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml

from bot.masking import PHONE_WORDS
from config.catalog import read_yaml

FILE = Path(__file__).parent / "release.yaml"
_SEP = r"[ \-—()（）]?"
_LANDLINE = re.compile(r"0\d{2,3}[2-9]\d{6,7}|[2-9]\d{7}")
# A mobile, a 400 or 800 number: nothing else looks like one.
_PLAIN = re.compile(
    rf"(?<![\d.])(?:(?:\+?86{_SEP})?1[3-9]\d{_SEP}\d{{4}}{_SEP}\d{{4}}|[48]00{_SEP}\d{{3}}{_SEP}\d{{4}})(?!\d)"
)
# Any other number is one where words right before it say so, and so are those that go on from there.
_CALLS = r"(?:拨打|致电|打给|请打|打|拨|电话|热线|号码|座机|手机|专线|联系)"
_NUMBER = r"\d(?:[\d \-—]{1,13}\d)"
_SAID = re.compile(
    rf"{_CALLS}(?:[：:是为\s“”\"'（(]{{0,3}}|[^\d，。；！？\n]{{1,8}}(?=\d{{7,8}}(?!\d)))"
    rf"(?P<numbers>{_NUMBER}(?:(?:[（(][^）)]*[）)])?(?:[、，,/或和及]|或者){{1,2}}{_NUMBER})*)(?![\d.]|\s*[元米年月日天倍吨%％个次])"
)


def unknown(text: str) -> tuple[str, ...]:
    """The numbers in ``text`` that nobody here knows, each once, as digits; the mark of a hidden one as it stands."""
    folded = unicodedata.normalize("NFKC", text)
    found = [match.group() for match in _PLAIN.finditer(folded)]
    found += [number for said in _SAID.finditer(folded) for number in re.findall(_NUMBER, said["numbers"])]
    digits = (re.sub(r"\D", "", number) for number in found)
    wrong = [number for number in digits if not is_known(number)]
    if unicodedata.normalize("NFKC", PHONE_WORDS) in folded:
        wrong.append(PHONE_WORDS)
    return tuple(dict.fromkeys(wrong))


def is_known(number: str) -> bool:
    """A hotline of ours, or a landline. ``number``: digits alone."""
    return number in known_hotlines() or _LANDLINE.fullmatch(number) is not None


@lru_cache(maxsize=1)
def known_hotlines() -> frozenset[str]:
    """Every hotline that may be said without anybody looking."""
    ours = read_yaml("hotlines.yaml")
    others = yaml.safe_load(FILE.read_text(encoding="utf-8"))["hotlines"]
    return frozenset(line["number"] for line in (*ours["always"], *ours["more"])) | frozenset(map(str, others))
