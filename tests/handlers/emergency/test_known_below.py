"""What may be an emergency and may be a question gets both: numbers and the first step, and the answer below."""

from __future__ import annotations

import pytest

from bot import switches
from bot.switches import LIMITED
from handlers.consult.chat import JUST_ASKING, WHAT_TO_DO
from handlers.consult.records import ConsultQuestion
from handlers.emergency.records import Incident
from tests.bot.front import ON_SQLITE, Front

pytestmark = ON_SQLITE

ASKED = (
    ("石灰进眼睛，老人讲越洗越烧，到底能不能拿水冲", "firstaid.chemical-eye", WHAT_TO_DO),
    ("中午喝了半斤，下午从架子上摔下来，认不认", "rights.injury-not", JUST_ASKING),
    ("被电倒的人摸不到心跳了，闸也拉了，接下来做啥", "firstaid.electric-shock", WHAT_TO_DO),
    ("水泥浆溅到眼睛里", "firstaid.chemical-eye", WHAT_TO_DO),
)


@pytest.mark.parametrize(("text", "entry", "head"), ASKED)
def test_the_answer_stands_below_the_numbers(front: Front, text: str, entry: str, head: str) -> None:
    heard = front.say(text)
    assert "120" in heard[:120]
    assert heard.index("正在发生吗") < heard.index(head) < heard.index("依据")
    (row,) = front.rows(ConsultQuestion)
    assert row.entry_id == entry
    assert front.count(Incident) == 0


def test_yes_and_no_mean_what_they_did(front: Front) -> None:
    front.add_officer()
    front.say(ASKED[0][0])
    assert "1" not in front.say("2")[:3]
    assert front.count(Incident) == 0
    front.say(ASKED[0][0])
    front.say("1")
    assert front.count(Incident) == 1


def test_what_is_not_surely_known_is_left_out(front: Front) -> None:
    heard = front.say("出事了")
    assert "正在发生吗" in heard
    assert JUST_ASKING not in heard
    assert WHAT_TO_DO not in heard


def test_with_consult_limited_the_numbers_stand_alone(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "REFRESH_S", 0.0)
    with front.services.database.begin() as session:
        switches.change(session, "consult", LIMITED, "admin", front.services.clock.now())
    heard = front.say(ASKED[0][0])
    assert "120" in heard
    assert WHAT_TO_DO not in heard
    assert front.count(ConsultQuestion) == 0
