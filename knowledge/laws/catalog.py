"""Names of laws as people say them, and which version of a law holds when; ``catalog.yaml``, reviewed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from knowledge.laws.parsing import short_name
from knowledge.text import normalise

CATALOG_FILE = Path(__file__).parent / "catalog.yaml"


class CatalogError(ValueError):
    """``catalog.yaml`` does not fit; the message names law and field."""


class _Written(BaseModel):
    """A law as the file has it. ``versions``: the day of adoption or amendment, and the day from which it held.
    ``ended``: its last day where it was repealed. ``articles``: how many the last version has, 0 where unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = ""
    also: tuple[str, ...] = ()
    versions: dict[date, date] = Field(default_factory=dict)
    ended: date | None = None
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """``day``: adopted or last amended. ``in_force_to`` is inclusive, None while no later version is known."""

    day: date
    in_force_from: date
    in_force_to: date | None


class Catalog:
    """Immutable. Names are compared as ``knowledge.text.normalise`` leaves them."""

    def __init__(self, laws: Mapping[str, _Written]) -> None:
        self._laws = laws
        self._names: dict[str, str] = {}
        for name, law in laws.items():
            for said in (name, *law.also):
                key = normalise(said)
                if self._names.setdefault(key, name) != name:
                    raise CatalogError(f"{said} names both {self._names[key]} and {name}")

    @property
    def names(self) -> Mapping[str, str]:
        """Every known way to say a law's name, normalised, and the name."""
        return self._names

    def name(self, said: str) -> str:
        """The law's name for a way to say it; what is not known comes back as it is, without 中华人民共和国."""
        short = short_name(said)
        return self._names.get(normalise(short), short)

    def issuer(self, name: str) -> str:
        """Who issued it; "" where unknown."""
        law = self._laws.get(name)
        return law.issuer if law else ""

    def articles(self, name: str) -> int:
        """How many articles its last version has; 0 where unknown."""
        law = self._laws.get(name)
        return law.articles if law else 0

    def versions(self, name: str) -> tuple[Version, ...]:
        """The versions known, oldest first."""
        law = self._laws.get(name)
        days = sorted(law.versions.items(), key=lambda pair: pair[1]) if law else []
        ends = [*(since - timedelta(days=1) for _, since in days[1:]), law.ended if law else None]
        return tuple(Version(day, since, end) for (day, since), end in zip(days, ends[: len(days)], strict=True))

    def version(self, name: str, day: date | None) -> Version | None:
        return next((version for version in self.versions(name) if version.day == day), None)

    def in_force(self, name: str, on: date) -> Version | None:
        """The version that held on a day; None where none is known to."""
        for version in reversed(self.versions(name)):
            if version.in_force_from <= on:
                return version if version.in_force_to is None or on <= version.in_force_to else None
        return None


@lru_cache(maxsize=1)
def load_catalog() -> Catalog:
    """The catalog in the tree. Raises CatalogError where it does not fit."""
    try:
        raw = yaml.safe_load(CATALOG_FILE.read_text(encoding="utf-8"))
        return Catalog(TypeAdapter(dict[str, _Written]).validate_python(raw))
    except (yaml.YAMLError, ValidationError) as error:
        raise CatalogError(f"{CATALOG_FILE.name}: {error}") from error
