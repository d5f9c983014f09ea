"""Requests at the platforms' door: in each mode, rightly signed or spoiled."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from bot.sandbox.crypto import signature
from tests.bot.front import AES_KEY, ASKER, TOKEN, Front, Post

OpenFront = Callable[..., Front]
MODES = ("plain", "compatible", "safe", "wecom")
WORDS = "脚手架几个人验收"
SECRET_MARKS = (WORDS, ASKER, TOKEN, AES_KEY, "脚手架")


def channel_of(mode: str) -> str:
    return "wecom" if mode == "wecom" else "wechat"


def open_mode(open_front: OpenFront, mode: str) -> Front:
    return open_front("safe" if mode == "wecom" else mode)


def signed(channel: str, cipher: str, body: str | None = None, *, token: str = TOKEN, at: int | None = None) -> Post:
    """A request around any ciphertext, rightly signed unless told otherwise."""
    stamp = str(int(time.time()) if at is None else at)
    query = {
        "timestamp": stamp, "nonce": "n", "encrypt_type": "aes",
        "signature": signature(token, stamp, "n"), "msg_signature": signature(token, stamp, "n", cipher),
    }  # fmt: skip
    return Post(
        f"/{channel}", urlencode(query), (body or f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>").encode()
    )


def changed(post: Post, **fields: str | None) -> Post:
    """The request with query fields replaced, or left out for None."""
    query = {**dict(parse_qsl(post.query)), **fields}
    return Post(post.path, urlencode({name: value for name, value in query.items() if value is not None}), post.body)


def laughs(tag: str) -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE xml [<!ENTITY l0 "ha">{levels}]><xml><{tag}>&l9;</{tag}></xml>'
