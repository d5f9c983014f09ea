"""Links in what staff and experts write for people. A phone makes a link of a tag and of an address alone, and people
trust what comes from the department, so an address may only lead to a government site."""

from __future__ import annotations

import re
import unicodedata

TAGS = "不能写链接的标签（<a …>），请去掉，只留文字。"
ELSEWHERE = "网址只能写政府网站（.gov.cn 结尾的），别的请改成文字说明。"
_TAG = re.compile(r"<\W{0,8}a\b")
_OFFICIAL = re.compile(
    r"(?<![a-z0-9.:@/-])(?:https?://)?(?:[a-z0-9-]+\.)*gov\.cn(?::\d+)?(?![a-z0-9.@:-])(?:[/?#][\w.~:/?#!$&'*+,;=%-]*(?!@))?",
    re.ASCII,
)
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://|(?:javascript|data|vbscript|mailto|tel|sms):"
    r"|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?![a-z0-9-])"
)


def address_problem(words: str) -> str:
    """What is wrong with the addresses in a text, in words for staff; "" where there are none but official ones."""
    text = unicodedata.normalize("NFKC", words).lower()
    if _TAG.search(text):
        return TAGS
    return ELSEWHERE if _ADDRESS.search(_OFFICIAL.sub(" ", text)) else ""
