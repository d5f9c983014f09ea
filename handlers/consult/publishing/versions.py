"""Which wording of each entry holds on a day. Rules alone: no database, no clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256

from pydantic import ValidationError

from knowledge.schema import Entry

NOT_WRITTEN = frozenset({"variants"})
"""Fields that are no part of a version: they stand in the tree alone and are kept from there."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published version as the rules see it; ``entry`` is None where it hides the one in the tree."""

    entry_id: str
    number: int
    entry: Entry | None
    first: date | None = None
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def body_of(entry: Entry) -> str:
    """An entry's own fields as they are stored: JSON, defaults left out, in the schema's order."""
    fields = entry.model_dump(mode="json", exclude_defaults=True, exclude=set(NOT_WRITTEN))
    return json.dumps(fields, ensure_ascii=False)


def fingerprint(entry: Entry | None) -> str:
    """64 characters that differ where anything written in the entry differs; "" for no entry."""
    return "" if entry is None else sha256(body_of(entry).encode()).hexdigest()


def fingerprint_of_all(entries: Iterable[Entry]) -> str:
    """The same of many entries and their order."""
    whole = sha256()
    for entry in entries:
        whole.update(body_of(entry).encode())
    return whole.hexdigest()


@lru_cache(maxsize=2048)
def read_body(body: str) -> Entry:
    """The entry of a stored body. Raises ValueError where it does not fit the schema (a newer one may ask for more)."""
    try:
        return Entry.model_validate(json.loads(body))
    except ValidationError as error:
        raise ValueError(f"{error.error_count()} fields do not fit") from error


def holding(published: Iterable[Published], day: date) -> dict[str, Published]:
    """For each entry the version that holds on ``day``: of those whose days it is, the one with the highest number."""
    found: dict[str, Published] = {}
    for version in published:
        if version.holds_on(day) and (version.entry_id not in found or found[version.entry_id].number < version.number):
            found[version.entry_id] = version
    return found


def overlay(tree: Sequence[Entry], published: Iterable[Published], day: date) -> tuple[Entry, ...]:
    """The entries that are served on ``day``: the tree's in their order, with what was published put over them, then
    those that the tree does not have."""
    over = holding(published, day)
    known = {entry.id for entry in tree}
    served = [over[entry.id].entry if entry.id in over else entry for entry in tree]
    served = [_with_tree_fields(entry, old) for entry, old in zip(served, tree, strict=True)]
    new = [version.entry for entry_id, version in sorted(over.items()) if entry_id not in known]
    return tuple(entry for entry in (*served, *new) if entry is not None)


def next_change(published: Iterable[Published], day: date) -> date | None:
    """The next day after ``day`` on which another version may hold."""
    edges = [version.first for version in published if version.first and version.first > day]
    edges += [date.fromordinal(v.last.toordinal() + 1) for v in published if v.last and v.last >= day]
    return min(edges, default=None)


def superseded(published: Sequence[Published], by: Published, day: date) -> list[int]:
    """Numbers of versions of the same entry that can never be served again once ``by`` is published on ``day``."""
    if by.last is not None or (by.first is not None and by.first > day):
        return []
    return [one.number for one in published if one.entry_id == by.entry_id and one.number < by.number]


def _with_tree_fields(entry: Entry | None, old: Entry) -> Entry | None:
    """A published wording with the tree's variants, less those that it says itself."""
    if entry is None or entry is old or not old.variants:
        return entry
    said = {entry.question, *entry.phrasings}
    return entry.model_copy(update={"variants": tuple(line for line in old.variants if line not in said)})
