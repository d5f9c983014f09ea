"""Carries callbacks to the service: signed, encrypted, up to three tries started `retry_after_s` apart.

A try is over when the platform's patience is; an answer other than 200, no answer and no connection are all tried
again with the identical body under a new signature. Signature timestamps are the real time, as the platforms' are.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass, replace
from typing import Literal

import httpx

from bot.sandbox.crypto import Envelope, signature
from bot.sandbox.exchanges import Exchange, Exchanges, Outcome, Try
from bot.sandbox.options import Mode, SandboxOptions
from bot.sandbox.verdict import Account, Asked, Reading, read_reply
from bot.sandbox.xml import Node, XmlError, build, parse

log = logging.getLogger("bot.sandbox")

TRIES = 3
Trial = Literal["", "retry", "replay", "slow", "bad_signature", "old_timestamp", "huge_body", "broken_xml", "dtd"]
REFUSABLE = frozenset({"bad_signature", "old_timestamp", "huge_body", "broken_xml", "dtd"})
HUGE_BYTES = 3 * 1024 * 1024
OLD_S = 3600


@dataclass(frozen=True)
class Parcel:
    """What goes over the wire: the body is the same in every try."""

    url: str
    body: str
    cipher: str
    sender: str


class Courier:
    """Posts to the service and judges what comes back. Thread-safe."""

    def __init__(self, options: SandboxOptions, exchanges: Exchanges) -> None:
        self._options = options
        self._exchanges = exchanges
        self._http = httpx.Client(
            timeout=options.retry_after_s, trust_env=False,
            limits=httpx.Limits(max_connections=256, max_keepalive_connections=64),
        )  # fmt: skip
        wechat, wecom = options.wechat, options.wecom
        self._accounts = {
            "wechat": Account(wechat.token, Envelope(wechat.aes_key, wechat.app_id), wechat.mode),
            "wecom": Account(wecom.token, Envelope(wecom.aes_key, wecom.corp_id), "safe"),
        }

    def close(self) -> None:
        self._http.close()

    def account(self, platform: str, mode: Mode | Literal[""] = "") -> Account:
        """How to sign and seal; WeChat's mode may be chosen for one delivery, WeCom always encrypts."""
        account = self._accounts[platform]
        return replace(account, mode=mode) if mode and platform == "wechat" else account

    def url(self, platform: str) -> str:
        return f"{self._options.callback_base.rstrip('/')}/{platform}"

    def deliver(self, exchange: Exchange, *, trial: Trial = "", mode: Mode | Literal[""] = "") -> Reading:
        """Carry one exchange to its end and record it."""
        account = self.account(exchange.platform, mode)
        parcel = self._pack(exchange, account, trial)
        tries: list[Try] = []
        response: httpx.Response | None = None
        query: dict[str, str] = {}
        for number in range(1 if trial in REFUSABLE or trial == "replay" else TRIES):
            begun = time.monotonic()
            query = exchange.query if trial == "replay" else self._sign(exchange, account, parcel, trial)
            if number == 0:
                self._exchanges.wire(exchange.id, parcel.body, query)
            response = self._post(parcel, query, slow=trial == "slow" and number == 0)
            tries.append(Try(response.status_code if response else None, round((time.monotonic() - begun) * 1000, 1)))
            if response is not None and (response.status_code == 200 or trial in REFUSABLE):
                break
            if number < TRIES - 1 and trial not in REFUSABLE and trial != "replay":
                time.sleep(max(0.0, begun + self._options.retry_after_s - time.monotonic()))
        reading = self._judge(exchange, account, response, trial)
        wire = response.text if response is not None else ""
        status = response.status_code if response is not None else None
        self._exchanges.close(
            exchange.id, Outcome(status, tries[-1].ms, tuple(tries), reading.ok, reading.text, reading.xml, wire)
        )
        return reading

    def _pack(self, exchange: Exchange, account: Account, trial: Trial) -> Parcel:
        asked = asked_of(exchange.request_xml)
        if trial in ("retry", "replay"):
            return Parcel(self.url(exchange.platform), exchange.wire_xml, _cipher_of(exchange.wire_xml), asked.sender)
        cipher = "" if account.mode == "plain" else account.envelope.encrypt(exchange.request_xml)
        body = exchange.request_xml
        if account.mode == "safe":
            agent = [("AgentID", str(self._options.wecom.agent_id))] if exchange.platform == "wecom" else []
            body = build([("ToUserName", asked.receiver), *agent, ("Encrypt", cipher)])
        elif account.mode == "compatible":
            body = body.removesuffix("</xml>") + build([("Encrypt", cipher)]).removeprefix("<xml>")
        return Parcel(self.url(exchange.platform), _spoil(body, trial), cipher, asked.sender)

    def _sign(self, exchange: Exchange, account: Account, parcel: Parcel, trial: Trial) -> dict[str, str]:
        stamp = str(int(time.time()) - (OLD_S if trial == "old_timestamp" else 0))
        nonce = str(secrets.randbelow(10**10))
        query = {"timestamp": stamp, "nonce": nonce}
        if exchange.platform == "wechat":
            query = {"signature": signature(account.token, stamp, nonce), **query, "openid": parcel.sender}
        if parcel.cipher:
            if exchange.platform == "wechat":
                query["encrypt_type"] = "aes"
            query["msg_signature"] = signature(account.token, stamp, nonce, parcel.cipher)
        if trial == "bad_signature":
            query |= {name: "0" * 40 for name in ("signature", "msg_signature") if name in query}
        return query

    def _post(self, parcel: Parcel, query: dict[str, str], *, slow: bool) -> httpx.Response | None:
        """One try; None when it ended without an answer. `slow`: the answer is lost in the network."""
        begun = time.monotonic()
        try:
            response = self._http.post(
                parcel.url, params=query, content=parcel.body.encode(),
                headers={"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"},
            )  # fmt: skip
        except httpx.HTTPError as error:
            log.info("callback_unanswered reason=%s", type(error).__name__)
            return None
        left = begun + self._options.retry_after_s - time.monotonic()
        if slow:
            time.sleep(max(0.0, left))
        return None if slow or left < 0 else response

    def _judge(self, exchange: Exchange, account: Account, response: httpx.Response | None, trial: Trial) -> Reading:
        if response is None:
            return Reading(False, "服务没有在时限内答复")
        if trial in REFUSABLE:
            return _judge_refusal(response)
        if trial == "replay" and 400 <= response.status_code < 500:
            return _judge_refusal(response)
        if response.status_code != 200:
            return Reading(False, f"服务答了 HTTP {response.status_code}，平台当作没有收到", response.text)
        return read_reply(response.text, asked_of(exchange.request_xml), account, wecom=exchange.platform == "wecom")

    def verify_url(self, platform: str) -> tuple[bool, int | None, str]:
        """The platform's GET check of the callback address: whether the echo came back, the status, what was said."""
        account = self._accounts[platform]
        echo = str(secrets.randbelow(10**18))
        stamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
        if platform == "wechat":
            query = {"signature": signature(account.token, stamp, nonce), "echostr": echo}
        else:
            sealed = account.envelope.encrypt(echo)
            query = {"msg_signature": signature(account.token, stamp, nonce, sealed), "echostr": sealed}
        try:
            response = self._http.get(self.url(platform), params={**query, "timestamp": stamp, "nonce": nonce})
        except httpx.HTTPError as error:
            return False, None, type(error).__name__
        return response.status_code == 200 and response.text == echo, response.status_code, response.text[:200]


def asked_of(xml: str) -> Asked:
    """Who wrote to whom; a raw body that is not XML asks nothing of anyone."""
    try:
        node = parse(xml)
    except XmlError:
        node = Node("xml")
    return Asked(node.get("FromUserName"), node.get("ToUserName"), node.get("MsgType"), node.get("Event").lower())


def _cipher_of(body: str) -> str:
    try:
        return parse(body).get("Encrypt")
    except XmlError:
        return ""


def _spoil(body: str, trial: Trial) -> str:
    if trial == "huge_body":
        return body.removesuffix("</xml>") + f"<Padding>{'x' * HUGE_BYTES}</Padding></xml>"
    if trial == "broken_xml":
        return body[: len(body) // 2]
    if trial == "dtd":
        return '<!DOCTYPE xml [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>' + body
    return body


def _judge_refusal(response: httpx.Response) -> Reading:
    status = response.status_code
    if 400 <= status < 500:
        return Reading(True, f"拒绝了（HTTP {status}），应当如此", response.text)
    if status == 200 and response.text.strip() in ("", "success"):
        return Reading(True, "没有理会，也没有出错", response.text)
    return Reading(False, f"这样的请求本该拒绝，却答了 HTTP {status}", response.text)
