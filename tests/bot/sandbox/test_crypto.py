"""The sandbox's own cryptography and XML against the published vectors' shape and another codec."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from bot.sandbox.crypto import CryptoError, Envelope, signature
from bot.sandbox.options import WeChatAccount
from bot.sandbox.xml import XmlError, build, parse

ACCOUNT = WeChatAccount()
ENVELOPE = Envelope(ACCOUNT.aes_key, ACCOUNT.app_id)


def test_a_published_vector_decrypts() -> None:
    sealed = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
    envelope = Envelope("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a")
    assert envelope.decrypt(sealed) == "5927782489442352469"
    assert signature("123456", "1411443780", "437374425", sealed) == "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96"


@given(st.text(max_size=200))
def test_what_is_sealed_is_opened(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert ENVELOPE.decrypt(ENVELOPE.encrypt(text)) == text


def test_another_receiver_and_a_changed_byte_are_refused() -> None:
    sealed = ENVELOPE.encrypt("你好")
    with pytest.raises(CryptoError, match="接收方"):
        Envelope(ACCOUNT.aes_key, "wxother").decrypt(sealed)
    for broken in ("", "%%%", sealed[:-8], "A" * len(sealed)):
        with pytest.raises(CryptoError):
            ENVELOPE.decrypt(broken)


def test_another_codec_reads_it() -> None:
    sealed = ENVELOPE.encrypt("<xml><A>1</A></xml>")
    codec = WeChatCrypto(ACCOUNT.token, ACCOUNT.aes_key, ACCOUNT.app_id)
    body = build([("Encrypt", sealed)])
    assert codec.decrypt_message(body, signature(ACCOUNT.token, "1", "2", sealed), "1", "2") == "<xml><A>1</A></xml>"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
def test_any_text_survives_as_cdata(text: str) -> None:
    text = text.replace("\ufffe", "").replace("\uffff", "") + "]]>"
    assert parse(build([("Content", text)])).get("Content") == text


@pytest.mark.parametrize(
    "text", ["", "no xml", "<a/>", "<xml>", '<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>', "<!DOCTYPE xml><xml/>"]
)
def test_what_the_platform_would_not_parse(text: str) -> None:
    with pytest.raises(XmlError):
        parse(text)
