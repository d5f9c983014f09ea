"""What consult adds to the service."""

from __future__ import annotations

from bot.console.home import HomeItem
from bot.console.roles import Page
from bot.features import Feature, OutboxKind, Route
from bot.services import Services
from handlers.consult import chat, commands, desk, limited, retention, taking_back, vectors
from handlers.consult.answering import answering
from handlers.consult.experts import adds as experts
from handlers.consult.hazards import jobs as hazards
from handlers.consult.hazards.back import BACK, chosen
from handlers.consult.hazards.chat import ADDING, ASKING, adding
from handlers.consult.laws.commands import laws
from handlers.consult.offering import CHOOSING
from handlers.consult.publishing import desk as publishing_desk
from handlers.consult.publishing import live, measuring, telling
from handlers.consult.records import ConsultQuestion
from handlers.consult.rephrasing import checkup
from handlers.consult.rephrasing import live as rephrasing
from handlers.consult.several import LEFT


def home(services: Services) -> list[HomeItem]:
    """What consult adds to the first page: questions, then entries."""
    return [*desk.home(services), *experts.home(services), *publishing_desk.home(services)]


feature = Feature(
    name="consult",
    title="问安全",
    routes=(
        Route(chat.feedback, words=chat.USEFUL_WORDS | chat.USELESS_WORDS),
        Route(chat.to_person, words=chat.PERSON_WORDS),
        Route(chat.progress, words=chat.PROGRESS_WORDS, keys=frozenset({"tips.progress"})),
        *experts.ROUTES,
        Route(chat.invite, words=frozenset({"问安全", "问问题", "咨询"}), keys=frozenset({"consult.ask"})),
    ),
    conversations={
        CHOOSING: chat.choose,
        LEFT: chat.left,
        chat.TELLING: chat.tell,
        ASKING: chat.hazard,
        ADDING: adding,
        BACK: chosen,
    },
    fallback=chat.ask,
    limited=limited.hand_over,
    pages=(desk.pages, *experts.PAGES, publishing_desk.pages),
    console={
        "consult.queue": Page("待回复咨询", frozenset({"duty", "expert"}), "consult_desk.queue", "chat"),
        "consult.marked": Page("隐患和敏感的来信", frozenset({"duty"})),
        **experts.CONSOLE,
        "consult.entries": Page("知识库", frozenset({"duty", "expert", "leader"}), "knowledge_desk.index", "book"),
        "consult.entries.write": Page("写知识库、复核、撤回", frozenset({"duty", "expert"})),
        "consult.drafts": Page("知识库草稿", frozenset({"duty", "expert"})),
        "consult.numbers": Page("咨询数据", frozenset({"duty", "expert", "leader"})),
    },
    keeps_people=(ConsultQuestion.person_id, *experts.KEEPS_PEOPLE),
    web=experts.WEB,
    home=home,
    jobs=(*retention.JOBS, *experts.JOBS, *telling.JOBS, *measuring.JOBS, *hazards.JOBS),
    outbox_kinds=(OutboxKind("consult.reply"), *experts.OUTBOX_KINDS, *telling.OUTBOX_KINDS),
    commands=(commands.ask, commands.knowledge),
    imports=(laws,),
    warm=(answering,),
    starts=(vectors.install, live.install, rephrasing.install),
    checks=(vectors.examine, checkup.examine),
    taken_back=taking_back.taken_back,
    known=chat.known,
    records="handlers.consult.records",
)
