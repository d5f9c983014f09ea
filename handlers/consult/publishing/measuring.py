"""The worker's part of an evaluation: what was asked for is measured. What is served is measured once for each state.

It gives way: most of its work, embedding the questions, is done once a process, and it pauses between its pieces, so
that messages leave and pages open meanwhile.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult

from bot import jobs
from bot.features import Job
from bot.ids import new_id
from bot.services import Services
from handlers.consult import vectors
from handlers.consult.publishing.evaluating import ANSWERED, ASKED_BACK, FIGURES, JOB, KINDS, SILENT, as_if_today
from handlers.consult.publishing.live import tree_entries
from handlers.consult.publishing.placing import Placing
from handlers.consult.publishing.records import (
    ASKED,
    DONE,
    FAILED,
    RUNNING,
    EntryVersion,
    EvaluationRun,
)
from handlers.consult.publishing.store import read_kept
from handlers.consult.publishing.versions import fingerprint_of_all, overlay
from knowledge.embedding import Embedder, Vector
from knowledge.evaluation.evaluate import Outcome, Report, evaluate, load_cases
from knowledge.index import Index
from knowledge.schema import Entry

log = structlog.get_logger(__name__)

AT_ONCE, PAUSE_S = 10, 0.1
ABANDONED_AFTER = timedelta(minutes=30)


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
        changed = as_if_today(version) if version is not None else None
    served = overlay(tree, published, today)
    if changed is None:
        return _values(served, _report(served, today, fresh=True), timed=True)
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


def _values(entries: Sequence[Entry], report: Report, *, timed: bool = False) -> dict[str, str]:
    names = {entry.id: entry.question for entry in entries}
    note = "" if vectors.embedder() is not None else "这台机器没有语义模型，按只比字词算的。"
    figures = {"before": {}, "after": _figures(report, timed), "note": note}
    failures = {"broken": [], "mended": [], "failures": [_failure(one, names) for one in report.failures]}
    return {
        "fingerprint": fingerprint_of_all(entries),
        "figures": json.dumps(figures),
        "failures": json.dumps(failures, ensure_ascii=False),
    }


class Remembering:
    """An embedder that embeds each question of the development set once a process: that is most of the work.

    ``fresh`` embeds again, so that what it takes can be timed.
    """

    def __init__(self, embedder: Embedder, fresh: bool) -> None:
        self._embedder, self._fresh = embedder, fresh

    def vector(self, question: str) -> Vector:
        if self._fresh or question not in _remembered:
            _remembered[question] = self._embedder.vector(question)
        return _remembered[question]

    def vectors(self, lines: Sequence[str], *, passages: bool = False) -> Vector:
        return self._embedder.vectors(lines, passages=passages)


_remembered: dict[str, Vector] = {}


def _report(entries: Sequence[Entry], today: date, *, fresh: bool = False) -> Report:
    """The figures; a case that names an entry which is not there is left out."""
    model = vectors.embedder()
    embedder = Remembering(model, fresh) if model is not None else None
    placing = Placing(tree_entries())
    placing.learn(placing.missing(entries))
    index = Index(entries, places=placing.places)
    cases = [case for case in load_cases() if all(entry in index.by_id for entry in case.entries)]
    outcomes: list[Outcome] = []
    for start in range(0, len(cases), AT_ONCE):
        part = cases[start : start + AT_ONCE]
        outcomes += evaluate(index, part, today, embedder).outcomes
        time.sleep(PAUSE_S)  # messages leave by the same worker
    return Report(today, tuple(outcomes))


def _figures(report: Report, timed: bool) -> dict[str, Any]:
    shares = {name: getattr(report, name) for name in FIGURES}
    return {
        **{name: [one.count, one.total] for name, one in shares.items()},
        "p99": report.latency_p99 if timed else None,
    }


def _failure(outcome: Outcome, names: Mapping[str, str]) -> dict[str, str]:
    offered = outcome.offered[:1] if outcome.answered else outcome.offered if outcome.chosen else ()
    verb = ANSWERED if outcome.answered else ASKED_BACK
    got = "、".join(names.get(one, one) for one in offered)
    return {
        "kind": KINDS[outcome.case.kind],
        "question": outcome.case.question,
        "wanted": "、".join(names.get(one, one) for one in outcome.case.entries) or "不作答",
        "got": f"{verb}：{got}" if got else SILENT,
    }


JOBS = (Job(JOB, run_asked, every_s=15),)
