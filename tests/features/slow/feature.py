"""A conversation whose messages misbehave on purpose.

睡 N: takes N seconds, then writes a question and plans a message. 坏: raises, unless GOOD is set. 毒: a write that the
database refuses. 存 N: as 睡, in a unit of work of its own. 长: a reply of several pages.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bot import outbox
from bot.features import Feature, OutboxKind
from bot.ids import new_id
from bot.messages import Inbound, Reply, Text
from bot.outbox import Draft
from bot.turn import Turn
from handlers.consult.records import ANSWERED, ConsultQuestion

KIND = "slow.note"
LONG = "".join(f"第{number}句，作业前先检查，检查好了再上人。" for number in range(1, 121))


def question(turn: Turn, channel: str) -> dict[str, Any]:
    """A row of consult's."""
    id_ = new_id()
    return {
        "id": id_,
        "person_id": turn.person_id,
        "channel": channel,
        "request_id": turn.request_id,
        "asked_at": turn.now,
        "text_sealed": turn.services.content.encrypt("问", "consult_question", id_, "text"),
        "outcome": ANSWERED,
        "entry_id": "",
        "score": 1.0,
        "as_of": turn.services.clock.today(),
        "queue": "",
        "feedback": "",
        "reply_sealed": None,
        "replied_by": None,
        "replied_at": None,
    }


def draft(turn: Turn, message: Inbound) -> Draft:
    return Draft(
        kind=KIND,
        subject=turn.request_id,
        step="note",
        person_id=turn.person_id,
        channel=message.channel,
        push=Text("记下了"),
    )


def answer(message: Inbound, turn: Turn) -> Reply | None:
    word, _, rest = message.text.partition(" ")
    match word:
        case "睡":
            return _asleep(message, turn, float(rest))
        case "存":
            turn.session.add(ConsultQuestion(**question(turn, message.channel)))
            outbox.plan(turn.session, turn.services, draft(turn, message))
            time.sleep(float(rest))
            return Text("存好了")
        case "坏":
            turn.insert(ConsultQuestion, **question(turn, message.channel))
            mended = Path(turn.services.settings.var_dir) / "mended"
            if not mended.exists():
                raise RuntimeError(f"cannot answer {message.text} of {message.sender}")
            return Text("这回好了")
        case "毒":
            turn.insert(ConsultQuestion, **(question(turn, message.channel) | {"text_sealed": None}))
            return Text("不该听到")
        case "长":
            return Text(LONG)
    return None


def _asleep(message: Inbound, turn: Turn, seconds: float) -> Reply:
    time.sleep(seconds)
    turn.insert(ConsultQuestion, **question(turn, message.channel))
    row, event = outbox.rows_for(turn.services, draft(turn, message))
    turn.execute(outbox.message_insert(turn.services.database.engine.dialect.name).values(row))
    turn.execute(outbox.records.OutboxEvent.__table__.insert().values(event))
    return Text("醒了")


feature = Feature(
    name="slow",
    title="慢",
    fallback=answer,
    outbox_kinds=(OutboxKind(KIND),),
    records="handlers.consult.records",
)
