"""A law from a file: markdown in UTF-8, or docx. What can be wrong with a file is a LawError in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from knowledge.laws.catalog import load_catalog
from knowledge.laws.parsing import Law, LawError, parse, short_name
from knowledge.laws.word import docx_lines

MOST_BYTES = 10 * 1024 * 1024
VERSIONS_FILE = "versions.json"
READ = (".md", ".docx")
# What people save texts as, and a few that are plainly a mistake; anything else in a folder is none of ours.
UNREAD = (".doc", ".wps", ".pdf", ".txt", ".rtf", ".html", ".htm", ".odt", ".markdown", ".docm")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NAMED = re.compile(r"^(?P<name>.+?)\s*[（(](?P<day>\d{4}-\d{2}-\d{2})[)）]$")


@dataclass(frozen=True, slots=True)
class Dated:
    """What a folder's versions.json says of one version."""

    in_force_from: date | None = None
    in_force_to: date | None = None
    issuer: str = ""
    articles: int = 0


Versions = Mapping[tuple[str, date | None], Dated]


def files_in(folder: Path) -> list[Path]:
    """The files of a folder and those below it that hold law texts or were meant to, in order of name."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in READ + UNREAD)
    return sorted(path for path in found if not path.name.startswith((".", "~$")))


def read_law(path: Path, versions: Versions | None = None) -> Law:
    """The law in a file. Its version is the date in the file's name (安全生产法(2021-06-10).md), else what the text
    says; the day it came into force is that of ``versions``, of the catalog, or what the text says."""
    name, day = _named(path)
    law = parse(_lines(path), day)
    known = load_catalog().version(law.name, law.version)
    told = (versions or {}).get((name, law.version)) or (versions or {}).get((law.name, law.version)) or Dated()
    law = replace(
        law,
        in_force_from=told.in_force_from or (known.in_force_from if known else None) or law.in_force_from,
        in_force_to=told.in_force_to,
        issuer=told.issuer or load_catalog().issuer(law.name) or law.issuer,
    )
    return replace(law, notes=(*law.notes, *_doubts(law, name, day, told)))


def load_versions(folder: Path) -> Versions:
    """What ``versions.json`` in a folder says, by name and version; empty without one.

    Each row is a list [name, version, number of articles, …] or an object with ``name`` or ``title``, ``version``,
    ``in_force_from``, ``in_force_to``, ``issuer``, ``articles``. LawError for anything else.
    """
    path = folder / VERSIONS_FILE
    if not path.exists():
        return {}
    try:
        rows = json.loads(_content(path).decode("utf-8-sig"))
        return dict(_row(row) for row in rows)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        wanted = "a list of [name, version, articles, …] or of objects with name, version, in_force_from, in_force_to"
        raise LawError(f"it is not {wanted} ({type(error).__name__}); dates are written 2021-09-01.") from error


def _row(row: list[object] | Mapping[str, object]) -> tuple[tuple[str, date | None], Dated]:
    if isinstance(row, list):
        counted = row[2] if len(row) > 2 and isinstance(row[2], int) else 0
        return (short_name(str(row[0])), _day(row[1])), Dated(articles=counted)
    count = row.get("articles")
    told = Dated(
        in_force_from=_day(row.get("in_force_from")),
        in_force_to=_day(row.get("in_force_to")),
        issuer=str(row.get("issuer") or ""),
        articles=count if isinstance(count, int) else 0,
    )
    return (short_name(str(row.get("name") or row["title"])), _day(row.get("version"))), told


def _day(written: object) -> date | None:
    return date.fromisoformat(str(written)) if written else None


def _named(path: Path) -> tuple[str, date | None]:
    """The name and the version that a file's name tells."""
    match = _NAMED.match(path.stem.strip())
    if match is None:
        return short_name(path.stem), None
    try:
        return short_name(match["name"]), date.fromisoformat(match["day"])
    except ValueError:
        raise LawError(f"its name holds a date that does not exist: {match['day']}") from None


def _doubts(law: Law, name: str, day: date | None, told: Dated) -> Iterator[str]:
    if name not in {law.name, law.part} and day is not None:
        yield f"the file is called {name}, the text's title is {law.name}; the title was taken"
    if law.version is None:
        yield "no version: neither the file's name nor the text says when it was adopted or amended"
    if told.articles and told.articles != len(law.articles):
        yield f"{VERSIONS_FILE} counts {told.articles} articles, {len(law.articles)} were read"


def _lines(path: Path) -> list[str]:
    suffix = path.suffix.lower()
    if suffix not in READ:
        raise LawError(f"{suffix or 'a file without an ending'} is not read. Save it as .docx or as .md in UTF-8.")
    content = _content(path)
    if content.startswith(_OLE):
        raise LawError("it is an old .doc or is protected by a password. Save it as a plain .docx.")
    if suffix == ".docx":
        return list(docx_lines(content))
    if content.startswith(_ZIP):
        raise LawError("its name says .md, its content is a docx. Name it .docx.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LawError(f"it is not UTF-8{_looks_like(content)}. Save it in UTF-8.") from None
    if "\0" in text:
        raise LawError("it is no text: it holds zero bytes. Save it in UTF-8.")
    return text.splitlines()


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise LawError(
                f"it has {size // 1024 // 1024} MB; a law's text has less than {MOST_BYTES // 1024 // 1024}."
            )
        content = path.read_bytes()
    except OSError as error:
        raise LawError(f"it cannot be read: {error.strerror}.") from error
    if not content.strip():
        raise LawError("it is empty.")
    return content


def _looks_like(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return " but UTF-16"
    try:
        content[:4000].decode("gb18030", errors="strict")
    except UnicodeDecodeError as error:
        return " (it looks like GBK)" if error.start > 3990 else ""
    return " (it looks like GBK)"
