"""What 专家云问诊 adds to consult's feature."""

from __future__ import annotations

from bot.console.home import HomeItem
from bot.console.roles import Page
from bot.features import OutboxKind, Route
from bot.services import Services
from handlers.consult.experts import (
    audited,  # noqa: F401 (its words are the audit page's)
    cards,
    chat,
    clusters,
    clusters_desk,
    links,
    officers,
    people_desk,
    phone,
    question_desk,
    release_desk,
    watch,
)
from handlers.consult.experts.invites import SCENE
from handlers.consult.experts.records import Expert

ROUTES = (
    Route(chat.joined, scenes=(SCENE,)),
    Route(chat.mine, words=chat.MINE_WORDS),
    Route(chat.new_phone, words=chat.PHONE_WORDS),
)
WEB = (phone.pages,)
PAGES = (question_desk.pages, release_desk.pages, people_desk.pages, clusters_desk.pages)
CONSOLE = {
    release_desk.PAGE: Page("待放行", frozenset({"duty"}), "release_desk.index", "check"),
    clusters_desk.PAGE: Page("没答好的", frozenset({"duty", "expert"}), "clusters_desk.index", "list"),
    people_desk.PAGE: Page("答题专家", frozenset({"duty"}), "experts_desk.index", "people"),
}

JOBS = (*watch.JOBS, *officers.JOBS, *links.JOBS, *clusters.JOBS)
OUTBOX_KINDS = (
    OutboxKind(cards.KIND, cards.still_wanted),
    OutboxKind(cards.RETURNED_KIND, cards.still_returned),
    *officers.OUTBOX_KINDS,
)
KEEPS_PEOPLE = (Expert.person_id,)


def home(services: Services) -> list[HomeItem]:
    """What waits for release, what is late, experts to confirm, what many asked in vain."""
    return [*release_desk.home(services), *people_desk.home(services), *clusters_desk.home(services)]
