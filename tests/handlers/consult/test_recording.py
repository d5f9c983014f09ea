"""What a question is marked by when somebody is to look at it: words that a tip would hold never reach an expert."""

from __future__ import annotations

import pytest

from handlers.consult.recording import hazard_in
from handlers.consult.records import HAZARD

TOLD = "海秀路宏达工地架子没有护栏"


@pytest.mark.parametrize(
    "text",
    [
        TOLD,
        f"{TOLD}。高处作业要系安全带吗？灭火器多久检查一次？",
        f"架子怎么验收（接着问：{TOLD}）",
        f"{TOLD}，{'这件事真的很久了大家都知道，' * 40}",
        f"{'我来这里干了好几年，什么都见过，' * 30}{TOLD}",
        " ".join(TOLD),
        "hai xiu lu hong da gong di jia zi mei you hu lan",
    ],
    ids=["alone", "beside questions", "added", "before a story", "after a story", "with blanks", "in pinyin"],
)
def test_a_hazard_is_marked_wherever_it_stands(text: str) -> None:
    assert hazard_in(text) == HAZARD


@pytest.mark.parametrize("text", ["灭火器怎么用", "工地架子护栏多高", "塔吊附墙架间距有没有规定。在哪里查？"])
def test_a_question_is_not(text: str) -> None:
    assert hazard_in(text) == ""
