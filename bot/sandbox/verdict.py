"""Reads a passive reply as strictly as the platform does, and says what is wrong with it in one sentence.

Rules: the platform's page on passive replies; PLATFORM limits are 2048 bytes of text, one article in answer to a
message and eight in answer to an event. `success` and an empty body mean "received, nothing to say".
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.crypto import CryptoError, Envelope, same, signature
from bot.sandbox.options import Mode
from bot.sandbox.xml import Node, XmlError, parse

TEXT_BYTES = 2048
ARTICLES_TO_EVENT = 8
MEDIA = frozenset({"image", "voice", "video"})
CARD_REPLIES = frozenset({"update_button", "update_template_card"})


@dataclass(frozen=True)
class Account:
    """How one account signs and encrypts."""

    token: str
    envelope: Envelope
    mode: Mode


@dataclass(frozen=True)
class Asked:
    """The message a reply must answer: who wrote to whom, its MsgType, and the event's name in lower case."""

    sender: str
    receiver: str
    kind: str
    event: str = ""


@dataclass(frozen=True)
class Reading:
    """A reply as the platform sees it. `node` is None when nothing is to be shown."""

    ok: bool
    text: str
    xml: str = ""
    node: Node | None = None


class Fault(ValueError):
    """What is wrong, in Chinese, for the inspector."""


class TooLong(Fault):
    """A text over the limit."""


def read_reply(body: str, asked: Asked, account: Account, *, wecom: bool) -> Reading:
    """Judge `body`; never raises."""
    if body.strip() in ("", "success"):
        return Reading(True, "服务收下了，没有要说的话", body)
    xml, node = body, None
    try:
        xml = _open(body, account)
        node = _parse(xml)
        _check_head(node, asked)
        _check_body(node, asked, wecom)
    except TooLong as fault:
        return Reading(False, str(fault), xml, _cut(node) if wecom and node else None)
    except Fault as fault:
        return Reading(False, str(fault), xml)
    return Reading(True, "平台接受这个答复", xml, node)


def _parse(xml: str) -> Node:
    try:
        return parse(xml)
    except XmlError as error:
        raise Fault(f"答复{error}") from None


def _open(body: str, account: Account) -> str:
    """The plain XML inside; compatible mode takes either form."""
    node = _parse(body)
    cipher = node.get("Encrypt")
    if account.mode == "plain":
        if cipher:
            raise Fault("明文模式下答复却加了密")
        return body
    if not cipher:
        if account.mode == "safe":
            raise Fault("安全模式下答复没有加密")
        return body
    stamp, nonce = node.get("TimeStamp"), node.get("Nonce")
    if not stamp.isdigit() or not nonce:
        raise Fault("加密答复缺少 TimeStamp 或 Nonce")
    if not same(node.get("MsgSignature"), signature(account.token, stamp, nonce, cipher)):
        raise Fault("加密答复的 MsgSignature 不对")
    try:
        return account.envelope.decrypt(cipher)
    except CryptoError as error:
        raise Fault(f"加密答复解不开：{error}") from None


def _check_head(node: Node, asked: Asked) -> None:
    if node.get("ToUserName") != asked.sender or node.get("FromUserName") != asked.receiver:
        raise Fault("答复的 ToUserName 和 FromUserName 没有对调")
    if not node.get("CreateTime").isdigit():
        raise Fault("答复的 CreateTime 不是整数")


def _check_body(node: Node, asked: Asked, wecom: bool) -> None:
    kind = node.get("MsgType")
    if kind == "text":
        _check_text(node)
    elif kind == "news":
        _check_news(node, asked)
    elif kind in MEDIA:
        if not node.get(kind.capitalize(), "MediaId"):
            raise Fault(f"{kind} 答复缺少 MediaId")
    elif kind == "music":
        if not node.has("Music"):
            raise Fault("music 答复缺少 Music")
    elif kind == "transfer_customer_service" and not wecom:
        return
    elif kind in CARD_REPLIES and wecom:
        _check_card(node, kind, asked)
    else:
        raise Fault(f"平台不认识的 MsgType：{kind or '（空）'}")


def _check_text(node: Node) -> None:
    size = len(node.get("Content").encode())
    if not node.get("Content").strip():
        raise Fault("文本答复是空的")
    if size > TEXT_BYTES:
        raise TooLong(f"文本答复有 {size} 字节，超过 {TEXT_BYTES}")


def _cut(node: Node) -> Node:
    """WeCom shows the first 2048 bytes of a text that is too long; WeChat shows none of it."""
    content = node.find("Content")
    if content is not None:
        content.text = content.text.encode()[:TEXT_BYTES].decode(errors="ignore")
    return node


def _check_news(node: Node, asked: Asked) -> None:
    items = [child for child in (node.find("Articles") or Node("")).children if child.name == "item"]
    if not items or node.get("ArticleCount") != str(len(items)):
        raise Fault("图文答复的 ArticleCount 和条数不符")
    most = ARTICLES_TO_EVENT if asked.kind == "event" else 1
    if len(items) > most:
        raise Fault(f"图文答复有 {len(items)} 条，这里最多 {most} 条")
    if not all(item.get("Title") for item in items):
        raise Fault("图文答复有一条没有标题")


def _check_card(node: Node, kind: str, asked: Asked) -> None:
    if asked.event != "template_card_event":
        raise Fault("只有卡片按钮的回调才能更新卡片")
    if kind == "update_button" and not node.get("Button", "ReplaceName"):
        raise Fault("update_button 缺少 ReplaceName")
    if kind == "update_template_card" and not node.has("TemplateCard"):
        raise Fault("update_template_card 缺少 TemplateCard")
