"""The platforms' door, from outside: who gets in, what everybody hears, and that nothing breaks it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
import structlog

from bot.inbox.records import DONE, KEPT, InboundMessage
from bot.sandbox.crypto import Envelope, signature
from tests.bot.front import (
    ACCOUNT,
    AES_KEY,
    ASKER,
    ON_SQLITE,
    TOKEN,
    Front,
    Post,
    call,
    envelope,
    message,
    message_id,
    seal,
)
from tests.bot.posts import MODES, SECRET_MARKS, WORDS, OpenFront, channel_of, laughs, open_mode
from tests.samples import Sample, samples

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
