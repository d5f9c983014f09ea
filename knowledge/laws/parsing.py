"""A law's text, line by line, into its articles.

The shape is that of official texts: the title, one or more lines about who adopted or amended it when, perhaps a table
of contents, then articles that begin a line with their number. Headings may be marked as in markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from knowledge.laws.numerals import NUMERAL, ORDINAL, ArticleNumber, read_article

TITLE_CHARS = 100
PART_CHARS = 20
ARTICLE_CHARS = 20_000
COUNTRY = "中华人民共和国"
CODE = "民法典"

_HEAD = re.compile(
    rf"^第\s*(?P<number>{ORDINAL})\s*条(?:\s*之\s*(?P<branch>[{NUMERAL}0-9]{{1,3}}))?(?P<gap>[\s\u3000]*)(?P<rest>.*)$"
)
_REFERS = re.compile(r"^(?:第|规定|所|、|和|与|及|至|或|中|的|[，。；：（(])")
_CHAPTER = re.compile(rf"^第[{NUMERAL}0-9]+(?P<level>分编|编|章|节)(?:[\s\u3000]|$)|^附[\s\u3000]*则$")
_LEVELS = {"编": 1, "分编": 2, "章": 3, "节": 4}
_MARKS = re.compile(r"^#{1,6}\s*")
_ITEM = re.compile(rf"^[（(][{NUMERAL}0-9]{{1,4}}[)）]|^\d{{1,2}}[.．、]")
_END = re.compile(r"^附[件表录](?:[\s\u3000：:一二三四五六七八九十0-9]|$)")
_NOTE = re.compile(r"^[①-⑳]")
_COMMENT = "<!--"
_TEXT_KIND = re.compile(r"(?:法|条例|规定|办法|细则|规则|决定|解释|典|编|标准|规范|规程|意见|通知|方案)$")
_BRACKETS = re.compile(r"[（(][^（）()]*[)）]$")
_DAY = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_ADOPTED = re.compile(r"通过|公布|修正|修订|发布|令")
_IN_FORCE = re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日)\s*(?:起)?\s*施行")
_ISSUERS = (
    (re.compile(r"全国人民代表大会常务委员会"), "全国人民代表大会常务委员会"),
    (re.compile(r"全国人民代表大会"), "全国人民代表大会"),
    (re.compile(r"国务院令|国务院第\d+次常务会议|国务院(?:发布|公布)"), "国务院"),
    (re.compile(r"([\u4e00-\u9fff]{2,16}(?:部|总局|厅|委员会|人民政府))令"), ""),
)


class LawError(ValueError):
    """A text cannot be taken as a law; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article. ``paragraphs`` are its 款; the items (项) of one stand in it, each on a line of its own."""

    number: ArticleNumber
    chapter: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Law:
    """A version of a law. ``name`` is the title as people cite it, without 中华人民共和国; ``part`` the part of a code
    that a file holds (侵权责任编). ``version`` is the day it was adopted or last amended, None where the text does not
    say. ``in_force_from`` and ``in_force_to`` (inclusive) bound its validity, None where unknown or open. ``notes`` are
    oddities for who imports it."""

    name: str
    title: str
    articles: tuple[Article, ...]
    part: str = ""
    version: date | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    issuer: str = ""
    notes: tuple[str, ...] = ()


def parse(lines: Iterable[str], version: date | None = None) -> Law:
    """The law that ``lines`` hold. ``version``: the day of its last amendment where it is known from elsewhere, for the
    lines under a title often leave out the latest. LawError where there is no title or no article, or an article
    stands twice."""
    plain = [_plain(line) for line in lines]
    first = next((at for at, line in enumerate(plain) if _is_first(line)), None)
    if first is None:
        raise LawError("no articles were found. A law's articles begin a line with their number: 第一条 …")
    title, part, heading = _title(plain[:first])
    reader = _Reader()
    for number, line in enumerate(plain, 1):
        if number > first or _CHAPTER.match(_bare(line)):
            reader.take(line, number)
    articles = reader.articles()
    version = version or _version(heading)
    return Law(
        name=CODE if part else short_name(title),
        title=title,
        part=part,
        articles=articles,
        version=version,
        in_force_from=_in_force(heading, articles, version),
        issuer=_issuer(heading),
        notes=_gaps(articles),
    )


def short_name(title: str) -> str:
    """A title as people cite it: without the country's name, title marks and what stands in brackets at its end."""
    bare = re.sub(r"[\s\u3000《》〈〉<>]+", "", title)
    return _BRACKETS.sub("", bare).removeprefix(COUNTRY)


def _plain(line: str) -> str:
    """Without blanks at the edges and marks of bold text; a comment is nothing."""
    plain = line.replace("**", "").replace("\ufeff", "").strip(" \t\r\u3000\u00a0")
    return "" if plain.startswith(_COMMENT) else plain


def _bare(line: str) -> str:
    return _MARKS.sub("", line).strip()


def _is_first(line: str) -> bool:
    match = _HEAD.match(_bare(line))
    return match is not None and not _REFERS.match(match["rest"]) and bool(match["gap"] or match["rest"])


