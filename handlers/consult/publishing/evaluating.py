"""The development set over what is served and over a change, so that who publishes sees what it would do.

Asked for on a page, done by the worker (see ``measuring``), kept in the database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import jobs
from bot.ids import new_id
from bot.services import Services
from handlers.consult.publishing.live import tree_entries
from handlers.consult.publishing.records import (
    ASKED,
    DONE,
    DRAFT,
    HIDE,
    PROPOSED,
    RUNNING,
    EntryVersion,
    EvaluationRun,
)
from handlers.consult.publishing.store import read_kept
from handlers.consult.publishing.versions import Published, fingerprint_of_all, overlay, read_body
from knowledge.evaluation.evaluate import Kind

JOB = "consult.evaluate"
FIGURES: Mapping[str, tuple[str, bool]] = {
    "pass_at_1": ("答得出的题：直接答对", True),
    "right_at_3": ("答得出的题：前三个里有对的", True),
    "wrong_answers": ("答得出的题：直接答错", False),
    "coverage": ("答得出的题：有答案或选项", True),
    "false_answers": ("无关的题：误答", False),
    "ambiguous_clarified": ("含糊的题：反问或答对", True),
    "emergency_right": ("正在发生的险情：给出了对的", True),
    "injection_answered": ("套话：误答", False),
}
"""Name of a figure → its words, and whether more is better."""
KINDS = {
    Kind.EMERGENCY: "险情",
    Kind.ANSWERABLE: "答得出的",
    Kind.AMBIGUOUS: "含糊的",
    Kind.OFF_TOPIC: "无关的",
    Kind.INJECTION: "套话",
}
"""Kind → its words, what matters most first."""
ANSWERED, ASKED_BACK, SILENT = "答了", "反问", "没有作答"
_WORST_FIRST = (ANSWERED, ASKED_BACK, SILENT)


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that did not get what it should, in words for staff."""

    kind: str
    question: str
    wanted: str
    got: str


@dataclass(frozen=True, slots=True)
class Line:
    """A figure before and after, as percentages; ``worse`` and ``better`` say how it changed."""

    label: str
    before: str
    after: str
    worse: bool = False
    better: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A run as a page shows it. ``state``: asked, running, done, failed. ``broken`` questions fail with the change,
    ``mended`` ones no more. ``stale``: what it measured has changed since."""

    id: str
    state: str
    lines: tuple[Line, ...] = ()
    broken: tuple[Failure, ...] = ()
    mended: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()
    note: str = ""
    stale: bool = False

    @property
    def by_kind(self) -> Sequence[tuple[str, Sequence[Failure]]]:
        """What failed, the kinds that matter most first, of each what was answered wrongly before what was not."""
        order = [(kind, [one for one in self.failures if one.kind == kind]) for kind in KINDS.values()]
        return [(kind, sorted(found, key=_badness)) for kind, found in order if found]

    @property
    def waiting(self) -> bool:
        return self.state in {ASKED, RUNNING}


def ask(services: Services, version_id: str, by: str) -> None:
    """Have it measured, unless it is being; ``version_id`` "" for what is served."""
    with services.database.begin() as session:
        there = latest(session, version_id)
        if there is None or there.state not in {ASKED, RUNNING}:
            session.add(EvaluationRun(id=new_id(), version_id=version_id, asked_by=by, asked_at=services.clock.now()))
    jobs.enqueue(services, JOB)


def latest(session: Session, version_id: str) -> EvaluationRun | None:
    """The newest run for a version, or of what is served."""
    return session.scalar(
        select(EvaluationRun)
        .where(EvaluationRun.version_id == version_id)
        .order_by(EvaluationRun.asked_at.desc(), EvaluationRun.id.desc())
        .limit(1)
    )


def latest_done(session: Session, version_id: str) -> EvaluationRun | None:
    """The newest run that ended well."""
    return session.scalar(
        select(EvaluationRun)
        .where(EvaluationRun.version_id == version_id, EvaluationRun.state == DONE)
        .order_by(EvaluationRun.done_at.desc())
        .limit(1)
    )


def compared(session: Session, run: EvaluationRun | None, today: date) -> Measured | None:
    """A run for a page; None where nobody asked for one."""
    if run is None:
        return None
    if run.state != DONE:
        return Measured(run.id, run.state)
    figures = json.loads(run.figures)
    before, after = figures["before"], figures["after"]
    lines = [_line(name, before.get(name), after[name]) for name in FIGURES]
    if not before and after["p99"] is not None:
        lines.append(Line("一题用时（100题里99题在这以内，和别的活一起跑的）", "", f"{after['p99'] * 1000:.0f}毫秒"))
    told = {name: tuple(Failure(**one) for one in found) for name, found in json.loads(run.failures).items()}
    stale = run.fingerprint != _present(session, run, today)
    return Measured(run.id, run.state, tuple(lines), note=figures["note"], stale=stale, **told)


def _present(session: Session, run: EvaluationRun, today: date) -> str:
    """The fingerprint of what the run would measure now; "" where its version would not be measured any more."""
    tree, published = tuple(tree_entries().values()), read_kept(session).published
    version = session.get(EntryVersion, run.version_id) if run.version_id else None
    if version is None:
        return fingerprint_of_all(overlay(tree, published, today))
    if version.state not in (DRAFT, PROPOSED):
        return run.fingerprint
    try:
        return fingerprint_of_all(overlay(tree, (*published, as_if_today(version)), today))
    except ValueError:
        return ""


def _badness(failure: Failure) -> tuple[int, str]:
    verb = next((number for number, verb in enumerate(_WORST_FIRST) if failure.got.startswith(verb)), 0)
    return verb, failure.question


def as_if_today(version: EntryVersion) -> Published:
    """The version as if it held today, over all others."""
    entry = None if version.kind == HIDE else read_body(version.body)
    return Published(version.entry_id, 2**31, entry)


def _line(name: str, before: Sequence[int] | None, after: Sequence[int]) -> Line:
    label, more_is_better = FIGURES[name]
    if before is None:
        return Line(label, "", _percent(after))
    change = _share(after) - _share(before)
    if not more_is_better:
        change = -change
    return Line(label, _percent(before), _percent(after), worse=change < -1e-9, better=change > 1e-9)


def _share(figure: Sequence[int]) -> float:
    count, total = figure
    return count / total if total else 0.0


def _percent(figure: Sequence[int]) -> str:
    count, total = figure
    return f"{100 * _share(figure):.1f}%（{count}/{total}）"
