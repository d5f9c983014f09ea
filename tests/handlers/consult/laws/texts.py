"""Texts for tests: names and numbers of real laws, words of our own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.services import Services
from handlers.consult.laws.importing import Imported, import_laws
from knowledge.laws.numerals import chinese

LONG = "\n\n".join(
    f"这是一段很长的话，写给要看全文的人，第{chinese(n)}遍说同样的事情：" + "把该做的都做到位，" * 12 + "完。"
    for n in range(1, 5)
)


def safety(version: str = "2021-06-10", last: int = 119, word: str = "新") -> tuple[str, str]:
    """A text called 安全生产法: short articles, a long one, one with items, one put in later."""
    articles = []
    for number in range(1, last + 1):
        text = f"{word}文第{chinese(number)}条的话。"
        if number == 3:
            text = f"有下列情形的：\n\n（一）{word}甲；\n\n（二）{word}乙。\n\n第三条的第二款。"
        if number == 5:
            text = LONG
        articles.append(f"第{chinese(number)}条 {text}")
    articles.insert(7, "第七条之一 后来加的。")
    return f"安全生产法({version}).md", "# 中华人民共和国安全生产法\n\n## 第一章 总则\n\n" + "\n\n".join(articles)


def code() -> tuple[str, str]:
    return "侵权责任编.md", (
        "# 中华人民共和国民法典\n\n# 侵权责任编\n\n2020年5月28日 第十三届全国人民代表大会第三次会议通过\n\n2021年1月1日 施行\n\n"
        "第一千二百五十三条 甲。\n\n第一千二百五十四条 不许往楼下扔东西。"
    )


def bring_in(services: Services, folder: Path, *texts: tuple[str, str]) -> list[Imported]:
    """Import the texts as files of a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in texts:
        (folder / name).write_text(text, encoding="utf-8")
    return list(import_laws(services, folder))


TODAY = date(2026, 6, 16)
