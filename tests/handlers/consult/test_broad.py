"""Words too few for one answer: choices or a question back, in rules and in conversation."""

from __future__ import annotations

import pytest

from handlers.consult.answering import answering
from handlers.consult.broad import asks_of_nothing, too_broad
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED
from knowledge.evaluation.evaluate import Kind, load_cases
from tests.bot.front import ON_SQLITE, Front
from tests.knowledge.embedding import needs_embedder

BARE = (
    "罚多少",
    "要不要证",
    "几米",
    "怎么办",
    "多久一次",
    "能不能干",
    "找谁",
    "赔多少",
    "合格吗",
    "要验收吗",
    "违法吗",
    "哪里办",
)
TOPICS = (
    "塔吊的事",
    "工伤那些事",
    "培训的事",
    "热水器的问题",
    "许可证怎么说",
    "安全带那个",
    "保险的事我想问问清楚",
    "台风天要注意什么呢",
)


@pytest.mark.parametrize("text", [*BARE, *TOPICS])
def test_they_are_not_answered(text: str) -> None:
    outcome = answering().outcome(text)
    assert outcome.kind == CLARIFIED or (outcome.kind == DECLINED and outcome.vague), text


@pytest.mark.parametrize("text", ["触电急救", "中暑急救", "高处作业要系安全带吗", "灭火器怎么用", "四不伤害"])
def test_what_names_one_thing_is_answered(text: str) -> None:
    assert answering().outcome(text).kind == ANSWERED


def test_rules_alone() -> None:
    entry = next(entry for entry in answering().entries if not entry.emergency and len(entry.question) > 8)
    assert too_broad("设备登记", entry, 0.99)
    assert too_broad("塔吊的事", entry, 0.99)
    assert not too_broad("塔吊的事", entry, 0.99, 0.01), "nothing else comes near"
    assert too_broad("塔吊的事", entry, 0.9, 0.01)
    assert not too_broad("转包谁罚", entry, 0.8, 0.01)
    assert too_broad("转包那个", entry, 0.8, 0.01)
    assert too_broad("转包谁罚", entry, 0.8, 0.3)
    assert not too_broad(entry.question.rstrip("？"), entry, 0.5)
    assert asks_of_nothing("找谁")
    assert not asks_of_nothing("讲个笑话")


@needs_embedder
def test_few_of_our_own_questions_lose_their_answer() -> None:
    """By words alone twice as many do: what is less sure of itself is offered, not given."""
    cases = load_cases()
    answered = [case.question for case in cases if case.kind is Kind.ANSWERABLE and len(case.question) <= 8]
    near = {text: answering().search(text, 2) for text in answered}
    lost = [
        text for text, (best, second) in near.items() if too_broad(text, best.entry, best.confidence, second.confidence)
    ]
    assert len(lost) <= 0.003 * sum(case.kind is Kind.ANSWERABLE for case in cases), lost


@ON_SQLITE
@pytest.mark.parametrize("text", BARE)
def test_in_conversation_they_get_choices_or_a_question_back(front: Front, text: str) -> None:
    heard = front.say(text)
    assert "您是不是想问" in heard or "哪件事" in heard
    assert "依据" not in heard
