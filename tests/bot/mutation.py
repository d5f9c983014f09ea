"""Messages spoiled in every way at hand, and the rules that every answer keeps all the same.

Used by the fuzz test and by the benchmark, which sends many more: ``assault(front, 100_000)``.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from tests.bot.front import Front, Post, message_id, seal
from tests.samples import samples

Layer = Literal["message", "envelope", "query"]
LAYERS: tuple[Layer, ...] = ("message", "message", "message", "envelope", "query")
BASES = [*samples("wechat"), *samples("wecom")]
STATUSES = frozenset({200, 400, 403, 413})
FAULTS = frozenset(
    {"webhook.failed", "handler.failed", "interceptor.failed", "inbox.unwritten", "inbox.unread", "inbox.owed"}
)
SLOWEST_S, TRIES = 1.0, 3

TOKENS = (
    "", "\0", "\x0b", "￾", "\ud800", "\u202e", "\u0301", "👨‍👩‍👧", "]]>", "<![CDATA[", "&", "&#0;", "&lt;", "&e;", "<", ">", "'", '"',
    "<!--", "-->", "<?xml version='1.0' encoding='gbk'?>", "<!DOCTYPE x [<!ENTITY e 'x'>]>", "</xml>", "<xml>", "<Encrypt>QQ==</Encrypt>",
    "<MsgType>event</MsgType>", "<MsgType><![CDATA[text]]></MsgType>", "<Content/>", "<Event>subscribe</Event>", "<MsgId>0</MsgId>",
    "<FromUserName/>", "<a>" * 300, "<a b='c'/>", "<x:y/>", "-1", "0", "9" * 40, "1e400", "nan", "１２", "{", "[]", "null", '{"a":1}',
    "着火了", "救命", "更多", "转人工", "0", "1", "都不是", "没用", "13800138000", "%", "%00", "=", "A" * 3000, "安" * 900, "\n" * 50,
)  # fmt: skip
NAMES = (
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "Content",
    "MsgId",
    "Event",
    "EventKey",
    "TaskId",
    "AgentID",
    "MediaId",
)


@dataclass(frozen=True)
class Change:
    """One way to spoil a text: ``what`` at ``where`` (a share of its length), ``size`` characters wide."""

    what: int
    where: float
    size: int
    token: int


@dataclass(frozen=True)
class Case:
    """A sample, where it is spoiled and how."""

    base: int
    layer: Layer
    changes: tuple[Change, ...]

    @property
    def channel(self) -> str:
        return BASES[self.base % len(BASES)].channel


def post_for(case: Case, mode: str = "safe") -> Post:
    """The spoiled request; a spoiled message is signed and encrypted as the platform would."""
    sample = BASES[case.base % len(BASES)]
    mode = "safe" if sample.channel == "wecom" else mode
    text = sample.fill(f"oFuzz{case.base % 7}", message_id())
    if case.layer == "message":
        text = spoil(text, case.changes)
    post = seal(sample.channel, text.encode("utf-8", "replace").decode(), mode=mode)
    if case.layer == "envelope":
        body = spoil(post.body.decode(), case.changes).encode("utf-8", "surrogatepass")
        return Post(post.path, post.query, body)
    if case.layer == "query":
        query = spoil(post.query, case.changes).encode("utf-8", "replace").decode("latin-1")  # as WSGI hands it over
        return Post(post.path, query, post.body)
    return post


def spoil(text: str, changes: Sequence[Change]) -> str:
    for change in changes:
        start = round(change.where * len(text))
        end = min(len(text), start + change.size)
        token = TOKENS[change.token % len(TOKENS)]
        match change.what % 8:
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:start] + token + text[start:]
            case 2:
                text = text[:start] + token + text[end:]
            case 3:
                text = text[:end] + text[start:end] * 3 + text[end:]
            case 4:
                text = text[:start]
            case 5:
                name = NAMES[change.token % len(NAMES)]
                text = text.replace(name, NAMES[change.size % len(NAMES)], 1)
            case 6:
                code = ord(text[start]) ^ (1 << change.size % 8) if start < len(text) else 63
                text = text[:start] + chr(code) + text[start + 1 :]
            case 7:
                text = text[start:] + text[:start]
    return text[:200_000]


def strike(front: Front, case: Case) -> int:
    """Post it; the status. Raises AssertionError where a rule is broken: answers that the platform could not read, a
    status that asks for a retry, an error in the log, a second or more each time of three (a machine may stand still
    once)."""
    for _ in range(TRIES):
        status, took = _strike(front, case)
        if took < SLOWEST_S:
            return status
    raise AssertionError(took)


def _strike(front: Front, case: Case) -> tuple[int, float]:
    with structlog.testing.capture_logs() as lines:
        began = time.perf_counter()
        said = front.post(post_for(case, front.mode))
        took = time.perf_counter() - began
    assert said.status in STATUSES, said.status
    assert said.status == 200 or said.body == b""
    faults = [line["event"] for line in lines if line["event"] in FAULTS or line["log_level"] == "critical"]
    assert not faults, faults
    return said.status, took


def drawn(chance: random.Random) -> Case:
    """A case by chance."""
    changes = tuple(
        Change(chance.randrange(8), chance.random(), chance.randrange(1, 60), chance.randrange(len(TOKENS)))
        for _ in range(chance.randrange(1, 5))
    )
    return Case(chance.randrange(len(BASES)), chance.choice(LAYERS), changes)


def assault(front: Front, number: int, seed: int = 1) -> Counter[int]:
    """``number`` cases by chance, by status; the AssertionError of one that breaks a rule names its case."""
    chance = random.Random(seed)
    statuses: Counter[int] = Counter()
    for _ in range(number):
        case = drawn(chance)
        try:
            statuses[strike(front, case)] += 1
        except Exception as error:
            raise AssertionError(f"{case}: {error!r}") from error
    return statuses
