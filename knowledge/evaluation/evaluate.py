"""Measures an index on a set of cases: how often it answers rightly, and how often where it should have kept quiet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from knowledge.embedding import Embedder
from knowledge.index import Band, Index, wording
from knowledge.schema import EntryId

HERE = Path(__file__).parent
DEVELOPMENT = tuple(sorted(HERE.glob("development*.yaml")))
HELD_OUT = HERE / "held_out.yaml"
OFFERED = 3


class CaseError(ValueError):
    """A set of cases does not fit; the message names the file and the question."""


class Kind(Enum):
    """What should become of a question."""

    ANSWERABLE = "answerable"
    OFF_TOPIC = "off_topic"
    AMBIGUOUS = "ambiguous"
    EMERGENCY = "emergency"
    INJECTION = "injection"


# How many entries a case of a kind may name.
_ENTRIES: dict[Kind, range] = {
    Kind.ANSWERABLE: range(1, 4),
    Kind.OFF_TOPIC: range(1),
    Kind.AMBIGUOUS: range(2, 4),
    Kind.EMERGENCY: range(4),
    Kind.INJECTION: range(4),
}


class Case(BaseModel):
    """One question as somebody would type or say it, and the entries that would be right.

    ``entries``: each of them answers an answerable or emergency question; for an ambiguous one they are the choices to
    offer; for an injection they are the answers that do no harm. ``note`` says how it was said or why it is hard.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Annotated[str, Field(min_length=1)]
    kind: Kind
    entries: tuple[EntryId, ...]
    note: str = ""

    @model_validator(mode="after")
    def _names_as_many_entries_as_its_kind_needs(self) -> Case:
        allowed = _ENTRIES[self.kind]
        if len(self.entries) not in allowed:
            wanted = f"{allowed.start} to {allowed.stop - 1}"
            raise ValueError(f"{self.question}: {self.kind.value} names {wanted} entries, not {len(self.entries)}")
        if len(set(self.entries)) != len(self.entries):
            raise ValueError(f"{self.question}: an entry stands twice")
        return self


_CASES = TypeAdapter(tuple[Case, ...])


def load_cases(*paths: Path) -> tuple[Case, ...]:
    """The cases in ``paths``, by default the development set's, in their order.

    Raises CaseError for a file that does not fit or a question asked twice.
    """
    cases = tuple(case for path in paths or DEVELOPMENT for case in _read(path))
    twice = [question for question, count in Counter(case.question for case in cases).items() if count > 1]
    if twice:
        names = "、".join(path.name for path in paths or DEVELOPMENT)
        raise CaseError(f"{names}: questions that stand twice: {'、'.join(twice)}")
    return cases


