"""A steady stream of signed messages, each delivered as the platform delivers: three tries, five seconds apart."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from dotenv import dotenv_values

from bot.sandbox.crypto import Envelope, signature

TRIES, PATIENCE_S, BETWEEN_S = 3, 5.0, 0.5
QUESTIONS = ("高处作业要系安全带吗", "煤气漏了怎么办", "灭火器怎么用", "出了工伤怎么赔", "今天天气怎么样")


@dataclass
class Delivery:
    """One message: when it was first sent, each try's status (0: no answer) and time, and the answers' words."""

    msgid: int
    at: float
    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        return bool(self.answers)


class Pouring:
    """Posts ``rate`` messages a second until stopped; ``deliveries`` holds what became of each."""

    def __init__(self, address: str, var_dir: Path, rate: int = 30) -> None:
        values = dotenv_values(var_dir / "sandbox.env")
        self._token = str(values["WECHAT_TOKEN"])
        self._envelope = Envelope(str(values["WECHAT_AES_KEY"]), str(values["WECHAT_APP_ID"]))
        self._url = f"{address}/wechat"
        self._rate = rate
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(rate * 8)
        self._client = httpx.Client(timeout=PATIENCE_S, limits=httpx.Limits(max_keepalive_connections=rate))
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self.deliveries: list[Delivery] = []

    def __enter__(self) -> Pouring:
        self._feeder.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._feeder.join()
        self._pool.shutdown(wait=True)
        self._client.close()

    def _feed(self) -> None:
        begun, number = time.monotonic(), 0
        first = int(time.time()) * 1_000_000
        while not self._stop.wait(max(0.0, begun + number / self._rate - time.monotonic())):
            delivery = Delivery(first + number, time.monotonic())
            self.deliveries.append(delivery)
            self._pool.submit(self._deliver, delivery, number)
            number += 1

    def _deliver(self, delivery: Delivery, number: int) -> None:
        """Until there is a 2xx, then once more: the platform sometimes repeats what was answered."""
        created, sender = int(time.time()), f"oPour{number % 200:023d}"
        xml = (
            f"<xml><ToUserName><![CDATA[gh_anquanshao01]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
            f"<CreateTime>{created}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{QUESTIONS[number % len(QUESTIONS)]}]]></Content><MsgId>{delivery.msgid}</MsgId></xml>"
        )
        repeat = number % 5 == 0
        for _ in range(TRIES):
            self._post(xml, delivery)
            if delivery.answered and not repeat:
                return
            repeat = repeat and not delivery.answered
            time.sleep(BETWEEN_S)

    def _post(self, xml: str, delivery: Delivery) -> None:
        stamp, nonce = str(int(time.time())), "pouring"
        cipher = self._envelope.encrypt(xml)
        query = {
            "timestamp": stamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "signature": signature(self._token, stamp, nonce),
            "msg_signature": signature(self._token, stamp, nonce, cipher),
        }
        body = f"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>"
        begun = time.monotonic()
        try:
            answer = self._client.post(self._url, params=query, content=body.encode())
        except httpx.TransportError:
            delivery.statuses.append(0)
        else:
            delivery.statuses.append(answer.status_code)
            if answer.status_code == 200 and answer.text not in {"", "success"}:
                delivery.answers.append(self._words(answer.text))
        delivery.seconds.append(time.monotonic() - begun)

    def _words(self, body: str) -> str:
        cipher = ElementTree.fromstring(body).findtext("Encrypt") or ""
        return ElementTree.fromstring(self._envelope.decrypt(cipher)).findtext("Content") or ""


def inbound_rows(var_dir: Path) -> tuple[int, int]:
    """Rows of the inbox, and different messages among them."""
    with sqlite3.connect(f"file:{var_dir / 'anquanshao.db'}?mode=ro", uri=True) as connection:
        rows: tuple[int, int] = connection.execute(
            "SELECT count(*), count(DISTINCT channel || dedupe_key) FROM inbound WHERE kind = 'text'"
        ).fetchone()
    return rows


def same_words(answers: list[str]) -> bool:
    return len({re.sub(r"\s+", " ", one) for one in answers}) <= 1
