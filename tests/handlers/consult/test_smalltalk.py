"""What is small talk, what only opens, and what is a question all the same."""

from __future__ import annotations

import pytest

from handlers.consult.smalltalk import opens, small_talk
from knowledge.evaluation.evaluate import Kind, load_cases


@pytest.mark.parametrize(
    "text",
    [
        "工地没问题还要报吗",
        "谢谢，灭火器怎么用",
        "今天太热了能停工吗",
        "我想问一下灭火器怎么用",
        "测试漏电保护器多久一次",
        "",
    ],
)
def test_a_question_with_courtesies_is_no_small_talk(text: str) -> None:
    assert not small_talk(text)
    assert not opens(text)


@pytest.mark.parametrize("text", ["我想问一下", "有个问题想请教一下您", "想咨询个事", "能问你个问题吗"])
def test_what_only_opens(text: str) -> None:
    assert opens(text)


def test_of_our_own_questions_none_is_taken() -> None:
    kinds = {Kind.ANSWERABLE, Kind.AMBIGUOUS, Kind.EMERGENCY, Kind.INJECTION}
    asked = [case.question for case in load_cases() if case.kind in kinds]
    assert [text for text in asked if small_talk(text) or opens(text)] == []
