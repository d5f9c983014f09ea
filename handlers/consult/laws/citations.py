"""Which entries rest on an article, from the sources they cite; and every name by which a law may be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from knowledge.index import Index
from knowledge.laws.catalog import load_catalog
from knowledge.laws.numerals import ArticleNumber, articles_in
from knowledge.laws.versions import TextVersion
from knowledge.schema import Entry, Source
from knowledge.text import normalise


@dataclass(frozen=True, slots=True)
class Citation:
    """An entry that cites an article, in ``source``. ``rank`` orders the entries of one article: those whose first
    source it is and that cite little else come first. ``earlier``: only what the entry said before a rule changed
    cites it."""

    entry: Entry
    source: Source
    rank: int
    earlier: bool

    def is_about(self, version: TextVersion, last_day: date | None) -> bool:
        """Whether it speaks of that version of the law, which held until ``last_day`` (None: it still does). A source
        of another version counts while its rule holds: an amendment leaves most articles as they were."""
        source = self.source
        if source.version in {None, version.day}:
            return True
        too_old = source.in_force_to is not None and source.in_force_to < version.begins
        too_new = last_day is not None and source.in_force_from is not None and source.in_force_from > last_day
        return not (too_old or too_new)


@dataclass(frozen=True, slots=True)
class Citations:
    """Of one index; immutable."""

    cited: Mapping[tuple[str, ArticleNumber], tuple[Citation, ...]]
    names: Mapping[str, str]

    def of(self, law: str, number: ArticleNumber) -> tuple[Citation, ...]:
        """The entries that rest on the article, most of all first."""
        return self.cited.get((law, number), ())


@lru_cache(maxsize=2)
def citations(index: Index) -> Citations:
    """Read once for an index."""
    catalog = load_catalog()
    found: dict[tuple[str, ArticleNumber], list[Citation]] = {}
    names: dict[str, str] = {}
    for entry in index.entries:
        for source, place, earlier in _sources(entry):
            law = catalog.name(source.title)
            articles = articles_in(source.article)
            if articles:
                names[normalise(law)] = law
            for number in articles:
                rank = place * 10 + min(len(articles), 9)
                found.setdefault((law, number), []).append(Citation(entry, source, rank, earlier))
    return Citations({key: tuple(_ordered(held)) for key, held in found.items()}, {**names, **catalog.names})


def _sources(entry: Entry) -> Iterable[tuple[Source, int, bool]]:
    yield from ((source, place, False) for place, source in enumerate(entry.sources))
    for before in entry.earlier:
        yield from ((source, place, True) for place, source in enumerate(before.sources))


def _ordered(held: Iterable[Citation]) -> list[Citation]:
    """Best first; of an entry that cites the article twice, the better citation."""
    best: dict[str, Citation] = {}
    for citation in sorted(held, key=lambda citation: (citation.earlier, citation.rank)):
        best.setdefault(citation.entry.id, citation)
    return list(best.values())
