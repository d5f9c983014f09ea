"""Encrypted text messages for load tests: made before the clock starts, each with its own MsgId."""

from __future__ import annotations

import base64
import random
import time
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

from bot.channels.base import Cipher, signed
from handlers.emergency.signals import read
from knowledge.content import load_topics
from knowledge.evaluation.evaluate import load_cases

TOKEN, APP_ID = "benchtoken", "wxbench0000000001"
AES_KEY = "benchmarkbenchmarkbenchmarkbenchmarkbenchma"
DISTINCT = 2_000
ZIPF = 1.1
PEOPLE = 500


@dataclass(frozen=True)
class Load:
    """``questions`` in the order in which they are sent."""

    name: str
    questions: list[str]


def distinct_questions(count: int = DISTINCT) -> list[str]:
    """Questions people ask: our development set first, then phrasings of the entries. Those that emergency takes are
    left out: they are not the consult path."""
    asked = [case.question for case in load_cases()]
    phrasings = [line for topic in load_topics() for entry in topic.entries for line in entry.phrasings]
    rng = random.Random(616)
    rng.shuffle(phrasings)
    every = (question for question in dict.fromkeys(asked + phrasings) if not _is_emergency(question))
    return list(islice(every, count))


def _is_emergency(question: str) -> bool:
    signal = read(question)
    return signal is not None and not signal.answer


def zipf_load(total: int) -> Load:
    """``total`` draws from 2,000 distinct questions by a Zipf law with s = 1.1."""
    questions = distinct_questions()
    rng = random.Random(617)
    rng.shuffle(questions)
    weights = list(accumulate(1 / rank**ZIPF for rank in range(1, len(questions) + 1)))
    return Load("zipf", rng.choices(questions, cum_weights=weights, k=total))


def distinct_load(total: int) -> Load:
    """``total`` questions of which no two are equal: each of the 2,000 told with a place and a number around it."""
    questions = distinct_questions()
    places = [
        "海口龙华",
        "三亚吉阳",
        "儋州那大",
        "琼海嘉积",
        "文昌文城",
        "万宁万城",
        "澄迈老城",
        "东方八所",
        "陵水椰林",
    ]
    return Load(
        "distinct",
        [f"{places[n % len(places)]}{n}号楼的，{questions[n % len(questions)]}" for n in range(total)],
    )


def write_requests(load: Load, path: Path, first_id: int) -> None:
    """One request a line: query string, tab, body."""
    cipher = Cipher(base64.b64decode(AES_KEY + "="), APP_ID)
    timestamp = str(int(time.time()))
    with path.open("w", encoding="utf-8") as out:
        for number, question in enumerate(load.questions):
            nonce = str(1_000_000 + number)
            xml = (
                f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName>"
                f"<FromUserName><![CDATA[oBench{number % PEOPLE:022d}]]></FromUserName>"
                f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
                f"<Content><![CDATA[{question}]]></Content><MsgId>{first_id + number}</MsgId></xml>"
            )
            encrypted = cipher.encrypt(xml)
            signature = signed(TOKEN, timestamp, nonce, encrypted)
            plain = signed(TOKEN, timestamp, nonce)
            query = f"timestamp={timestamp}&nonce={nonce}&encrypt_type=aes&msg_signature={signature}&signature={plain}"
            body = f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
            out.write(f"{query}\t{body}\n")
