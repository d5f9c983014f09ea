"""Staff at the console, and what they fill in."""

from __future__ import annotations

from bot.console.records import AuditEvent
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import Browser, Desk
from tests.handlers.consult.experts.stage import MONDAY_TO_FRIDAY, Stage

FORM = {
    "name": "王工",
    "unit": "省质安总站",
    "topics": ["height", "lifting"],
    "hours": [MONDAY_TO_FRIDAY] * 5 + ["", ""],
    "daily_cap": "5",
    "valid_from": "2021-06-01",
    "valid_to": "",
    "phone": "13900001234",
}
PENALTY = "这样做违规，会被罚款，先停下来。"


def desk(stage: Stage) -> Desk:
    return Desk(stage.front.app, stage.front.services)


def duty(stage: Stage) -> Browser:
    return desk(stage).signed_in("fu", "duty")


def post(browser: Browser, path: str, **fields: object):
    return browser.post(path, fields, token_from="/console/profile/")


def actions(stage: Stage) -> list[str]:
    return [event.action for event in stage.front.rows(AuditEvent)]
