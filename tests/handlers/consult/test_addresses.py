"""What staff write for people leads nowhere but to government sites."""

from __future__ import annotations

import time

import pytest

from handlers.consult import replies
from handlers.consult.addresses import ELSEWHERE, MOST_CHARS, TAGS, TOO_LONG, address_problem
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
        "坡高3.5米，涌水1.2万方，见GB50016-2014.第7.1条、第5.1.2.3条。",
        "详见www.hainan.gov.cn。",
        "网址：www.hainan.gov.cn，电话12350",
        "See https://zjt.hainan.gov.cn/a?id=1&b=2. 再看附件.pdf",
        "1.AED放在门口；2.CPR不要停；3.公司、项目部都要有。",
        "叫人取AED。CPR不要停。用PVC。BIM模型另交。",
        "按JGJ59-2011.JGJ 80执行；一层//二层分开验收",
        "👷‍♂️先断电⚠️再救人1️⃣2️⃣",
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
        ("#小程序://海南补贴/aB3dE", ELSEWHERE),
        ("上安全.com领", ELSEWHERE),
        ("上evil.рф", ELSEWHERE),
        ("上evil.xn--p1ai", ELSEWHERE),
        ("上1.рф", ELSEWHERE),
        ("上evil.公司", ELSEWHERE),
        ("上evil.cóm", ELSEWHERE),
        ("上58.com", ELSEWHERE),
        ("上安全gov.cn", ELSEWHERE),
        ("看47.95.1.2/a", ELSEWHERE),
        ("看//47.95.1.2", ELSEWHERE),
        ("看47.95.1.2:8080", ELSEWHERE),
        ("看evil。com", ELSEWHERE),
        ("看evil｡com/x", ELSEWHERE),
        ("看www。evil。abc", ELSEWHERE),
        ("看www.gov.cn。com", ELSEWHERE),
        ("看www.gov.cn/a,evil.com", ELSEWHERE),
        ("看www.gov.cn/a;evil.com", ELSEWHERE),
        ("看www.gov.cn.安全.com", ELSEWHERE),
        ("看www.gov.cn?u=http://evil.com", ELSEWHERE),
        ("<" + "\x01" * 9 + "a href='x'>看", TAGS),
        ("<" + "，" * 20 + "a href='x'>看", TAGS),
        ("看http:\u200b//evil.\u200bcom/x", ELSEWHERE),
        ("看evil\ufe0f.\u3164com", ELSEWHERE),
        ("看hainan.gov.cn\u200b.evil.\u200bcom", ELSEWHERE),
        ("看weixin:\u200b//dl", ELSEWHERE),
        ("看evil.c\U000e0061om", ELSEWHERE),
    ],
)
def test_words_that_lead_elsewhere(words: str, why: str) -> None:
    assert address_problem(words) == why


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "a-", "gov.cn", "http", "1.", "www.gov.cn/", "<", "<，", "。a", "a:", "://", "安.", "1.1", "\ufdfa"],
)
def test_long_words_are_looked_at_quickly(piece: str) -> None:
    for words in (piece * (MOST_CHARS // len(piece)), piece * 1_000_000):
        began = time.perf_counter()
        address_problem(words)
        assert time.perf_counter() - began < 0.5


def test_what_is_too_long_for_any_field_is_not_looked_at() -> None:
    assert address_problem("安" * (MOST_CHARS + 1)) == TOO_LONG


def test_answers_and_corrections_are_looked_at() -> None:
    for complaint in (replies.complaint, corrections.complaint):
        assert complaint("点<a href=x>这里</a>") == TAGS
        assert complaint("看www.evil.com") == ELSEWHERE
        assert complaint("满2米就要系。") == ""


def test_no_entry_leads_elsewhere() -> None:
    for topic in load_topics():
        for entry in topic.entries:
            assert address_problem(" ".join([*entry.asked, entry.answer, *entry.steps, entry.detail])) == "", entry.id
