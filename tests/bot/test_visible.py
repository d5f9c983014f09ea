"""What nobody sees is dropped once, so that what is checked, masked, kept and sent is the same."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from bot.channels.rendering import clean, untagged
from bot.forms import PlainRequest
from bot.masking import PHONE_WORDS, mask
from bot.visible import visible


def test_every_control_and_format_character_is_dropped_and_folding_makes_no_new_one() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in "\n\t\r":
            assert visible(f"公{char}司") == "公司", hex(code)
        if visible(char) == char:
            folded = unicodedata.normalize("NFKC", char)
            assert all(visible(one) or unicodedata.category(one) == "Mn" for one in folded), hex(code)


@pytest.mark.parametrize(
    "char", "\u115f\u1160\u3164\uffa0\ufe00\ufe0f\U000e0100\U000e01ef\U000e0061\u034f\u180b\u0301\u20dd"
)
def test_fillers_selectors_tags_and_stray_accents_are_dropped(char: str) -> None:
    assert visible(f"有限公{char}司，1{char}3{char}9") == "有限公司，139"


def test_what_people_see_stays() -> None:
    for words in ("安全帽 3.5m\t×\n2", "é e\u0301 é\u0323", "👷🏽⚠🇨🇳", "①《》“”……", "Ａ１　②"):
        assert visible(words) == words
    assert visible("👨\u200d👩\u200d👧 1\ufe0f\u20e3") == "👨👩👧 1"
    assert visible("一\r\n二\r三\u2028四") == "一\n二\n三\n四"


@given(st.text(st.one_of(st.characters(), st.sampled_from("\r\n\u200b\u0301\u20e31公\x01\ufe0f"))))
def test_once_is_enough_and_nothing_is_dropped_from_it_on_the_way_out(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert clean(visible(text)) == visible(text)
    assert mask(text)[0] == mask(visible(text))[0]


def test_forms_hold_what_can_be_seen() -> None:
    sent = {"words": "有限公\ufe0f司\x00\r\n找我139\x010755\x011234", "other": ["<\x01a", "\u200b"]}
    request = PlainRequest(EnvironBuilder(method="POST", data=sent).get_environ())
    assert request.form["words"] == "有限公司\n找我13907551234"
    assert request.form.getlist("other") == ["<a", ""]


@pytest.mark.parametrize(
    "number",
    [
        "139\x010755\x011234",
        "1\ufe0f3907551234",
        "139\u31640755\U000e00011234",
        "".join(f"{digit}\ufe0f\u20e3" for digit in "13907551234"),
        "1390755\u03011234",
        "139\u28000755\u28001234",
    ],
)
def test_a_number_in_pieces_that_nobody_sees_is_hidden(number: str) -> None:
    for landlines in (True, False):
        assert mask(f"找我{number}。", landlines=landlines) == (f"找我{PHONE_WORDS}。", True)


@pytest.mark.parametrize("between", ["\x01" * 9, "\x00", "\ud800", "，" * 20, "\u200b" * 30])
def test_no_tag_goes_out(between: str) -> None:
    assert "<" not in untagged(f"<{between}a href='http://evil.com'>看<{between}/a>").replace("'>", "")


def test_no_tag_is_looked_for_quickly() -> None:
    assert untagged("<" * 200_000 + "a") == "<" * 199_999 + "＜a"
