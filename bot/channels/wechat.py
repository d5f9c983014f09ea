"""The Official Account's callback: URL check, plain, compatible and safe mode."""

from __future__ import annotations

import base64
import secrets

from bot import clock
from bot.channels import rendering
from bot.channels.base import (
    Cipher,
    NotAuthentic,
    Payload,
    Query,
    authentic_part,
    read_body,
    read_text,
    require_fresh,
    require_signature,
    signed,
    words,
)
from bot.messages import ChannelName, Inbound, Nothing, Reply
from config.settings import Settings

SUCCESS = "success"


def sealed_envelope(cipher: Cipher, token: str, xml: str) -> str:
    """An encrypted passive reply with its signature."""
    encrypted, nonce = cipher.encrypt(xml), secrets.token_hex(8)
    timestamp = str(int(clock.system().timestamp()))
    signature = signed(token, timestamp, nonce, encrypted)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


class WeChat:
    """See ``Channel``. ``plain`` takes only plain bodies, ``safe`` only encrypted ones, ``compatible`` both fields and
    trusts only the encrypted part."""

    name: ChannelName = "wechat"

    def __init__(self, settings: Settings) -> None:
        self._mode = settings.wechat_mode
        self._token = settings.wechat_token.get_secret_value()
        self._account = settings.wechat_account
        key = settings.wechat_aes_key.get_secret_value()
        self._cipher = Cipher(base64.b64decode(key + "="), settings.wechat_app_id) if key else None

    def check_url(self, query: Query) -> str:
        require_fresh(query.timestamp)
        require_signature(query.signature, self._token, query.timestamp, query.nonce)
        return query.echostr[:256]

    def open(self, query: Query, body: bytes) -> Payload:
        require_fresh(query.timestamp)
        return self._open_plain(query, body) if self._mode == "plain" else self._open_sealed(query, body)

    def _open_plain(self, query: Query, body: bytes) -> Payload:
        require_signature(query.signature, self._token, query.timestamp, query.nonce)
        if query.encrypt_type == "aes":
            raise NotAuthentic("encrypted in plain mode")
        fields = read_body(body)
        if "Encrypt" in fields and "MsgType" not in fields:
            raise NotAuthentic("encrypted in plain mode")
        return self._ours(fields)

    def _open_sealed(self, query: Query, body: bytes) -> Payload:
        if self._mode == "safe" and (b"<FromUserName" in body or b"<MsgType" in body):
            raise NotAuthentic("plain fields in safe mode")
        encrypted = authentic_part(body, query.msg_signature, self._token, query.timestamp, query.nonce)
        if self._cipher is None:
            raise NotAuthentic("no AES key is set")
        return self._ours(read_text(self._cipher.decrypt(encrypted)))

    def _ours(self, fields: Payload) -> Payload:
        if self._account and words(fields.get("ToUserName")) != self._account:
            raise NotAuthentic("for another account")
        return fields

    def render(self, reply: Reply, message: Inbound) -> str:
        if isinstance(reply, Nothing):
            return SUCCESS
        xml = rendering.render(reply, message, int(clock.system().timestamp()))
        if self._mode == "plain" or self._cipher is None:
            return xml
        return sealed_envelope(self._cipher, self._token, xml)
