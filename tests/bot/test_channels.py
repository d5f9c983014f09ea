"""The codec against published vectors, and the channels' own reading of requests."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from bot.channels.base import (
    Cipher,
    NotAuthentic,
    NotUnderstood,
    dedupe_parts,
    moment,
    number,
    read_text,
    require_fresh,
    signed,
    to_inbound,
)
from bot.channels.wechat import sealed_envelope
from bot.sandbox.crypto import Envelope, signature
from tests.bot.front import AES_KEY, APP_ID, TOKEN, message
from tests.samples import crypto_vectors, samples

VECTORS = {vector["id"]: vector for vector in crypto_vectors()}
SIGNED = [id_ for id_, vector in VECTORS.items() if vector["usable_positive"]]
POSITIVE = [id_ for id_, vector in VECTORS.items() if vector["usable_positive"] is True]
NEGATIVE = [id_ for id_, vector in VECTORS.items() if vector["usable_positive"] is False]


def cipher_of(vector: dict[str, Any]) -> Cipher:
    return Cipher(base64.b64decode(vector["encoding_aes_key"] + "="), vector["receive_id"])


@pytest.mark.parametrize("vector", SIGNED)
def test_published_signatures(vector: str) -> None:
    one = VECTORS[vector]
    parts = [one["timestamp"], one["nonce"], *([one["cipher_text"]] if one["cipher_text"] else [])]
    assert signed(one["token"], *parts) == one["msg_signature"]


@pytest.mark.parametrize("vector", POSITIVE)
def test_published_ciphertexts_open(vector: str) -> None:
    one = VECTORS[vector]
    assert cipher_of(one).decrypt(one["cipher_text"]) == one["plain_text"]


@pytest.mark.parametrize("vector", NEGATIVE)
def test_published_ciphertexts_that_must_be_refused(vector: str) -> None:
    one = VECTORS[vector]
    parts = (one["timestamp"], one["nonce"], one["cipher_text"])
    if signed(one["token"], *parts) == one["msg_signature"]:
        with pytest.raises(NotAuthentic):
            cipher_of(one).decrypt(one["cipher_text"])


@pytest.mark.parametrize("length", [*range(1, 70), 2048, 70_000])
def test_what_is_encrypted_opens_on_the_other_side(length: int) -> None:
    """Every length of padding, both ways, against an implementation that shares no code."""
    text = "安" * length
    ours, theirs = Cipher(base64.b64decode(AES_KEY + "="), APP_ID), Envelope(AES_KEY, APP_ID)
    assert theirs.decrypt(ours.encrypt(text)) == text
    assert ours.decrypt(theirs.encrypt(text)) == text


def test_two_encryptions_differ() -> None:
    cipher = Cipher(base64.b64decode(AES_KEY + "="), APP_ID)
    assert len({cipher.encrypt("好") for _ in range(50)}) == 50


def test_an_envelope_is_signed_for_what_it_holds() -> None:
    xml = sealed_envelope(Cipher(base64.b64decode(AES_KEY + "="), APP_ID), TOKEN, "<xml/>")
    found = dict(re.findall(r"<(\w+)>(?:<!\[CDATA\[)?([^<\]]+)", xml.removeprefix("<xml>")))
    assert signature(TOKEN, found["TimeStamp"], found["Nonce"], found["Encrypt"]) == found["MsgSignature"]


@pytest.mark.parametrize("stamp", ["", " ", "-5", "1e9", "１２３", "0x10", "9" * 13, "nan", "1732448000.5"])
def test_odd_times_are_refused(stamp: str) -> None:
    with pytest.raises(NotAuthentic):
        require_fresh(stamp)


@pytest.mark.parametrize("channel", ["wechat", "wecom"])
def test_every_sample_is_read_with_its_fields(channel: Any) -> None:
    for sample in samples(channel):
        read = to_inbound(channel, read_text(sample.fill("oX", "77")))
        assert read.is_event == sample.is_event, sample.name
        assert read.sender in {"oX", "sys"}
        assert read.account
        assert read.is_event or read.message_id == "77", sample.name
        assert read.event == read.event.lower()


def test_fields_of_special_kinds() -> None:
    by_name = {sample.name: sample for sample in samples("wechat")}

    def read(name: str) -> Any:
        return to_inbound("wechat", read_text(by_name[name].fill("oX", "77")))

    place = read("location")
    assert (place.latitude, place.longitude, place.label) == (20.04422, 110.19989, "海口市龙华区")
    chosen = read("menu location")
    assert (chosen.latitude, chosen.longitude) == (20.04, 110.2)
    reported = read("reported location")
    assert (reported.event, reported.latitude) == ("location", 20.044)
    assert read("voice with its words").text == "脚手架几个人验收。"
    assert read("short video").kind == "video"
    assert read("image").picture_url.startswith("http")
    assert read("subscribe by a code").event_key == "qrscene_site_0042"
    assert read("notice consent asked").fields["SubscribeMsgPopupEvent"]["List"][1]["SubscribeStatusString"] == "reject"


def test_deliveries_of_one_event_are_one_and_of_two_are_two() -> None:
    """Events have no MsgId: everything that tells two of one second apart counts, the platform's own MsgID too."""
    keys = {}
    for sample in [*samples("wechat"), *samples("wecom")]:
        text = sample.fill("oX", sample.name)
        text = re.sub(r"<CreateTime>\d+", "<CreateTime>1", text)
        read = to_inbound(sample.channel, read_text(text))  # type: ignore[arg-type]
        assert dedupe_parts(read) == dedupe_parts(to_inbound(sample.channel, read_text(text)))  # type: ignore[arg-type]
        keys.setdefault(dedupe_parts(read), []).append(sample.name)
    together = [names for names in keys.values() if len(names) > 1]
    silent_twins = {"an event without a name", "an event with an empty name"}
    assert all(set(names) <= silent_twins or _same_kind(names) for names in together), together


def _same_kind(names: list[str]) -> bool:
    """Kinds nobody answers, told apart by a field that decides nothing here."""
    return all(name.startswith(("member ", "department ", "tag ")) for name in names)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", 1.0),
        (1, 1.0),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("", None),
        (None, None),
        ({}, None),
        ("x", None),
    ],
)
def test_numbers(value: object, expected: float | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize("value", ["", "soon", "-1", None, {}, "9" * 12, "１"])
def test_a_time_that_is_none_is_now(value: object) -> None:
    assert moment(value).year >= 2025
    assert moment("1348831860").year == 2012


@pytest.mark.parametrize(
    "text", ["<!DOCTYPE xml><xml><a>1</a></xml>", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><xml/>']
)
def test_document_types_are_not_read(text: str) -> None:
    with pytest.raises(NotUnderstood, match="document type"):
        read_text(text)


def test_what_people_write_about_document_types_is_read() -> None:
    assert read_text(message(Content="<!DOCTYPE html><!ENTITY a>"))["Content"] == "<!DOCTYPE html><!ENTITY a>"
