"""The development set over what is served and over a change, so that who publishes sees what it would do.

Asked for on a page, done by the worker, kept in the database. What is served is measured once for each state of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import jobs
from bot.features import Job
from bot.ids import new_id
from bot.services import Services
from handlers.consult import vectors
from handlers.consult.publishing.live import tree_entries
from handlers.consult.publishing.records import ASKED, DONE, FAILED, HIDE, EntryVersion, EvaluationRun
from handlers.consult.publishing.store import read_kept
from handlers.consult.publishing.versions import Published, fingerprint_of_all, overlay, read_body
from knowledge.evaluation.evaluate import Case, Kind, Outcome, Report, evaluate, load_cases
from knowledge.index import Index
from knowledge.meaning import load_places
from knowledge.schema import Entry

if TYPE_CHECKING:
    from knowledge.embedding import Embedder

log = structlog.get_logger(__name__)

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
MOST_FAILURES = 400
_KINDS = {
    Kind.ANSWERABLE: "答得出的",
    Kind.OFF_TOPIC: "无关的",
    Kind.AMBIGUOUS: "含糊的",
    Kind.EMERGENCY: "险情",
    Kind.INJECTION: "套话",
}


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
    """A run as a page shows it. ``state``: asked, done, failed. ``broken`` fail since the change, ``mended`` did."""

    id: str
    state: str
    lines: tuple[Line, ...] = ()
    broken: tuple[Failure, ...] = ()
    mended: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()
    note: str = ""

    @property
    def waiting(self) -> bool:
        return self.state == ASKED


def ask(services: Services, version_id: str, by: str) -> None:
    """Have it measured, unless it is being; ``version_id`` "" for what is served."""
    with services.database.begin() as session:
        there = latest(session, version_id)
        if there is None or there.state != ASKED:
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


def compared(run: EvaluationRun | None) -> Measured | None:
    """A run for a page; None where nobody asked for one."""
    if run is None:
        return None
    if run.state != DONE:
        return Measured(run.id, run.state)
    figures = json.loads(run.figures)
    before, after = figures["before"], figures["after"]
    lines = [_line(name, before.get(name), after[name]) for name in FIGURES]
    lines.append(Line("用时，100题里99题在", _ms(before.get("p99")), _ms(after["p99"])))
    told = {name: tuple(Failure(**one) for one in found) for name, found in json.loads(run.failures).items()}
    return Measured(run.id, run.state, tuple(lines), note=figures["note"], **told)


# -- the worker's part ------------------------------------------------------------------------------------------------


def run_asked(services: Services) -> int:
    """Measure what was asked for; how many runs were done."""
    with services.database.reading() as session:
        ids = session.scalars(
            select(EvaluationRun.id).where(EvaluationRun.state == ASKED).order_by(EvaluationRun.asked_at)
        ).all()
    for run_id in ids:
        if jobs.stopping():
            break
        _run(services, run_id)
    return len(ids)


def _run(services: Services, run_id: str) -> None:
    today = services.clock.today()
    try:
        with services.database.reading() as session:
            run = session.get_one(EvaluationRun, run_id)
            published = read_kept(session).published
            version = session.get(EntryVersion, run.version_id) if run.version_id else None
            changed = _changed(version) if version is not None else None
        values = _measure(published, changed, today, vectors.embedder())
        state = DONE
    except ValueError as error:
        log.warning("knowledge.unmeasured", error=type(error).__name__)
        values, state = {}, FAILED
    with services.database.begin() as session:
        run = session.get_one(EvaluationRun, run_id)
        run.state, run.done_at = state, services.clock.now()
        for name, value in values.items():
            setattr(run, name, value)


def _changed(version: EntryVersion) -> Published:
    """The version as if it held today, over all others."""
    entry = None if version.kind == HIDE else read_body(version.body)
    return Published(version.entry_id, 2**31, entry)


def _measure(
    published: Sequence[Published], changed: Published | None, today: date, embedder: Embedder | None
) -> dict[str, str]:
    tree = tuple(tree_entries().values())
    served = overlay(tree, published, today)
    after = overlay(tree, (*published, changed), today) if changed is not None else served
    cases = load_cases()
    now = _report(served, cases, today, embedder)
    then = _report(after, cases, today, embedder) if changed is not None else now
    failed = {outcome.case.question: outcome for outcome in now.failures}
    fails = {outcome.case.question: outcome for outcome in then.failures}
    names = {entry.id: entry.question for entry in (*served, *after)}
    note = "" if embedder is not None else "这台机器没有语义模型，按只比字词算的。"
    return {
        "fingerprint": fingerprint_of_all(after),
        "figures": json.dumps({"before": _figures(now) if changed else {}, "after": _figures(then), "note": note}),
        "failures": json.dumps(
            {
                "broken": [_failure(one, names) for question, one in fails.items() if question not in failed],
                "mended": [_failure(one, names) for question, one in failed.items() if question not in fails],
                "failures": [] if changed else [_failure(one, names) for one in then.failures[:MOST_FAILURES]],
            },
            ensure_ascii=False,
        ),
    }


def _report(entries: Sequence[Entry], cases: Sequence[Case], today: date, embedder: Embedder | None) -> Report:
    """The figures; a case that names an entry which is not served is left out."""
    index = Index(entries, places=load_places(), embedder=embedder)
    asked = [case for case in cases if all(entry in index.by_id for entry in case.entries)]
    return evaluate(index, asked, today, embedder)


def _figures(report: Report) -> dict[str, Any]:
    shares = {name: getattr(report, name) for name in FIGURES}
    return {**{name: [one.count, one.total] for name, one in shares.items()}, "p99": report.latency_p99}


def _failure(outcome: Outcome, names: Mapping[str, str]) -> dict[str, str]:
    offered = outcome.offered[:1] if outcome.answered else outcome.offered if outcome.chosen else ()
    verb = "答了" if outcome.answered else "反问"
    got = "、".join(names.get(one, one) for one in offered)
    return {
        "kind": _KINDS[outcome.case.kind],
        "question": outcome.case.question,
        "wanted": "、".join(names.get(one, one) for one in outcome.case.entries) or "不作答",
        "got": f"{verb}：{got}" if got else "没有作答",
    }


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


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.1f}毫秒"


JOBS = (Job(JOB, run_asked, every_s=15),)
