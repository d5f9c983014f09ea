"""Messages that arrive together, late or again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from bot import clock
from bot.channels.base import read_text, to_inbound
from bot.ids import new_id
from bot.inbox.inbox import Arrival, Inbox
from bot.messages import Reply
from tests.bot.front import Front, seal

SLOW = "tests.features.slow"
ALL = "handlers.emergency,handlers.account,tests.features.slow,handlers.consult"
QUESTION = "脚手架几个人验收"


def together(front: Front, texts: list[str]) -> list[str]:
    """What is heard when all are delivered at once."""
    barrier = threading.Barrier(len(texts))

    def one(xml: str) -> str:
        post = seal("wechat", xml)
        barrier.wait()
        return front.post(post).content

    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(one, texts))


def arrive(front: Front, xml: str, ago_s: float = 0.0) -> tuple[Inbox, Arrival]:
    """A delivery that came in some seconds ago."""
    inbound = to_inbound("wechat", read_text(xml))
    return Inbox(front.services), Arrival(inbound, new_id(), clock.stopwatch() - ago_s)


def answer(front: Front, xml: str, ago_s: float = 0.0) -> Reply:
    inbox, arrival = arrive(front, xml, ago_s)
    return inbox.answer(arrival)
