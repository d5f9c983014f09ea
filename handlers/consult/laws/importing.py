"""Law texts into the database: what is new, what changed, what is there already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from bot.ids import new_id
from handlers.consult.laws.records import BETWEEN, LawArticle, LawText
from knowledge.laws.files import Versions, files_in, load_versions, read_law
from knowledge.laws.parsing import Law, LawError

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

CHAPTER_CHARS, ISSUER_CHARS = 200, 120


class Change(Enum):
    """What an import did with a law."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "unchanged"


@dataclass(frozen=True, slots=True)
class Imported:
    """One file. ``problem`` says why it was refused; else ``law`` and ``change``."""

    path: Path
    law: Law | None = None
    change: Change | None = None
    problem: str = ""


def import_laws(services: Services, source: Path, *, dry_run: bool = False) -> Iterator[Imported]:
    """Read a file, or a folder and those below it, one law after another; each is kept by itself, so one that cannot be
    read keeps none of the others back. With ``dry_run`` nothing is written."""
    folder, paths = (source, files_in(source)) if source.is_dir() else (source.parent, [source])
    versions: Versions = {}
    try:
        versions = load_versions(folder)
    except LawError as error:
        yield Imported(folder / "versions.json", problem=str(error))
    seen: dict[tuple[str, str, str], Path] = {}
    for path in paths:
        try:
            law = read_law(path, versions)
            earlier = seen.setdefault(_key(law), path)
            if earlier != path:
                raise LawError(f"the same law and version as {earlier.name}; only one of them was taken.")
            change = keep(services, law, dry_run=dry_run)
        except LawError as error:
            yield Imported(path, problem=str(error))
            continue
        except Exception as error:  # whatever one file holds, the others are read
            log.error("consult.law_unread", error=type(error).__name__)
            yield Imported(path, problem=f"it could not be taken ({type(error).__name__}).")
            continue
        yield Imported(path, law, change)


def keep(services: Services, law: Law, *, dry_run: bool = False) -> Change:
    """Write a law unless it is there as it is; other versions of it stay beside it."""
    digest = digest_of(law)
    if dry_run:
        with services.database.reading() as session:
            return _change(_there(session, law), digest)
    with services.database.begin() as session:
        there = _there(session, law)
        change = _change(there, digest)
        if change is Change.SAME:
            return change
        if there is not None:
            session.execute(delete(LawArticle).where(LawArticle.law_id == there.id))
        else:
            there = LawText(id=new_id())
            session.add(there)
        name, part, version = _key(law)
        there.name, there.part, there.version = name, part, version
        there.title, there.issuer = law.title, law.issuer[:ISSUER_CHARS]
        there.in_force_from, there.in_force_to = law.in_force_from, law.in_force_to
        there.articles, there.digest, there.imported_at = len(law.articles), digest, services.clock.now()
        session.flush()
        session.execute(insert(LawArticle), [_row(there.id, law, at) for at in range(len(law.articles))])
        return change


def digest_of(law: Law) -> str:
    """Of everything that is kept of a law."""
    bounds = [str(law.in_force_from), str(law.in_force_to)]
    articles = [[str(article.number), article.chapter, *article.paragraphs] for article in law.articles]
    kept = json.dumps([*_key(law), law.title, law.issuer, bounds, articles], ensure_ascii=False)
    return sha256(kept.encode()).hexdigest()


def _key(law: Law) -> tuple[str, str, str]:
    return law.name, law.part, law.version.isoformat() if law.version else ""


def _there(session: Session, law: Law) -> LawText | None:
    name, part, version = _key(law)
    wanted = select(LawText).where(LawText.name == name, LawText.part == part, LawText.version == version)
    return session.scalar(wanted)


def _change(there: LawText | None, digest: str) -> Change:
    if there is None:
        return Change.NEW
    return Change.SAME if there.digest == digest else Change.CHANGED


def _row(law_id: str, law: Law, at: int) -> dict[str, object]:
    article = law.articles[at]
    return {
        "law_id": law_id,
        "number": article.number.number,
        "branch": article.number.branch,
        "chapter": article.chapter[:CHAPTER_CHARS],
        "text": BETWEEN.join(article.paragraphs),
    }
