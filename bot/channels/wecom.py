"""The WeCom app's callback: always encrypted, receiver id = the corporation's."""

from __future__ import annotations

import base64
import re

from bot import clock
from bot.channels import rendering
from bot.channels.base import (
    Cipher,
    NotAuthentic,
    Payload,
    Query,
    authentic_part,
    read_text,
    require_fresh,
    require_signature,
)
from bot.channels.wechat import sealed_envelope
from bot.messages import ChannelName, Inbound, Nothing, Reply
from config.settings import Settings

ECHO = re.compile(r"[0-9A-Za-z_-]{1,128}")


class WeCom:
    """See ``Channel``."""

    name: ChannelName = "wecom"

    def __init__(self, settings: Settings) -> None:
        self._token = settings.wecom_token.get_secret_value()
        key = base64.b64decode(settings.wecom_aes_key.get_secret_value() + "=")
        self._cipher = Cipher(key, settings.wecom_corp_id)

    def check_url(self, query: Query) -> str:
        require_fresh(query.timestamp)
        require_signature(query.msg_signature, self._token, query.timestamp, query.nonce, query.echostr)
        said = self._cipher.decrypt(query.echostr)
        if not ECHO.fullmatch(said):  # a message sent back as an echo must not be read out
            raise NotAuthentic("echo")
        return said

    def open(self, query: Query, body: bytes) -> Payload:
        require_fresh(query.timestamp)
        encrypted = authentic_part(body, query.msg_signature, self._token, query.timestamp, query.nonce)
        return read_text(self._cipher.decrypt(encrypted))

    def render(self, reply: Reply, message: Inbound) -> str:
        if isinstance(reply, Nothing):
            return ""
        xml = rendering.render(reply, message, int(clock.system().timestamp()))
        return sealed_envelope(self._cipher, self._token, xml)
