"""``outbox list|retry|pause|resume``: what an operator sees and can do."""

from __future__ import annotations

from click.testing import CliRunner, Result

from bot.messages import Text
from bot.outbox.commands import group
from bot.outbox.delivery import deliver_due
from tests.bot.outbox.stage import PEOPLE, Stage


def run(stage: Stage, *words: str) -> Result:
    return CliRunner().invoke(group, list(words), obj=lambda: stage.main)


def test_list_shows_how_far_but_not_to_whom_or_what(stage: Stage) -> None:
    message = stage.plan("q", Text("专家答复：系安全带"))
    deliver_due(stage.main)
    shown = run(stage, "list")
    assert shown.exit_code == 0
    assert message in shown.output
    assert "未发成 1" in shown.output
    assert "window_closed 45015" in shown.output
    for hidden in ("系安全带", PEOPLE[0].ident, stage.person()):
        assert hidden not in shown.output
    assert "没有消息" not in run(stage, "list", "--state", "failed").output


def test_retry_one_and_all_that_failed(stage: Stage) -> None:
    one, two = stage.plan("a"), stage.plan("b")
    deliver_due(stage.main)
    stage.open_window()
    assert run(stage, "retry", one).exit_code == 0
    deliver_due(stage.main)
    assert stage.row(one).state == "accepted"
    again = run(stage, "retry", one)
    assert again.exit_code == 1
    assert "不能重发" in again.output
    assert run(stage, "retry").exit_code == 2
    assert "1 条" in run(stage, "retry", "--failed").output
    deliver_due(stage.main)
    assert stage.row(two).state == "accepted"


def test_pause_is_seen_and_lifted(stage: Stage) -> None:
    assert "已暂停" in run(stage, "pause", "--reason", "演练").output
    assert "暂停：all 直到恢复（演练）" in run(stage, "list").output
    stage.plan("w", channel="wecom")
    assert deliver_due(stage.main) == 0
    assert "1 处" in run(stage, "resume").output
    assert deliver_due(stage.main) == 1
    assert "没有暂停" in run(stage, "resume").output
    assert run(stage, "pause", "sms").exit_code == 2
