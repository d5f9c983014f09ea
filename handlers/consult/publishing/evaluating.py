"""The development set over what is served and over a change, so that who publishes sees what it would do.

Asked for on a page, done by the worker, kept in the database. What is served is measured once for each state of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot import jobs
from bot.features import Job
from bot.ids import new_id
from bot.services import Services
from handlers.consult import vectors
from handlers.consult.publishing.live import tree_entries
from handlers.consult.publishing.placing import Placing
from handlers.consult.publishing.records import (
    ASKED,
    DONE,
    FAILED,
    HIDE,
    RUNNING,
    EntryVersion,
    EvaluationRun,
)
from handlers.consult.publishing.store import read_kept
from handlers.consult.publishing.versions import Published, fingerprint_of_all, overlay, read_body
from knowledge.evaluation.evaluate import Kind, Outcome, Report, evaluate, load_cases
from knowledge.index import Index
from knowledge.schema import Entry

log = structlog.get_logger(__name__)

JOB = "consult.evaluate"
AT_ONCE, PAUSE_S = 10, 0.1
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
ABANDONED_AFTER = timedelta(minutes=30)
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
    """A run as a page shows it. ``state``: asked, running, done, failed. ``broken`` questions fail with the change,
    ``mended`` ones no more."""

    id: str
    state: str
    lines: tuple[Line, ...] = ()
    broken: tuple[Failure, ...] = ()
    mended: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()
    note: str = ""

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


def compared(run: EvaluationRun | None) -> Measured | None:
    """A run for a page; None where nobody asked for one."""
    if run is None:
        return None
    if run.state != DONE:
        return Measured(run.id, run.state)
    figures = json.loads(run.figures)
    before, after = figures["before"], figures["after"]
    lines = [_line(name, before.get(name), after[name]) for name in FIGURES]
    if not before:
        lines.append(Line("一题用时（100题里99题在这以内，和别的活一起跑的）", "", f"{after['p99'] * 1000:.0f}毫秒"))
    told = {name: tuple(Failure(**one) for one in found) for name, found in json.loads(run.failures).items()}
    return Measured(run.id, run.state, tuple(lines), note=figures["note"], **told)


# -- the worker's part ------------------------------------------------------------------------------------------------


def run_asked(services: Services) -> int:
    """Measure what was asked for; how many runs were done."""
    done = 0
    while not jobs.stopping() and (run_id := _claim(services)) is not None:
        _run(services, run_id)
        done += 1
    return done


def _claim(services: Services) -> str | None:
    """The next run, for this worker alone; None when there is none."""
    now = services.clock.now()
    left = (EvaluationRun.state == RUNNING) & (EvaluationRun.begun_at < now - ABANDONED_AFTER)
    open_ = (EvaluationRun.state == ASKED) | left
    with services.database.begin() as session:
        run_id = session.scalar(select(EvaluationRun.id).where(open_).order_by(EvaluationRun.asked_at).limit(1))
        if run_id is None:
            return None
        taken = session.execute(
            update(EvaluationRun).where(EvaluationRun.id == run_id, open_).values(state=RUNNING, begun_at=now)
        )
        return run_id if isinstance(taken, CursorResult) and taken.rowcount == 1 else None


def _run(services: Services, run_id: str) -> None:
    try:
        values, state = _measured(services, run_id), DONE
    except ValueError as error:
        log.warning("knowledge.unmeasured", error=type(error).__name__)
        values, state = {}, FAILED
    with services.database.begin() as session:
        session.execute(
            update(EvaluationRun)
            .where(EvaluationRun.id == run_id)
            .values(state=state, done_at=services.clock.now(), **values)
        )


def _measured(services: Services, run_id: str) -> dict[str, str]:
    """What a run found, as its row keeps it. Raises ValueError for a version that does not fit the schema."""
    today, tree = services.clock.today(), tuple(tree_entries().values())
    with services.database.reading() as session:
        run = session.get_one(EvaluationRun, run_id)
        published = read_kept(session).published
        version = session.get(EntryVersion, run.version_id) if run.version_id else None
        changed = _changed(version) if version is not None else None
    served = overlay(tree, published, today)
    if changed is None:
        return _values(served, _report(served, today))
    before = _of_what_is_served(services, run, served, today)
    after = overlay(tree, (*published, changed), today)
    report = _report(after, today)
    values = _values(after, report)
    failed = {one["question"]: one for one in json.loads(before["failures"])["failures"]}
    fails = {one["question"]: one for one in json.loads(values["failures"])["failures"]}
    told = {
        "broken": [one for question, one in fails.items() if question not in failed],
        "mended": [one for question, one in failed.items() if question not in fails],
        "failures": [],
    }
    figures = {**json.loads(values["figures"]), "before": json.loads(before["figures"])["after"]}
    return {**values, "figures": json.dumps(figures), "failures": json.dumps(told, ensure_ascii=False)}


def _of_what_is_served(
    services: Services, run: EvaluationRun, served: Sequence[Entry], today: date
) -> Mapping[str, str]:
    """The figures of what is served: measured before, or now and kept for the page."""
    print_ = fingerprint_of_all(served)
    with services.database.reading() as session:
        kept = session.scalar(
            select(EvaluationRun)
            .where(EvaluationRun.version_id == "", EvaluationRun.state == DONE, EvaluationRun.fingerprint == print_)
            .order_by(EvaluationRun.done_at.desc())
            .limit(1)
        )
    if kept is not None:
        return {"figures": kept.figures, "failures": kept.failures}
    values, now = _values(served, _report(served, today)), services.clock.now()
    with services.database.begin() as session:
        session.add(
            EvaluationRun(
                id=new_id(), state=DONE, asked_by=run.asked_by, asked_at=now, begun_at=now, done_at=now, **values
            )
        )
    return values


def _changed(version: EntryVersion) -> Published:
    """The version as if it held today, over all others."""
    entry = None if version.kind == HIDE else read_body(version.body)
    return Published(version.entry_id, 2**31, entry)


def _values(entries: Sequence[Entry], report: Report) -> dict[str, str]:
    names = {entry.id: entry.question for entry in entries}
    note = "" if vectors.embedder() is not None else "这台机器没有语义模型，按只比字词算的。"
    figures = {"before": {}, "after": _figures(report), "note": note}
    failures = {"broken": [], "mended": [], "failures": [_failure(one, names) for one in report.failures]}
    return {
        "fingerprint": fingerprint_of_all(entries),
        "figures": json.dumps(figures),
        "failures": json.dumps(failures, ensure_ascii=False),
    }


def _report(entries: Sequence[Entry], today: date) -> Report:
    """The figures; a case that names an entry which is not there is left out."""
    placing = Placing(tree_entries())
    placing.learn(placing.missing(entries))
    index = Index(entries, places=placing.places)
    cases = [case for case in load_cases() if all(entry in index.by_id for entry in case.entries)]
    outcomes: list[Outcome] = []
    for start in range(0, len(cases), AT_ONCE):
        part = cases[start : start + AT_ONCE]
        outcomes += evaluate(index, part, today, vectors.embedder()).outcomes
        time.sleep(PAUSE_S)  # messages leave by the same worker
    return Report(today, tuple(outcomes))


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


JOBS = (Job(JOB, run_asked, every_s=15),)
