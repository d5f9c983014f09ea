"""Replies as the platforms take them: XML within their limits, whatever people wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote

from wechatpy.replies import ArticlesReply, ImageReply, TextReply
from wechatpy.work.replies import ArticlesReply as WorkArticlesReply
from wechatpy.work.replies import ImageReply as WorkImageReply
from wechatpy.work.replies import TextReply as WorkTextReply

from bot.messages import Card, CardDone, Choice, Choices, Image, Inbound, News, Nothing, Push, Reply, Text

MOST_BYTES = 2048
MORE = "（未完，回复“更多”看下文）"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_LINK = re.compile(r"<(?=[^\w<]*a\b)", re.IGNORECASE)
_SENTENCE = re.compile(r"[^。！？!?；\n]*[。！？!?；\n]+[”」』）)]*|[^。！？!?；\n]+$")


def clean(text: str) -> str:
    """Text without what XML cannot carry (control characters, lone surrogates); line ends as one character."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cdata_safe(text: str) -> str:
    """Text for inside a CDATA section: clean, and with ``]]>`` split, which the codec does not do."""
    return clean(text).replace("]]>", "]]]]><![CDATA[>")


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
    """A sentence that is too long by itself, cut between characters (never inside a composed one that fits)."""
    if len(sentence.encode()) <= room:
        return [sentence]
    pieces: list[str] = []
    current, size = "", 0
    for cluster in _clusters(sentence):
        length = len(cluster.encode())
        if current and size + length > room:
            pieces.append(current)
            current, size = "", 0
        current += cluster
        size += length
    return [*pieces, current]


MOST_JOINED = 32
"""Characters that one sign on the screen may be made of; a longer chain is nobody's writing and may be cut."""


def _clusters(text: str) -> Iterator[str]:
    """Characters with what is drawn together with them: accents, joined emoji, skin tones, a flag's two letters."""
    cluster = ""
    for char in text:
        if cluster and len(cluster) < MOST_JOINED and _joins(cluster, char):
            cluster += char
            continue
        if cluster:
            yield cluster
        cluster = char
    if cluster:
        yield cluster


def _joins(cluster: str, char: str) -> bool:
    if cluster[-1] == "\u200d" or char in "\u200d\u20e3" or unicodedata.combining(char):
        return True
    if "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f":
        return True
    return len(cluster) == 1 and _is_flag_letter(cluster) and _is_flag_letter(char)


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def choices_text(choices: Choices, *, links: bool) -> str:
    """A numbered menu as text; with ``links`` WeChat's phone sends the option's words when it is tapped. Links that
    would not fit the platform's limit are left out: a link must never be cut."""
    if links:
        linked = _menu(choices, _linked)
        if len(linked.encode()) <= MOST_BYTES:
            return linked
    return _menu(choices, lambda number, option: untagged(f"{number}. {option.label}"))


def _menu(choices: Choices, line: Callable[[int, Choice], str]) -> str:
    options = (line(number, option) for number, option in enumerate(choices.options, 1))
    lines = [untagged(choices.head), *options, untagged(choices.tail)]
    return clean("\n".join(part for part in lines if part))


def _linked(number: int, option: Choice) -> str:
    sends = quote(clean(option.says), safe="")
    label = _no_tags(f"{number}. {option.label}")
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={sends}&msgmenuid={number}">{label}</a>'


def _no_tags(text: str) -> str:
    return text.replace("<", "＜").replace(">", "＞")


def untagged(text: str) -> str:
    """Words that somebody wrote, clean, so that no phone draws a link in them: it would for <a href=…>."""
    return _LINK.sub("＜", clean(text))


def text_of(reply: Reply, *, links: bool) -> str:
    """A reply's words, for kinds that are words."""
    if isinstance(reply, Text):
        return untagged(reply.text)
    if isinstance(reply, Choices):
        return choices_text(reply, links=links)
    return ""


def push_words(push: Push, channel: str) -> str:
    """What was meant as a push, said within a reply; "" for kinds that are not words."""
    if isinstance(push, Card):
        pairs = [f"{name}：{value}" for name, value in push.pairs]
        return untagged("\n".join(part for part in (push.title, push.text, *pairs, push.url) if part))
    if isinstance(push, News):
        return untagged("\n".join(f"{article.title} {article.url}" for article in push.articles))
    return text_of(push, links=channel == "wechat") if isinstance(push, Text | Choices) else ""


def render(reply: Reply, message: Inbound, created: int) -> str:
    """The plain XML answer, ``""`` for Nothing. A text longer than the platform takes is the caller's to split."""
    work = message.channel == "wecom"
    source, target = cdata_safe(message.account), cdata_safe(message.sender)
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
                "title": cdata_safe(article.title),
                "description": cdata_safe(article.description),
                "image": cdata_safe(article.picture_url),
                "url": cdata_safe(article.url),
            }
        )
    return str(made.render())


def _card_done(reply: CardDone, source: str, target: str, created: int) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{target}]]></ToUserName><FromUserName><![CDATA[{source}]]></FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[update_button]]></MsgType>"
        f"<Button><ReplaceName><![CDATA[{cdata_safe(reply.words)}]]></ReplaceName></Button></xml>"
    )
