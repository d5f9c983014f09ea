"""The platforms' door, from outside: who hears nothing, and what is refused or let through that looks odd."""

from __future__ import annotations

import base64
import io
import json
import struct
import time
from urllib.parse import parse_qsl

import pytest
import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.inbox.records import InboundMessage
from bot.sandbox.crypto import Envelope, signature
from tests.bot.front import (
    ACCOUNT,
    AES_KEY,
    APP_ID,
    ASKER,
    CORP_ID,
    ON_SQLITE,
    OTHER_KEY,
    TOKEN,
    Front,
    Post,
    call,
    envelope,
    message,
    seal,
)
from tests.bot.posts import SECRET_MARKS, WORDS, OpenFront, changed, laughs, signed


def raw_cipher(plain: bytes, key: str = AES_KEY) -> str:
    """Encrypts exactly these bytes, whose length must fit the cipher's."""
    raw_key = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(raw_key), modes.CBC(raw_key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def inner(text: bytes, receiver: str, *, length: int | None = None, pad: bytes | None = None) -> bytes:
    body = b"r" * 16 + struct.pack("!I", len(text) if length is None else length) + text + receiver.encode()
    need = 32 - len(body) % 32
    return body + (bytes([need]) * need if pad is None else pad)


def impostors(channel: str) -> dict[str, Post]:
    """Requests that are not the platform's, by what is wrong with them."""
    receiver = APP_ID if channel == "wechat" else CORP_ID
    xml = message(Content=WORDS)
    right = seal(channel, xml)
    cipher = envelope(channel).encrypt(xml)
    query = dict(parse_qsl(right.query))
    now = int(query["timestamp"])
    return {
        "no query": Post(f"/{channel}", "", right.body),
        "no signature": changed(right, msg_signature=None),
        "empty signature": changed(right, msg_signature=""),
        "plain signature instead": changed(right, msg_signature=signature(TOKEN, str(now), "n0nce")),
        "signature not ASCII": changed(right, msg_signature="签名" * 20),
        "upper-case signature": changed(right, msg_signature=query["msg_signature"].upper()),
        "other token": signed(channel, cipher, token="other"),
        "other time than signed": changed(right, timestamp=str(now - 1)),
        "other nonce": changed(right, nonce="x"),
        "no time": changed(right, timestamp=None),
        "time in words": changed(right, timestamp="soon"),
        "time in other digits": changed(right, timestamp="１７３２４４８０００"),
        "time below zero": signed(channel, cipher, at=-now),
        "endless time": changed(right, timestamp="9" * 400),
        "eleven minutes old": signed(channel, cipher, at=now - 660),
        "eleven minutes early": signed(channel, cipher, at=now + 660),
        "other key": signed(channel, Envelope(OTHER_KEY, receiver).encrypt(xml)),
        "other receiver": signed(channel, Envelope(AES_KEY, "wxffffffffffffffff").encrypt(xml)),
        "no receiver": signed(channel, raw_cipher(inner(xml.encode(), ""))),
        "receiver with a tail": signed(channel, Envelope(AES_KEY, f"{receiver}x").encrypt(xml)),
        "cut": signed(channel, cipher[:-24]),
        "cut to nothing": signed(channel, "===="),
        "half": signed(channel, cipher[: len(cipher) // 2]),
        "not base64": signed(channel, "!!!这不是base64!!!"),
        "one flipped character": signed(
            channel, ("B" if cipher[0] != "B" else "C") + cipher[1:-30] + "AAAA" + cipher[-26:]
        ),
        "length beyond the end": signed(channel, raw_cipher(inner(xml.encode(), receiver, length=2**31))),
        "length too short": signed(channel, raw_cipher(inner(xml.encode(), receiver, length=3))),
        "padding of zero": signed(channel, raw_cipher(b"\0" * 64)),
        "padding beyond the start": signed(channel, raw_cipher(b"r" * 31 + b"\xff")),
        "empty body": signed(channel, cipher, " "),
        "no XML": signed(channel, cipher, "hello"),
        "empty XML": signed(channel, cipher, "<xml/>"),
        "nested": signed(channel, cipher, f"<xml><Encrypt><a>{cipher}</a></Encrypt></xml>"),
        "JSON array": signed(channel, cipher, json.dumps([{"Encrypt": cipher}])),
        "JSON number": signed(channel, "5", '{"Encrypt": [5]}'),
        "JSON lone surrogate": signed(channel, "x", '{"Encrypt": "\\ud800"}'),
        "JSON unsigned": signed(channel, "x", json.dumps({"Encrypt": cipher})),
        "deep JSON": signed(channel, cipher, '{"a":' * 30_000 + "1" + "}" * 30_000),
        "deep XML": signed(channel, cipher, "<xml>" + "<a>" * 30_000 + "</a>" * 30_000 + "</xml>"),
        "a document type": signed(channel, cipher, f"<!DOCTYPE xml><xml><Encrypt>{cipher}</Encrypt></xml>"),
        "an entity": signed(
            channel, cipher, f'<!DOCTYPE xml [<!ENTITY e "{cipher}">]><xml><Encrypt>&e;</Encrypt></xml>'
        ),
        "a file": signed(
            channel, cipher, '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>'
        ),
        "laughs": signed(channel, cipher, laughs("Encrypt")),
        "UTF-16": Post(f"/{channel}", right.query, right.body.decode().encode("utf-16")),
        "bytes": Post(f"/{channel}", right.query, bytes(range(256)) * 40),
        "zero bytes": Post(f"/{channel}", right.query, b"\0" * 400),
    }


@ON_SQLITE
@pytest.mark.parametrize("channel", ["wechat", "wecom"])
def test_impostors_hear_nothing(front: Front, channel: str) -> None:
    assert front.post(seal(channel, message(Content=WORDS))).content
    before = front.count(InboundMessage)
    for name, post in impostors(channel).items():
        with structlog.testing.capture_logs() as lines:
            began = time.perf_counter()
            said = front.post(post)
            took = time.perf_counter() - began
        assert (said.status, said.body) == (403, b""), name
        assert [line["event"] for line in lines] == ["webhook.refused"], (name, lines)
        assert not any(mark in str(lines) for mark in SECRET_MARKS), name
        assert took < 1, name
    assert front.count(InboundMessage) == before


@ON_SQLITE
def test_each_mode_refuses_what_it_must(open_front: OpenFront) -> None:
    xml = message(Content=WORDS)
    for mode, refused in {"plain": ["compatible", "safe"], "safe": ["plain"], "compatible": ["plain"]}.items():
        front = open_front(mode)
        assert front.deliver(message(Content=WORDS)).content
        for other in refused:
            assert front.post(seal("wechat", xml, mode=other)).status == 403, (mode, other)
    assert front.post(seal("wecom", xml, mode="plain")).status == 403


@ON_SQLITE
def test_plain_mode_refuses_an_envelope_that_hides_its_type(open_front: OpenFront) -> None:
    front = open_front("plain")
    assert front.post(changed(seal("wechat", message(Content=WORDS)), encrypt_type=None)).status == 403


@ON_SQLITE
def test_compatible_mode_believes_only_the_encrypted_part(open_front: OpenFront) -> None:
    front = open_front("compatible")
    right = seal("wechat", message(Content="你好"), mode="compatible")
    forged = right.body.replace("你好".encode(), "着火了".encode()).replace(ASKER.encode(), b"oOther")
    said = front.post(Post(right.path, right.query, forged))
    assert said.fields["ToUserName"] == ASKER
    assert "安全哨" in said.content


@ON_SQLITE
def test_a_message_that_quotes_an_envelope_is_answered(open_front: OpenFront) -> None:
    front = open_front("compatible")
    for words in (
        "<Encrypt>aGVsbG8=</Encrypt>",
        "]]>]]&gt;<Encrypt>aGVsbG8=</Encrypt><![CDATA[",
        "<!DOCTYPE html><!ENTITY",
    ):
        xml = message(Content=words.replace("]]>", "]]]]><![CDATA[>"))
        assert front.deliver(xml).content, words


@ON_SQLITE
def test_another_account_is_refused_where_ours_is_known(open_front: OpenFront) -> None:
    front = open_front(wechat_account=ACCOUNT)
    assert front.deliver(message(Content="你好")).content
    assert front.deliver(message(Content="你好", to="gh_someone0else0")).status == 403


@ON_SQLITE
def test_a_repeated_nonce_alone_is_no_reason(front: Front) -> None:
    first = front.post(seal("wechat", message(Content="你好"), nonce="same"))
    second = front.post(seal("wechat", message(Content="谢谢"), nonce="same"))
    assert first.content
    assert second.content


@ON_SQLITE
@pytest.mark.parametrize("away_s", [-590, 590])
def test_nine_minutes_of_skew_are_accepted(front: Front, away_s: int) -> None:
    assert front.post(seal("wechat", message(Content="你好"), at=int(time.time()) + away_s)).content


@ON_SQLITE
def test_too_large_a_body_is_refused_unread(front: Front) -> None:
    right = seal("wechat", message(Content=WORDS))
    big = Post("/wechat", right.query, right.body + b" " * 3_000_000)
    with structlog.testing.capture_logs() as lines:
        assert front.post(big).status == 413
        unannounced = io.BytesIO(big.body)
        assert front.post(big, CONTENT_LENGTH="", **{"wsgi.input": unannounced}).status == 413
        assert unannounced.tell() < 300_000
    assert [line["event"] for line in lines] == ["webhook.refused"] * 2


@ON_SQLITE
@pytest.mark.parametrize("length", ["²", "-5", "5x", " "])
def test_an_odd_length_is_no_error(front: Front, length: str) -> None:
    assert front.post(seal("wechat", message(Content="你好")), CONTENT_LENGTH=length).status == 200


@ON_SQLITE
def test_a_body_that_breaks_off_is_refused(front: Front) -> None:
    class Broken:
        def read(self, _size: int = -1) -> bytes:
            raise OSError("reset")

    assert front.post(seal("wechat", message(Content="你好")), **{"wsgi.input": Broken()}).status == 403
    right = seal("wechat", message(Content="你好"))
    assert front.post(Post(right.path, right.query, right.body[:100])).status == 403


@ON_SQLITE
def test_other_methods_and_queries(front: Front) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"):
        assert call(front.app.wsgi_app, "/wechat", method=method)[0] == 405
    assert call(front.app.wsgi_app, "/wechat", "&".join(f"a{n}=1" for n in range(10_000)))[0] == 403
    assert call(front.app.wsgi_app, "/wechat", "%ff%fe=%zz&timestamp=%00")[0] == 403
    assert call(front.app.wsgi_app, "/wechat/", method="GET")[0] == 403


@ON_SQLITE
def test_a_channel_that_is_not_set_up_is_not_there(open_front: OpenFront) -> None:
    front = open_front(wecom_corp_id="", wecom_token="")
    status, _, body = call(front.app.wsgi_app, "/wecom", body=b"<xml/>")
    assert (status, body) == (404, b"")
