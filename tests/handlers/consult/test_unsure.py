"""An answer that may not be the one that was meant: the others stand under it, and choosing one answers."""

from __future__ import annotations

from functools import lru_cache

from handlers.consult.answering import answering
from handlers.consult.publishing.records import ServedAnswer
from handlers.consult.records import ANSWERED, WAITING, ConsultQuestion
from knowledge.evaluation.evaluate import Kind, load_cases
from knowledge.schema import Entry
from tests.bot.front import ON_SQLITE, Front


@lru_cache(maxsize=1)
def unsure() -> tuple[str, Entry, tuple[Entry, ...]]:
    """A question, its answer and what else may be meant, as the knowledge base is today."""
    for case in load_cases():
        outcome = answering().outcome(case.question) if case.kind is Kind.ANSWERABLE else None
        if outcome is not None and outcome.entry is not None and outcome.choices:
            return case.question, outcome.entry, outcome.choices
    raise AssertionError("every answer is sure")


@ON_SQLITE
def test_the_others_stand_under_the_answer_and_can_be_chosen(front: Front) -> None:
    question, entry, others = unsure()
    said = front.say(question)
    assert entry.answer.strip()[:20] in said
    assert said.index("要是想问别的，回数字") > said.index(entry.answer.strip()[:20])
    assert all(other.question in said for other in others)
    assert said.endswith("没用”。")
    chosen = front.say("1")
    assert others[0].answer.strip()[:20] in chosen
    (row,) = front.rows(ConsultQuestion)
    assert (row.outcome, row.entry_id) == (ANSWERED, others[0].id)
    assert {served.entry_id for served in front.rows(ServedAnswer)} == {entry.id, others[0].id}


@ON_SQLITE
def test_the_answer_can_be_judged_without_choosing(front: Front) -> None:
    question, entry, _ = unsure()
    front.say(question)
    front.say("没用")
    (row,) = front.rows(ConsultQuestion)
    assert (row.queue, row.entry_id) == (WAITING, entry.id)
