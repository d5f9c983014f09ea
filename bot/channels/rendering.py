"""Replies as the platforms take them: XML within their limits, whatever people wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

from wechatpy.replies import ArticlesReply, ImageReply, TextReply
from wechatpy.work.replies import ArticlesReply as WorkArticlesReply
from wechatpy.work.replies import ImageReply as WorkImageReply
from wechatpy.work.replies import TextReply as WorkTextReply

from bot.messages import Card, CardDone, Choice, Choices, Image, Inbound, News, Nothing, Push, Reply, Text

MOST_BYTES = 2048
MORE = "（未完，回复“更多”看下文）"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SENTENCE = re.compile(r"[^。！？!?；\n]*[。！？!?；\n]+[”」』）)]*|[^。！？!?；\n]+$")


def clean(text: str) -> str:
    """Text without what XML cannot carry (control characters, lone surrogates); line ends as one character."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cdata_safe(text: str) -> str:
    """Text for inside a CDATA section (the codec does not split ``]]>``)."""
    return text.replace("]]>", "]]]]><![CDATA[>")


def split(text: str, most: int = MOST_BYTES) -> list[str]:
    """Parts of at most ``most`` bytes of UTF-8, cut at sentences where one fits, each but the last ending in MORE."""
    text = clean(text).strip()
    if len(text.encode()) <= most:
        return [text]
    room = most - len(("\n" + MORE).encode())
    parts: list[str] = []
    current = ""
    for sentence in _SENTENCE.findall(text):
        for piece in _pieces(sentence, room):
            if current and len((current + piece).encode()) > room:
                parts.append(current.strip())
                current = ""
            current += piece
    parts.append(current.strip())
    parts = [part for part in parts if part]
    return [f"{part}\n{MORE}" for part in parts[:-1]] + parts[-1:]


def _pieces(sentence: str, room: int) -> list[str]:
    """A sentence that is too long by itself, cut between characters (never inside a combined one)."""
    if len(sentence.encode()) <= room:
        return [sentence]
    pieces, current = [], ""
    for char in sentence:
        joined = unicodedata.combining(char) or char in "\u200d\ufe0f"
        if len((current + char).encode()) > room - 16 and not joined:
            pieces.append(current)
            current = ""
        current += char
    return [*pieces, current]


def choices_text(choices: Choices, *, links: bool) -> str:
    """A numbered menu as text; with ``links`` WeChat's phone sends the option's words when it is tapped. Links that
    would not fit the platform's limit are left out: a link must never be cut."""
    if links:
        linked = _menu(choices, _linked)
        if len(linked.encode()) <= MOST_BYTES:
            return linked
    return _menu(choices, lambda number, option: f"{number}. {option.label}")


def _menu(choices: Choices, line: Callable[[int, Choice], str]) -> str:
    lines = [choices.head, *(line(number, option) for number, option in enumerate(choices.options, 1)), choices.tail]
    return "\n".join(part for part in lines if part)


def _linked(number: int, option: Choice) -> str:
    sends = quote(option.says, safe="")
    label = _no_tags(f"{number}. {option.label}")
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={sends}&msgmenuid={number}">{label}</a>'


def _no_tags(text: str) -> str:
    return text.replace("<", "＜").replace(">", "＞")


def text_of(reply: Reply, *, links: bool) -> str:
    """A reply's words, for kinds that are words."""
    if isinstance(reply, Text):
        return reply.text
    if isinstance(reply, Choices):
        return choices_text(reply, links=links)
    return ""


def push_words(push: Push, channel: str) -> str:
    """What was meant as a push, said within a reply; "" for kinds that are not words."""
    if isinstance(push, Card):
        pairs = [f"{name}：{value}" for name, value in push.pairs]
        return "\n".join(part for part in (push.title, push.text, *pairs, push.url) if part)
    if isinstance(push, News):
        return "\n".join(f"{article.title} {article.url}" for article in push.articles)
    return text_of(push, links=channel == "wechat") if isinstance(push, Text | Choices) else ""


def render(reply: Reply, message: Inbound, created: int) -> str:
    """The plain XML answer, ``""`` for Nothing. A text longer than the platform takes is the caller's to split."""
    work = message.channel == "wecom"
    source, target = cdata_safe(clean(message.account)), cdata_safe(clean(message.sender))
    head = {"source": source, "target": target, "time": created}
    if isinstance(reply, Nothing):
        return ""
    if isinstance(reply, Text | Choices):
        content = cdata_safe(split(text_of(reply, links=not work))[0])
        return str((WorkTextReply if work else TextReply)(content=content, **head).render())
    if isinstance(reply, Image):
        return str((WorkImageReply if work else ImageReply)(media_id=cdata_safe(reply.media_id), **head).render())
    if isinstance(reply, CardDone):
        return _card_done(reply, source, target, created)
    return _news(reply, head, work)


def _news(reply: News, head: dict[str, object], work: bool) -> str:
    articles = reply.articles if work else reply.articles[:1]
    made = (WorkArticlesReply if work else ArticlesReply)(**head)
    for article in articles[:8]:
        made.add_article(
            {
                "title": cdata_safe(clean(article.title)),
                "description": cdata_safe(clean(article.description)),
                "image": cdata_safe(article.picture_url),
                "url": cdata_safe(article.url),
            }
        )
    return str(made.render())


def _card_done(reply: CardDone, source: str, target: str, created: int) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{target}]]></ToUserName><FromUserName><![CDATA[{source}]]></FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[update_button]]></MsgType>"
        f"<Button><ReplaceName><![CDATA[{cdata_safe(clean(reply.words))}]]></ReplaceName></Button></xml>"
    )
