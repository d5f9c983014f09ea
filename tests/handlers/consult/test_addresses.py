"""What staff write for people leads nowhere but to government sites."""

from __future__ import annotations

import pytest

from handlers.consult import replies
from handlers.consult.addresses import ELSEWHERE, TAGS, address_problem
from handlers.consult.publishing import corrections
from knowledge.content import load_topics


@pytest.mark.parametrize(
    "words",
    [
        "满2米就要系安全带。",
        "高度<5米、坡度>30°的，每1.5m一道，GB 55034-2022第3.2.1条。",
        "看 https://www.mohurd.gov.cn/gongkai/a.html 里的通知。",
        "打12350，或上www.hainan.gov.cn查。",
        "比例1:2，时间8:30，宽3.5m×1.2mm，V1.2版，A/B两类。",
    ],
)
def test_words_that_can_go(words: str) -> None:
    assert address_problem(words) == ""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('点<a href="http://evil.com">这里</a>领补贴', TAGS),
        ("点<A HREF=x>这里", TAGS),
        ("点＜a href=x＞这里", TAGS),
        ("点< a href=x>这里</ A>", TAGS),
        ("看weixin://dl/business/?t=abc", ELSEWHERE),
        ("看WEIXIN://dl", ELSEWHERE),
        ("看http://evil.com/x", ELSEWHERE),
        ("看ｈｔｔｐ：//evil.com", ELSEWHERE),
        ("看www.evil.com", ELSEWHERE),
        ("看evil.com，领钱", ELSEWHERE),
        ("看https://www.gov.cn.evil.com", ELSEWHERE),
        ("看https://evilgov.cn", ELSEWHERE),
        ("看https://www.gov.cn@evil.com/", ELSEWHERE),
        ("看https://www.gov.cn@1.2.3.4/", ELSEWHERE),
        ("看http://1.2.3.4/", ELSEWHERE),
        ("看http://例子.测试/", ELSEWHERE),
        ("看https://www.gov.cn 和 http://短/", ELSEWHERE),
        ("javascript:alert(1)", ELSEWHERE),
        ("ftp://www.gov.cn", ELSEWHERE),
    ],
)
def test_words_that_lead_elsewhere(words: str, why: str) -> None:
    assert address_problem(words) == why


def test_answers_and_corrections_are_looked_at() -> None:
    for complaint in (replies.complaint, corrections.complaint):
        assert complaint("点<a href=x>这里</a>") == TAGS
        assert complaint("看www.evil.com") == ELSEWHERE
        assert complaint("满2米就要系。") == ""


def test_no_entry_leads_elsewhere() -> None:
    for topic in load_topics():
        for entry in topic.entries:
            assert address_problem(" ".join([*entry.asked, entry.answer, *entry.steps, entry.detail])) == "", entry.id
