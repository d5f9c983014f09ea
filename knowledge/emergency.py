"""What is said to someone in danger: the numbers, the first safe step, and that we cannot call for them.

The words live in ``emergency.yaml``; loading refuses a text that is too long for a phone, that hides the sentence
「我们不能替您报警」 or that names a kind's hotlines wrongly.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

WORDING_FILE = Path(__file__).parent / "emergency.yaml"
TEXT_CHARS = 200
CANNOT_CALL = "我们不能替您报警"
CANNOT_CALL_WITHIN = 60

Text = Annotated[str, Field(min_length=5, max_length=TEXT_CHARS)]
Number = Annotated[str, Field(pattern=r"^[0-9]{3,12}$")]


class WordingError(ValueError):
    """``emergency.yaml`` does not fit; the message names kind and field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class KindWording(_Strict):
    """The words for one kind of emergency.

    ``now`` is said at once when it is happening, ``numbers`` stands before the answer to a question. ``hotlines`` are
    the numbers to show as buttons or on the duty officer's page, the most pressing first.
    """

    name: str
    hotlines: tuple[Number, ...] = Field(min_length=1)
    now: Text
    numbers: Text
    where: Text | None = None

    @model_validator(mode="after")
    def _says_what_it_must(self) -> KindWording:
        for text in (self.now, self.numbers):
            if CANNOT_CALL not in text[:CANNOT_CALL_WITHIN]:
                raise ValueError(f"{self.name}: {CANNOT_CALL} is not within the first {CANNOT_CALL_WITHIN} characters")
        missing = [number for number in self.hotlines if number not in self.now]
        if missing:
            raise ValueError(f"{self.name}: hotlines its text does not say: {', '.join(missing)}")
        return self


class Wording(_Strict):
    """All words for emergencies.

    ``received``: the place is known and the duty officers have been notified; it may be said only then.
    ``place_missing``: the reply to a request for the place named none. ``only_asked``: the writer said that nothing
    is happening.
    """

    where: Text
    ask: Text
    received: Text
    place_missing: Text
    only_asked: Text
    kinds: dict[str, KindWording]

    def first(self, kind: str) -> str:
        """Said at once when it is happening: what to do, then one question, the place."""
        words = self._of(kind)
        return f"{words.now}\n{words.where or self.where}"

    def alone(self, kind: str) -> str:
        """Said where nothing can be stored, so that nobody will be told: what to do, and no promise."""
        return self._of(kind).now

    def known(self, kind: str) -> str:
        """Said at once when it is happening and the place is already stated: what to do, and that it is received."""
        return f"{self._of(kind).now}\n位置收到，已通知值班员。"

    def unclear(self, kind: str) -> str:
        """Said when it may be happening: what to do if so, then one question, whether it is."""
        return f"{self._of(kind).now}\n{self.ask}"

    def numbers(self, kind: str) -> str:
        """The line that stands before the answer to a question."""
        return self._of(kind).numbers

    def hotlines(self, kind: str) -> tuple[str, ...]:
        """The numbers of a kind, the most pressing first."""
        return self._of(kind).hotlines

    def name(self, kind: str) -> str:
        """What people call the kind, for pages and for the text the duty officer reads out."""
        return self._of(kind).name

    def _of(self, kind: str) -> KindWording:
        """The kind's words; a kind without any gets those of a bare cry for help, so that nobody is left without."""
        return self.kinds.get(kind) or self.kinds["help"]

    @model_validator(mode="after")
    def _fits_a_phone(self) -> Wording:
        if "help" not in self.kinds:
            raise ValueError("kinds: help is missing")
        for kind in self.kinds:
            for text in (self.first(kind), self.known(kind), self.unclear(kind)):
                if len(text) > TEXT_CHARS:
                    raise ValueError(f"{kind}: {len(text)} characters, at most {TEXT_CHARS}")
        return self


@lru_cache(maxsize=1)
def load_wording() -> Wording:
    """The wording of ``emergency.yaml``. Raises WordingError where it does not fit."""
    try:
        return Wording.model_validate(yaml.safe_load(WORDING_FILE.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise WordingError(f"{WORDING_FILE.name}: {error}") from error