def _title(head: Sequence[str]) -> tuple[str, str, list[str]]:
    """The title, the part of a code where the file holds one, and the lines between them and the first article."""
    written = [_bare(line) for line in head if _bare(line)]
    if written and written[0].replace(" ", "") == COUNTRY and len(written) > 1:
        written[:2] = [COUNTRY + written[1]]
    if not written:
        raise LawError("no title was found above the first article. Its name stands on the first line, as # …法.")
    title = re.sub(r"[\s\u3000]+", "", written[0])
    named = len(title) <= TITLE_CHARS and bool(_TEXT_KIND.search(short_name(title)))
    if not named or _DAY.match(title) or _CHAPTER.match(written[0]):
        raise LawError(f"no title was found above the first article; the first line is “{written[0][:30]}”.")
    second = written[1] if len(written) > 1 else ""
    part = second if second.endswith("编") and len(second) <= PART_CHARS and title.endswith("典") else ""
    return title, part, written[1:]


def _version(heading: Sequence[str]) -> date | None:
    """The latest day on which it was adopted, amended or promulgated, as the lines under the title say."""
    days = [day for line in heading if _ADOPTED.search(line) for day in _days(_IN_FORCE.sub("", line))]
    return max(days, default=None)


def _in_force(heading: Sequence[str], articles: Sequence[Article], version: date | None) -> date | None:
    """The day this version came into force, where the text itself says so. The last articles of an amended law still
    give the day of the first version, so a day before the version's is not taken."""
    said = [day for line in heading for found in _IN_FORCE.finditer(line) for day in _days(found[1])]
    for article in articles[-3:]:
        said += [day for found in _IN_FORCE.finditer(article.text[:200]) for day in _days(found[1])]
    later = [day for day in said if version is not None and day >= version]
    return min(later, default=None)


def _days(text: str) -> list[date]:
    found = []
    for year, month, day in _DAY.findall(text):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found


def _issuer(heading: Sequence[str]) -> str:
    text = " ".join(heading)
    for pattern, name in _ISSUERS:
        match = pattern.search(text)
        if match:
            return name or match[1]
    return ""


def _gaps(articles: Sequence[Article]) -> tuple[str, ...]:
    """Numbers left out between the first and the last article."""
    there = {article.number.number for article in articles}
    lost = [number for number in range(min(there), max(there)) if number not in there]
    said = "、".join(str(ArticleNumber(number)) for number in lost[:5])
    return (f"{len(lost)} articles missing: {said}{'…' if len(lost) > 5 else ''}",) if lost else ()


@dataclass(slots=True)
class _Reader:
    """Collects articles; ``line`` of each is kept to say where one stands twice."""

    _found: list[tuple[ArticleNumber, str, list[str]]] = field(default_factory=list)
    _lines: dict[ArticleNumber, int] = field(default_factory=dict)
    _chapters: dict[int, str] = field(default_factory=dict)
    _ended: bool = False
    _chars: int = 0

    def take(self, line: str, number: int) -> None:
        bare = _bare(line)
        if not bare or self._ended:
            return
        if self._found and _END.match(bare):
            self._ended = True
            return
        chapter = _CHAPTER.match(bare)
        if chapter or (line.startswith("#") and not self._head(bare)):
            self._chapter(bare, chapter["level"] if chapter else "")
            return
        article = self._head(bare)
        if article is not None:
            self._begin(*article, line=number)
        elif self._found and not _NOTE.match(bare):
            self._continue(bare)

    def _head(self, bare: str) -> tuple[ArticleNumber, str] | None:
        """An article's number and first words; None for a paragraph that only refers to one (第六十二条第一款规定…)."""
        match = _HEAD.match(bare)
        if match is None:
            return None
        try:
            number = read_article(match)
        except ValueError:
            return None
        if match["gap"] or not match["rest"]:
            return number, match["rest"].strip()
        last = self._found[-1][0] if self._found else ArticleNumber(0)
        follows = number in {ArticleNumber(last.number + 1), ArticleNumber(last.number, last.branch + 1)}
        return (number, match["rest"].strip()) if follows and not _REFERS.match(match["rest"]) else None

    def _begin(self, number: ArticleNumber, words: str, *, line: int) -> None:
        if number in self._lines:
            raise LawError(f"{number} stands twice, in lines {self._lines[number]} and {line}: two laws in one file?")
        self._lines[number] = line
        chapter = " ".join(self._chapters[level] for level in sorted(self._chapters))
        self._found.append((number, chapter, [words] if words else []))
        self._chars = 0
        self._measure(words)

    def _continue(self, bare: str) -> None:
        paragraphs = self._found[-1][2]
        if paragraphs and _ITEM.match(bare):
            paragraphs[-1] += f"\n{bare}"
        else:
            paragraphs.append(bare)
        self._measure(bare)

    def _measure(self, words: str) -> None:
        self._chars += len(words)
        if self._chars > ARTICLE_CHARS:
            raise LawError(f"{self._found[-1][0]} is longer than {ARTICLE_CHARS} characters: no article is.")

    def _chapter(self, bare: str, level: str) -> None:
        rank = _LEVELS.get(level, 3)
        self._chapters = {other: words for other, words in self._chapters.items() if other < rank}
        self._chapters[rank] = re.sub(r"[\s\u3000]+", " ", bare)

    def articles(self) -> tuple[Article, ...]:
        empty = [number for number, _, paragraphs in self._found if not paragraphs]
        if empty:
            raise LawError(f"{empty[0]} has no text.")
        return tuple(Article(number, chapter, tuple(paragraphs)) for number, chapter, paragraphs in self._found)