def _read(path: Path) -> tuple[Case, ...]:
    try:
        return _CASES.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise CaseError(f"{path.name}: {error}") from error


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the index did with one case.

    ``offered``: ids of the entries it came up with, best first, at most three; shown to nobody where the band is
    DECLINE. ``confidence`` is that of the first, 0 without one. ``superseded``: the answer given is an earlier wording,
    which held on the day of the evaluation. ``seconds`` is the time from the question to the words of the answer.
    """

    case: Case
    band: Band
    offered: tuple[str, ...]
    confidence: float
    superseded: bool
    seconds: float

    @property
    def answered(self) -> bool:
        return self.band in {Band.ANSWER, Band.LIKELY}

    @property
    def chosen(self) -> bool:
        return self.band is Band.CHOOSE

    @property
    def first_right(self) -> bool:
        """It answered, and with a right entry."""
        return self.answered and self.offered[0] in self.case.entries

    @property
    def shown_right(self) -> bool:
        """A right entry is the answer or among the choices; the list beside an answer does not count."""
        offers = self.chosen or self.band is Band.LIKELY
        return self.first_right or (offers and any(entry in self.case.entries for entry in self.offered))

    @property
    def found_right(self) -> bool:
        """A right entry is among the first three of what was not declined, beside a wrong answer too."""
        return self.band is not Band.DECLINE and any(entry in self.case.entries for entry in self.offered)

    @property
    def failed(self) -> bool:
        """It did what the case's kind should never get, or missed what it should."""
        match self.case.kind:
            case Kind.ANSWERABLE:
                return not self.first_right
            case Kind.AMBIGUOUS:
                return not self.shown_right
            case Kind.OFF_TOPIC:
                return self.band is not Band.DECLINE
            case Kind.INJECTION:
                return self.answered and not self.first_right
            case Kind.EMERGENCY:
                return bool(self.case.entries) and not self.shown_right


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """From 0 to 1; 0 where there is nothing to count."""
        return self.count / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.value:6.1%} ({self.count}/{self.total})"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures over all outcomes on the day ``as_of``."""

    as_of: date
    outcomes: tuple[Outcome, ...]

    @property
    def pass_at_1(self) -> Share:
        """Answerable questions that were answered, and rightly."""
        return self._share(Kind.ANSWERABLE, lambda outcome: outcome.first_right)

    @property
    def right_at_3(self) -> Share:
        """Answerable questions with a right entry among the first three of an answer or choices."""
        return self._share(Kind.ANSWERABLE, lambda outcome: outcome.found_right)

    @property
    def wrong_answers(self) -> Share:
        """Answerable questions answered with a wrong entry: the failure that must not happen."""
        return self._share(Kind.ANSWERABLE, lambda outcome: outcome.answered and not outcome.first_right)

    @property
    def coverage(self) -> Share:
        """Answerable questions that got an answer or choices, right or not."""
        return self._share(Kind.ANSWERABLE, lambda outcome: outcome.band is not Band.DECLINE)

    @property
    def false_answers(self) -> Share:
        """Off-topic questions that were answered."""
        return self._share(Kind.OFF_TOPIC, lambda outcome: outcome.answered)

    @property
    def off_topic_choices(self) -> Share:
        """Off-topic questions that got choices."""
        return self._share(Kind.OFF_TOPIC, lambda outcome: outcome.chosen)

    @property
    def ambiguous_clarified(self) -> Share:
        """Ambiguous questions that got choices, alone or beside an answer, or a right entry as the answer."""
        return self._share(
            Kind.AMBIGUOUS, lambda outcome: outcome.chosen or outcome.band is Band.LIKELY or outcome.first_right
        )

    @property
    def likely(self) -> Share:
        """Answerable questions answered with other choices besides."""
        return self._share(Kind.ANSWERABLE, lambda outcome: outcome.band is Band.LIKELY)

    @property
    def ambiguous_right(self) -> Share:
        """Ambiguous questions where one of the right entries was shown, as the answer or among the choices."""
        return self._share(Kind.AMBIGUOUS, lambda outcome: outcome.shown_right)

    @property
    def emergency_right(self) -> Share:
        """Emergencies where a right entry was shown, had nothing caught them before retrieval."""
        return self._share(Kind.EMERGENCY, lambda outcome: outcome.shown_right, lambda case: bool(case.entries))

    @property
    def injection_answered(self) -> Share:
        """Injections answered with an entry that is not a harmless answer to them."""
        return self._share(Kind.INJECTION, lambda outcome: outcome.failed)

    @property
    def superseded(self) -> int:
        """How many of all answers were an earlier wording, because the rule had not changed yet on ``as_of``."""
        return sum(outcome.answered and outcome.superseded for outcome in self.outcomes)

    @property
    def latency_median(self) -> float:
        """Seconds."""
        return median(outcome.seconds for outcome in self.outcomes) if self.outcomes else 0.0

    @property
    def latency_p99(self) -> float:
        """Seconds that 99 of 100 questions did not exceed."""
        ordered = sorted(outcome.seconds for outcome in self.outcomes)
        return ordered[math.ceil(0.99 * len(ordered)) - 1] if ordered else 0.0

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.failed)

    def text(self, failures: bool = True) -> str:
        """The figures one a line, then each failure on its own line."""
        lines = [
            f"评测日期 {self.as_of}，共 {len(self.outcomes)} 题",
            f"答得出的题：直接答对        {self.pass_at_1}",
            f"答得出的题：前三里有对的    {self.right_at_3}",
            f"答得出的题：直接答错        {self.wrong_answers}",
            f"答得出的题：附了别的选项    {self.likely}",
            f"答得出的题：有答案或选项    {self.coverage}",
            f"无关的题：误答              {self.false_answers}",
            f"无关的题：给了选项          {self.off_topic_choices}",
            f"含糊的题：反问或答对        {self.ambiguous_clarified}",
            f"含糊的题：给出了对的        {self.ambiguous_right}",
            f"正在发生的险情：给出了对的  {self.emergency_right}",
            f"套话：误答                  {self.injection_answered}",
            f"按旧规定作答 {self.superseded} 题",
            f"用时：中位 {self.latency_median * 1000:.2f} 毫秒，99% 在 {self.latency_p99 * 1000:.2f} 毫秒内",
        ]
        if failures:
            lines += ["", f"没过的题 {len(self.failures)} 道", *(_failure_line(outcome) for outcome in self.failures)]
        return "\n".join(lines)

    def _share(
        self, kind: Kind, hit: Callable[[Outcome], bool], counts: Callable[[Case], bool] = lambda case: True
    ) -> Share:
        asked = [outcome for outcome in self.outcomes if outcome.case.kind is kind and counts(outcome.case)]
        return Share(sum(map(hit, asked)), len(asked))


def evaluate(index: Index, cases: Iterable[Case], as_of: date, embedder: Embedder | None = None) -> Report:
    """Asks ``index`` every case's question as on the day ``as_of``; by meaning too where there is an ``embedder``.

    Raises CaseError where a case names an entry the index does not have.
    """
    cases = tuple(cases)
    lost = sorted({entry for case in cases for entry in case.entries if entry not in index.by_id})
    if lost:
        raise CaseError(f"entries that do not exist: {', '.join(lost)}")
    return Report(as_of, tuple(_ask(index, case, as_of, embedder) for case in cases))


def _ask(index: Index, case: Case, as_of: date, embedder: Embedder | None) -> Outcome:
    start = perf_counter()
    vector = embedder.vector(index.plain(case.question)) if embedder else None
    found = index.find(case.question, OFFERED, vector)
    superseded = found.band in {Band.ANSWER, Band.LIKELY} and wording(found.candidates[0].entry, as_of).outdated
    seconds = perf_counter() - start
    offered = tuple(candidate.entry.id for candidate in found.candidates[:OFFERED])
    confidence = found.candidates[0].confidence if found.candidates else 0.0
    return Outcome(case, found.band, offered, confidence, superseded, seconds)


def _failure_line(outcome: Outcome) -> str:
    wanted = _ids(outcome.case.entries) or "不作答"
    return (
        f"{outcome.case.kind.value} {outcome.band.value} {outcome.confidence:.2f} {outcome.case.question}"
        f"  应为 {wanted}；得到 {_ids(outcome.offered) or '无'}"
    )


def _ids(entries: Sequence[str]) -> str:
    return "、".join(entries)
