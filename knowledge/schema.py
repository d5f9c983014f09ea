"""What a knowledge entry is: one question people ask, the reviewed answer, and where it is written.

Entries live in ``knowledge/content/<topic>.yaml``. Every file holds one topic; this module is the only
description of their shape, and loading refuses what does not fit it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

ANSWER_CHARS = 300
Audience = Literal["public", "worker", "officer"]
EntryId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(\.[a-z0-9]+(-[a-z0-9]+)*)$")]
Line = Annotated[str, Field(min_length=2, max_length=80)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Source(_Strict):
    """Where a fact is written.

    ``title`` is the law, standard or document without book-title marks; ``article`` its article as people cite it
    (第四十一条, 6.3.3) and empty where the whole document is meant. ``version`` is the date the text was adopted or
    last amended, ``in_force_from`` and ``in_force_to`` bound its validity (inclusive).
    """

    title: str = Field(min_length=2)
    article: str = ""
    version: date | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    issuer: str = Field(min_length=2)

    def cite(self) -> str:
        """The source in one line for a chat answer: 《安全生产法》第五十七条（2021年9月1日起施行）."""
        text = f"《{self.title}》{self.article}"
        if self.in_force_from:
            day = self.in_force_from
            text += f"（{day.year}年{day.month}月{day.day}日起施行）"
        return text


class Earlier(_Strict):
    """The answer that held until ``until`` (inclusive), where a rule changed."""

    until: date
    answer: str = Field(min_length=10, max_length=ANSWER_CHARS)
    sources: tuple[Source, ...] = Field(min_length=1)


class Entry(_Strict):
    """One question with its reviewed answer.

    ``answer`` is what the chat says: the point first, then what to do, then why; at most 300 characters.
    ``confirm`` marks what rests on common knowledge or local arrangement and waits for the office's confirmation.
    ``emergency`` marks answers to a danger that may be happening: the hotlines are said before anything else.
    ``phrasings`` are read and kept with the entry; ``variants`` are further ways people put the question, from
    ``knowledge/variants``: retrieval compares with them, nobody is shown them.
    """

    id: EntryId
    question: Line
    phrasings: tuple[Line, ...] = Field(min_length=5, max_length=12)
    variants: tuple[Line, ...] = ()
    answer: str = Field(min_length=10, max_length=ANSWER_CHARS)
    steps: tuple[str, ...] = ()
    detail: str = ""
    sources: tuple[Source, ...] = Field(min_length=1)
    audience: tuple[Audience, ...] = Field(min_length=1)
    related: tuple[EntryId, ...] = ()
    hotlines: tuple[str, ...] = ()
    emergency: bool = False
    confirm: bool = False
    earlier: tuple[Earlier, ...] = ()
    reviewed_by: str = ""
    reviewed_on: date | None = None

    @model_validator(mode="after")
    def _phrasings_differ(self) -> Entry:
        twice = [line for line, count in Counter(self.asked).items() if count > 1]
        if twice:
            raise ValueError(f"{self.id}: a phrasing stands twice: {'、'.join(twice)}")
        return self

    @property
    def asked(self) -> tuple[str, ...]:
        """Every way of asking it that is known, the entry's own question first."""
        return (self.question, *self.phrasings, *self.variants)

    @model_validator(mode="after")
    def _emergencies_have_numbers(self) -> Entry:
        if self.emergency and not self.hotlines:
            raise ValueError(f"{self.id}: an emergency entry needs its hotlines")
        return self


class Topic(_Strict):
    """One file of entries."""

    topic: str = Field(pattern=r"^[a-z]+$")
    name: str
    entries: tuple[Entry, ...]
