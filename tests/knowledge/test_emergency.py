"""The words said in an emergency are short, safe, and never promise what we cannot do."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from knowledge.emergency import CANNOT_CALL, KindWording, load_wording

WORDING = load_wording()
FIRST_STEP: dict[str, tuple[str, ...]] = {
    "gas": ("到室外再打119", "别开关灯"),
    "electric": ("先断电", "别用手拉人"),
    "confined": ("千万别下去救",),
    "drowning": ("别跳下去救",),
    "fire": ("119", "弯腰", "别坐电梯"),
    "collapse": ("别进去挖",),
    "elevator": ("别扒门",),
    "injury": ("别搬动",),
    "selfharm": ("12356", "110"),
    "selfpoison": ("120", "别催吐"),
    "poison": ("120", "别催吐"),
    "fumes": ("先到室外", "别点火", "拖得动才拖"),
    "livewire": ("别靠近", "95598"),
    "wound": ("压住", "别拔"),
    "burn": ("冷水", "别撕"),
    "bite": ("别割、别吸",),
    "seizure": ("别按住", "别往嘴里塞东西", "侧躺"),
    "highup": ("119", "停机断电"),
    "buried": ("敲管子",),
    "violence": ("马上打110",),
    "missing": ("110", "水坑"),
}


@pytest.mark.parametrize("kind", WORDING.kinds)
def test_every_reply_is_short_and_says_early_that_we_cannot_call(kind: str) -> None:
    for text in (WORDING.first(kind), WORDING.known(kind), WORDING.unclear(kind), WORDING.numbers(kind)):
        assert len(text) <= 200
        assert CANNOT_CALL in text[:60]
        assert any(number in text[:60] for number in WORDING.hotlines(kind))


@pytest.mark.parametrize(("kind", "steps"), FIRST_STEP.items())
def test_the_first_step_is_the_safe_one(kind: str, steps: tuple[str, ...]) -> None:
    assert all(step in WORDING.first(kind) for step in steps)


def test_gas_goes_outside_before_the_number() -> None:
    for text in (WORDING.first("gas"), WORDING.numbers("gas")):
        assert text.index("出门") < text.index("119")


@pytest.mark.parametrize("kind", WORDING.kinds)
def test_one_question_and_no_promise_of_rescue(kind: str) -> None:
    assert WORDING.first(kind).count("？") <= 1
    assert WORDING.unclear(kind).count("？") == 1
    for promise in ("马上到", "马上来", "一定", "已报警", "救援队"):
        assert promise not in WORDING.first(kind) + WORDING.received


def test_an_unknown_kind_still_gets_the_numbers() -> None:
    assert WORDING.first("unheard") == WORDING.first("help")


def test_a_text_that_hides_the_sentence_is_refused() -> None:
    with pytest.raises(ValidationError, match="not within"):
        KindWording(name="试", hotlines=("119",), now="打119。" + "快" * 60 + CANNOT_CALL, numbers=CANNOT_CALL)


def test_a_hotline_the_text_does_not_say_is_refused() -> None:
    with pytest.raises(ValidationError, match="120"):
        KindWording(name="试", hotlines=("119", "120"), now=f"打119，{CANNOT_CALL}", numbers=CANNOT_CALL)
