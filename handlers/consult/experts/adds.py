"""What 专家云问诊 adds to consult's feature."""

from __future__ import annotations

from bot.features import OutboxKind, Route
from handlers.consult.experts import cards, chat, links, phone, watch
from handlers.consult.experts.invites import SCENE
from handlers.consult.experts.records import Expert

ROUTES = (
    Route(chat.joined, scenes=(SCENE,)),
    Route(chat.mine, words=chat.MINE_WORDS),
    Route(chat.new_phone, words=chat.PHONE_WORDS),
)
WEB = (phone.pages,)
JOBS = (*watch.JOBS, *links.JOBS)
OUTBOX_KINDS = (OutboxKind(cards.KIND, cards.still_wanted),)
KEEPS_PEOPLE = (Expert.person_id,)
