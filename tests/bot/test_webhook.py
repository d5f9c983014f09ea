"""The platforms' door, from outside: who gets in, what everybody hears, and that nothing breaks it."""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.inbox.records import DONE, KEPT, InboundMessage
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
    message_id,
    seal,
)
from tests.samples import Sample, samples

OpenFront = Callable[..., Front]
MODES = ("plain", "compatible", "safe", "wecom")
WORDS = "脚手架几个人验收"


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


# -- every kind of message ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_message_gets_its_treatment(open_front: OpenFront, mode: str) -> None:
    front, channel = open_mode(open_front, mode), channel_of(mode)
    for number, sample in enumerate(samples(channel)):
        sender = f"oSample{number:022}"
        said = front.deliver(sample.fill(sender, message_id()), channel)
        assert said.status == 200, sample.name
        assert said.silent == (sample.reply == "silent"), (sample.name, said)
        assert sample.says in said.content, (sample.name, said.content)
        if not said.silent:
            assert (said.fields["ToUserName"], said.fields["FromUserName"]) == (sender, ACCOUNT), sample.name
            assert said.content, sample.name
            assert "系统刚才出了点问题" not in said.content, sample.name
        else:
            assert said.body == (b"" if channel == "wecom" else b"success")
    assert {row.status for row in front.rows(InboundMessage)} == {DONE}


def test_the_kinds_are_many() -> None:
    assert len(samples("wechat")) >= 60
    assert len(samples("wecom")) >= 40


@ON_SQLITE
def test_events_hear_no_apology_when_nothing_can_be_stored(open_front: OpenFront) -> None:
    front = open_front()
    break_database(front)
    for channel in ("wechat", "wecom"):
        for number, sample in enumerate(samples(channel)):
            said = front.deliver(sample.fill(f"oSample{number:022}", message_id()), channel)
            assert said.status == 200
            if sample.is_event:
                assert said.silent or "出了点问题" not in said.content, sample.name
            else:
                assert said.content, sample.name


def break_database(front: Front) -> None:
    """From now on every statement fails, as on a disk that is gone."""
    Path(str(front.services.database.url.database)).unlink()
    front.services.database.dispose()


# -- samples from elsewhere -----------------------------------------------------------------------------------------

OUTSIDE = os.environ.get("PLATFORM_SAMPLES", "")


@ON_SQLITE
@pytest.mark.skipif(not OUTSIDE, reason="PLATFORM_SAMPLES names no folder of samples")
@pytest.mark.parametrize("mode", MODES)
def test_samples_from_elsewhere_are_answered_within_the_rules(open_front: OpenFront, mode: str) -> None:
    front, channel = open_mode(open_front, mode), channel_of(mode)
    files = sorted(path for path in Path(OUTSIDE).rglob("*") if path.suffix in {".xml", ".json"})
    files = [path for path in files if path.name not in {"index.json", "crypto.json"}]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        mode_of_post = "safe" if channel == "wecom" or (mode == "compatible" and path.suffix == ".json") else mode
        said = front.post(seal(channel, text, mode=mode_of_post))
        assert said.status == 200, path.name
        event = "Event" in text or "InfoType" in text
        assert not (event and "出了点问题" in said.content), path.name


# -- the address check ----------------------------------------------------------------------------------------------


def check(front: Front, path: str, query: dict[str, str], method: str = "GET") -> tuple[int, bytes]:
    status, _, body = call(front.app.wsgi_app, path, urlencode(query), method=method)
    return status, body


@ON_SQLITE
@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_the_address_check_of_wechat(open_front: OpenFront, mode: str) -> None:
    front, stamp = open_front(mode), str(int(time.time()))
    query = {"timestamp": stamp, "nonce": "n", "echostr": "5927782489", "signature": signature(TOKEN, stamp, "n")}
    assert check(front, "/wechat", query) == (200, b"5927782489")
    assert check(front, "/wechat", query | {"signature": signature("other", stamp, "n")}) == (403, b"")
    assert check(front, "/wechat", query | {"signature": ""}) == (403, b"")
    old = str(int(stamp) - 700)
    assert check(front, "/wechat", query | {"timestamp": old, "signature": signature(TOKEN, old, "n")}) == (403, b"")
    assert check(front, "/wechat", {}) == (403, b"")


@ON_SQLITE
def test_the_address_check_of_wecom(front: Front) -> None:
    stamp, echo = str(int(time.time())), envelope("wecom").encrypt("1616140317555161061")
    query = {"timestamp": stamp, "nonce": "n", "echostr": echo, "msg_signature": signature(TOKEN, stamp, "n", echo)}
    assert check(front, "/wecom", query) == (200, b"1616140317555161061")
    assert check(front, "/wecom", query | {"echostr": echo[:-4]}) == (403, b"")
    other = Envelope(AES_KEY, "wwother").encrypt("1")
    signed_other = query | {"echostr": other, "msg_signature": signature(TOKEN, stamp, "n", other)}
    assert check(front, "/wecom", signed_other) == (403, b"")
    assert check(front, "/wecom", query | {"msg_signature": "x"}) == (403, b"")


# -- who is refused -------------------------------------------------------------------------------------------------


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


def laughs(tag: str) -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE xml [<!ENTITY l0 "ha">{levels}]><xml><{tag}>&l9;</{tag}></xml>'


SECRET_MARKS = (WORDS, ASKER, TOKEN, AES_KEY, "脚手架")


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


# -- authentic, and odd ---------------------------------------------------------------------------------------------

