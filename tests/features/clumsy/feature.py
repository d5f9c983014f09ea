"""Each word makes one mistake, or uses one of the turn's services."""

from __future__ import annotations

from sqlalchemy import select

from bot.directory.records import Person
from bot.features import Feature, OutboxKind, Route
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn


def _time(_message: Inbound, turn: Turn) -> Reply:
    turn.begin("clumsy", {"at": turn.now})
    return Text("unreachable")


def _late(_message: Inbound, turn: Turn) -> Reply:
    turn.begin("clumsy", {"ok": 1})
    turn.state.data["at"] = turn.now
    return Text("unreachable")


def _me(_message: Inbound, turn: Turn) -> Reply:
    found = turn.session.scalar(select(Person.id).where(Person.id == turn.person_id))
    return Text("有您" if found else "没有您")


def _nested(_message: Inbound, turn: Turn) -> Reply:
    turn.session.connection()
    with turn.services.database.begin():
        return Text("两层")


def _push(_message: Inbound, turn: Turn) -> Reply:
    turn.push("clumsy.push", turn.person_id, "hello", Text("推给您"))
    return Text("好")


feature = Feature(
    name="clumsy",
    title="笨手笨脚",
    routes=tuple(
        Route(handler, words=frozenset({word}))
        for word, handler in (("时间", _time), ("晚了", _late), ("我在吗", _me), ("两层", _nested), ("推", _push))
    ),
    outbox_kinds=(OutboxKind("clumsy.push"),),
)
