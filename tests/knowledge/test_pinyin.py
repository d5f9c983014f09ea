"""Questions typed in pinyin."""

from __future__ import annotations

import pytest

from knowledge.content import load_topics
from knowledge.pinyin import Sounds, read_pinyin, sounds_of


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("an quan mao", "安全帽"),
        ("anquanmao", "安全帽"),
        ("Mie huo qi zen me yong?", "灭火器怎么用"),
        ("ta diao ji ji feng yao ting", "塔吊几级风要停"),
        ("gongshang pei duoshao", "工伤赔多少"),
        ("xi'an", "西安"),
    ],
)
def test_it_is_read_as_it_sounds(typed: str, meant: str) -> None:
    assert read_pinyin(typed) == sounds_of(meant)


@pytest.mark.parametrize(
    "text",
    ["how to use fire extinguisher", "hello", "help me", "安全帽", "an quan 帽", "GB 55034", "", "a" * 500, "119"],
)
def test_other_languages_are_not(text: str) -> None:
    assert read_pinyin(text) == ()


def test_what_sounds_like_it_comes_first_and_nothing_where_nothing_does() -> None:
    sounds = Sounds(entry for topic in load_topics() for entry in topic.entries)
    assert "灭火器" in sounds.near(read_pinyin("mie huo qi zen me yong"))[0].question
    assert sounds.near(read_pinyin("ni jie gei wo yi ba san ba")) == []
    assert len(sounds.near(read_pinyin("an quan mao"))) == 3


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("liu bi xue shi bu shi yao yang tou", "firstaid.nosebleed"),
        ("ran qi zao yong ji nian yao huan", "gas.appliance-life"),
        ("zixunri shi jihao", "campaign.consultation-day"),
    ],
)
def test_what_everybody_asks_with_tells_little(typed: str, meant: str) -> None:
    sounds = Sounds(entry for topic in load_topics() for entry in topic.entries)
    assert meant in [entry.id for entry in sounds.near(read_pinyin(typed))]
