"""A tiny service of the tests' own: takes callbacks with wechatpy's codec and answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import xmltodict
from flask import Flask, Response, request
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature
from wechatpy.work.crypto import WeChatCrypto as WorkCrypto

from bot.sandbox.options import SandboxOptions, WeChatAccount

REPLY = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime>{body}</xml>"
)


def text(words: str) -> str:
    return f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content>"


@dataclass
class Got:
    """One request as it arrived, and the message in it."""

    platform: str
    query: dict[str, str]
    raw: str
    message: dict[str, Any]


@dataclass
class Echo:
    """`answer` gets the message and returns the reply's inner XML, a Response, or "" for success."""

    options: SandboxOptions
    answer: Callable[[dict[str, Any]], Any] = lambda message: text(f"收到：{message.get('Content', '')}")
    mode: str = "safe"
    delays: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def app(self) -> Flask:
        app = Flask("echo")
        app.add_url_rule("/wechat", "wechat", lambda: self.take("wechat"), methods=["GET", "POST"])
        app.add_url_rule("/wecom", "wecom", lambda: self.take("wecom"), methods=["GET", "POST"])
        return app

    def crypto(self, platform: str) -> Any:
        wechat, wecom = self.options.wechat, self.options.wecom
        if platform == "wecom":
            return WorkCrypto(wecom.token, wecom.aes_key, wecom.corp_id)
        return WeChatCrypto(wechat.token, wechat.aes_key, wechat.app_id)

    def take(self, platform: str) -> Response:
        query = request.args.to_dict()
        raw = request.get_data().decode()
        try:
            if request.method == "GET":
                return self.verify(platform, query)
            message = self.read(platform, query, raw)
        except InvalidSignatureException:
            return Response("", 403)
        except Exception:
            return Response("", 400)
        if abs(time.time() - int(query["timestamp"])) > 600 or len(raw) > 1_000_000:
            return Response("", 403)
        with self.lock:
            self.got.append(Got(platform, query, raw, message))
            delay = self.delays.pop(0) if self.delays else 0
            status = self.statuses.pop(0) if self.statuses else 200
        time.sleep(delay)
        return self.reply(platform, query, message) if status == 200 else Response("", status)

    def verify(self, platform: str, query: dict[str, str]) -> Response:
        if platform == "wecom":
            return Response(
                self.crypto(platform).check_signature(
                    query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"]
                )
            )
        check_signature(self.options.wechat.token, query["signature"], query["timestamp"], query["nonce"])
        return Response(query["echostr"])

    def read(self, platform: str, query: dict[str, str], raw: str) -> dict[str, Any]:
        if platform == "wechat":
            check_signature(self.options.wechat.token, query["signature"], query["timestamp"], query["nonce"])
        if "msg_signature" in query:
            raw = self.crypto(platform).decrypt_message(raw, query["msg_signature"], query["timestamp"], query["nonce"])
        message: dict[str, Any] = xmltodict.parse(raw)["xml"]
        return message

    def reply(self, platform: str, query: dict[str, str], message: dict[str, Any]) -> Response:
        body = self.answer(message)
        if isinstance(body, Response):
            return body
        if not body:
            return Response("success")
        xml = REPLY.format(to=message["FromUserName"], sender=message["ToUserName"], body=body)
        if platform == "wecom" or self.mode != "plain":
            xml = self.crypto(platform).encrypt_message(xml, query["nonce"], query["timestamp"])
        return Response(xml, mimetype="text/xml")

    def reply_as(self, account: WeChatAccount, message: dict[str, Any]) -> Response:
        """A reply sealed as if for `account`."""
        crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
        xml = REPLY.format(to=message["FromUserName"], sender=message["ToUserName"], body=text("你好"))
        return Response(crypto.encrypt_message(xml, "123", "1700000000"), mimetype="text/xml")
