"""Numbers to call in what staff write: known ones go, others are looked at first."""

from __future__ import annotations

import time

import pytest

from bot.masking import PHONE_WORDS
from handlers.consult.experts import phones, release
from handlers.consult.publishing.live import tree_entries
from handlers.consult.replies import masked


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("打13907551234找李工", "13907551234"),
        ("联系 139-0755-1234", "13907551234"),
        ("热线400-123-4567", "4001234567"),
        ("电话：4001234567", "4001234567"),
        ("打老王的5230000问", "5230000"),
        ("电话5230000", "5230000"),
        ("请拨打12530举报", "12530"),
        ("打119、12034，别慌", "12034"),
        ("打12350（安全生产举报）或96110", "96110"),
        ("拨１２５３０", "12530"),
        (f"打{PHONE_WORDS}找他", PHONE_WORDS),
        (masked("找他 13907551234")[0], PHONE_WORDS),
    ],
)
def test_a_number_that_nobody_knows(text: str, number: str) -> None:
    assert phones.unknown(text) == (number,)
    assert release.reasons("要不要报", text) == (release.PHONE,)


@pytest.mark.parametrize(
    "text",
    [
        "有人受伤先打120、119，再打12350（安全生产举报）或12345。",
        "打110或者12345都行，电话0898-65230000，或0898 65230000，打质监站的65230000。",
        "按GB 50870-2013第3.2.1条，离地2000毫米以上算高处，打桩机退后1000米。",
        "2021年6月16日起，罚20000元到50000元。打卡3次，打孔12个。",
        "打120",
        "拨打96119。",
        "编号20210616，项目代码460100123456。",
        "不要在打雷时打电话，等30分钟。",
    ],
)
def test_what_is_known_or_no_number_to_call(text: str) -> None:
    assert phones.unknown(text) == ()


def test_no_entry_of_the_tree_gives_a_number_that_nobody_knows() -> None:
    for entry in tree_entries().values():
        said = "\n".join([entry.answer, entry.detail, *entry.steps])
        assert phones.unknown(said) == (), entry.id
        assert all(phones.is_known(number) for number in entry.hotlines), entry.id


@pytest.mark.parametrize("text", ["打" + "1 " * 5_000, "电话" * 5_000, "打1、" * 3_000, "打" + "12（" * 3_000])
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    phones.unknown(text)
    assert time.perf_counter() - began < 0.5
