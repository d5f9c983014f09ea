"""What consult adds to the service."""

from __future__ import annotations

from bot.features import Feature, OutboxKind, Route
from handlers.consult import chat, commands, desk, retention
from handlers.consult.answering import answering

feature = Feature(
    name="consult",
    title="问安全",
    routes=(
        Route(chat.feedback, words=chat.USEFUL_WORDS | chat.USELESS_WORDS),
        Route(chat.to_person, words=chat.PERSON_WORDS),
        Route(chat.invite, words=frozenset({"问安全", "问问题", "咨询"}), keys=frozenset({"consult.ask"})),
    ),
    conversations={chat.CHOOSING: chat.choose},
    fallback=chat.ask,
    pages=(desk.pages,),
    home=desk.home,
    jobs=retention.JOBS,
    outbox_kinds=(OutboxKind("consult.reply"),),
    commands=(commands.ask, commands.knowledge),
    warm=(answering,),
    records="handlers.consult.records",
)