HEAD = f"<ToUserName>{ACCOUNT}</ToUserName><FromUserName>{ASKER}</FromUserName>"
ODD = {
    "empty XML": "<xml/>",
    "no fields": "<xml>words</xml>",
    "other root": "<yml><MsgType>text</MsgType></yml>",
    "words": "hello",
    "nothing": "",
    "array": "[1, 2]",
    "null": "null",
    "no sender": "<xml><MsgType>text</MsgType><Content>x</Content></xml>",
    "no type": f"<xml>{HEAD}<Content>x</Content></xml>",
    "empty type": f"<xml>{HEAD}<MsgType/></xml>",
    "sender twice": f"<xml>{HEAD}{HEAD}<MsgType>text</MsgType></xml>",
    "document type": f'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x"><xml>{HEAD}<MsgType>text</MsgType></xml>',
    "laughs": laughs("Content"),
    "open": f"<xml>{HEAD}<MsgType>text",
    "suite ticket": "<xml><SuiteId>s</SuiteId><InfoType>suite_ticket</InfoType><SuiteTicket>t</SuiteTicket></xml>",
    "deep JSON": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "JSON without sender": '{"MsgType": "text", "Content": "\\ud800 x"}',
}


@ON_SQLITE
@pytest.mark.parametrize("mode", MODES)
def test_what_is_authentic_but_not_understood_is_kept(open_front: OpenFront, mode: str) -> None:
    front, channel = open_mode(open_front, mode), channel_of(mode)
    for number, (name, text) in enumerate(ODD.items(), 1):
        with structlog.testing.capture_logs() as lines:
            said = front.post(seal(channel, text, mode="safe" if mode in {"wecom", "compatible"} else mode))
        assert said.silent, (name, said)
        assert said.body == (b"" if channel == "wecom" else b"success"), name
        assert [line["event"] for line in lines] == ["webhook.kept"], (name, lines)
        kept = [row for row in front.rows(InboundMessage) if row.status == KEPT]
        assert len(kept) == number, name


@ON_SQLITE
def test_bytes_that_are_not_utf8_are_kept_apart(open_front: OpenFront) -> None:
    front = open_front("plain")
    for words in ("着火了", "塌方了"):
        right = seal("wechat", message(Content=words), mode="plain")
        assert front.post(Post(right.path, right.query, right.body.decode().encode("gbk"))).silent
    assert front.count(InboundMessage) == 2


def as_json(**fields: object) -> str:
    """A text message as the platforms' JSON form has it."""
    return json.dumps({"ToUserName": ACCOUNT, "FromUserName": ASKER, "MsgType": "text"} | fields)


STRANGE = {
    "CreateTime in words": message(Content=WORDS, CreateTime="soon"),
    "CreateTime huge": message(Content=WORDS, CreateTime="9" * 30),
    "CreateTime empty": message(Content=WORDS, CreateTime=""),
    "CreateTime negative": message(Content=WORDS, CreateTime="-1"),
    "MsgId in words": message(Content=WORDS, MsgId="one"),
    "MsgId huge": message(Content=WORDS, MsgId="9" * 300),
    "MsgId empty": message(Content=WORDS, MsgId=""),
    "type in capitals": message("TEXT", Content=WORDS),
    "deep field": message(Content=WORDS).replace("</xml>", "<a>" * 5000 + "</a>" * 5000 + "</xml>"),
    "attributes": message(Content=WORDS).replace("<xml>", '<xml a="1">').replace("<Content>", '<Content b="2">'),
    "comment": message(Content=WORDS).replace("<Content>", "<!-- x --><Content>"),
    "declared otherwise": '<?xml version="1.0" encoding="UTF-16"?>' + message(Content=WORDS),
    "long sender": message(Content=WORDS, sender="o" * 5000),
    "sender with markup": message(Content=WORDS, sender="o</x>]]]]><![CDATA[>"),
    "place out of this world": message("location", Location_X="nan", Location_Y="1e999", Label="x"),
    "JSON": as_json(Content=WORDS, MsgId=5, CreateTime=1),
    "JSON half a pair": as_json(Content="\ud83d 安全帽", MsgId=6, x="\udc00"),
    "JSON half a sender": as_json(Content=WORDS, MsgId=7, FromUserName="\ud800"),
    "deep JSON field": as_json(Content=WORDS, MsgId=8)[:-1] + ', "a": ' + "[" * 600 + "]" * 600 + "}",
}  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("mode", ["plain", "safe", "wecom"])
def test_strange_messages_are_answered_all_the_same(open_front: OpenFront, mode: str) -> None:
    front, channel = open_mode(open_front, mode), channel_of(mode)
    for name, text in STRANGE.items():
        with structlog.testing.capture_logs() as lines:
            said = front.deliver(text, channel)
        assert said.status == 200
        assert said.content, (name, lines)
        assert not [line for line in lines if line["log_level"] == "error"], (name, lines)
        assert "系统刚才出了点问题" not in said.content, name


@ON_SQLITE
def test_of_a_repeated_parameter_the_first_counts(front: Front) -> None:
    right = seal("wechat", message(Content="你好"))
    assert front.post(Post(right.path, right.query + "&timestamp=1&msg_signature=x", right.body)).content


@ON_SQLITE
def test_the_line_about_a_message_tells_nothing_of_it(front: Front) -> None:
    with structlog.testing.capture_logs() as lines:
        front.say("我的电话13800138000，脚手架塌了", sender=ASKER)
        front.send("event", sender=ASKER, Event="CLICK", EventKey="account.numbers")
    assert [line["event"] for line in lines].count("webhook.answered") == 2
    assert not any(mark in str(lines) for mark in (*SECRET_MARKS, "13800138000"))


def test_samples_know_their_kind() -> None:
    assert Sample("wechat", "x", "silent", "{event}<Event>x</Event>").is_event
