"""What 专家云问诊 adds to consult's feature."""

from __future__ import annotations

from bot.console.roles import Page
from bot.features import OutboxKind, Route
from handlers.consult.experts import cards, chat, links, people_desk, phone, question_desk, release_desk, watch
from handlers.consult.experts.invites import SCENE
from handlers.consult.experts.records import Expert

ROUTES = (
    Route(chat.joined, scenes=(SCENE,)),
    Route(chat.mine, words=chat.MINE_WORDS),
    Route(chat.new_phone, words=chat.PHONE_WORDS),
)
WEB = (phone.pages,)
PAGES = (question_desk.pages, release_desk.pages, people_desk.pages)
CONSOLE = {
    release_desk.PAGE: Page("待放行", frozenset({"duty"}), "release_desk.index", "check"),
    people_desk.PAGE: Page("专家", frozenset({"duty"}), "experts_desk.index", "people"),
}
HOME = release_desk.home
JOBS = (*watch.JOBS, *links.JOBS)
OUTBOX_KINDS = (OutboxKind(cards.KIND, cards.still_wanted),)
KEEPS_PEOPLE = (Expert.person_id,)
