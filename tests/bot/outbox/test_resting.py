"""What rests on something taken back leaves in other words; a repeated send stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.features import Feature
from bot.messages import Text
from bot.outbox.delivery import deliver_due
from bot.resting import Rests
from bot.services import Services
from tests.bot.outbox.stage import Stage

RESTS = Rests("test", ("belt",))


def taking_back(stage: Stage, gone: set[str]) -> Services:
    """The worker's services with a feature that takes back what is in ``gone``."""

    def taken_back(_services: Services, ids: Sequence[str]) -> str:
        return "这条在核对。" if gone & set(ids) else ""

    return replace(stage.main, features=(Feature("test", "测试", taken_back=taken_back),))


def test_a_message_is_looked_at_when_it_leaves(stage: Stage) -> None:
    gone: set[str] = set()
    services = taking_back(stage, gone)
    stage.open_window()
    stage.plan("holds", Text("安全带高挂低用。"), rests=RESTS)
    deliver_due(services)
    gone.add("belt")
    stage.plan("gone", Text("安全带挂低处。"), rests=RESTS)
    stage.plan("other", Text("灭火器要检查。"), rests=Rests("test", ("fire",)))
    stage.plan("none", Text("已转给专家。"))
    deliver_due(services)
    said = sorted(one["body"]["text"]["content"] for one in stage.sent())
    assert said == sorted(["安全带高挂低用。", "这条在核对。", "灭火器要检查。", "已转给专家。"])


def test_a_repeated_send_stays_as_it_was(stage: Stage) -> None:
    """The platform may have it already and knows it by its body."""
    gone: set[str] = set()
    services = taking_back(stage, gone)
    stage.fault("message/send", platform="wecom", drop_after_accept=True, count=1)
    stage.plan("c", Text("安全带高挂低用。"), channel="wecom", rests=RESTS)
    deliver_due(services)
    gone.add("belt")
    stage.move(timedelta(seconds=20))
    services.clock.refresh()
    deliver_due(services)
    bodies = [one["body"] for one in stage.sent(shown=False, platform="wecom")]
    assert len(bodies) == 2 and bodies[0] == bodies[1]
