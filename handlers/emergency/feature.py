"""What emergency adds to the service: it sees every message before anything else."""

from __future__ import annotations

from bot.console.roles import Page
from bot.features import Feature, Job, OutboxKind, Route
from bot.retention import DAY_S
from handlers.emergency import cards, chat, desk, incidents, paging
from handlers.emergency.lexicon import load_lexicon
from handlers.emergency.places import load_names
from handlers.emergency.records import Report
from handlers.emergency.weighing import load_weighing
from knowledge.emergency import load_wording

feature = Feature(
    name="emergency",
    title="紧急",
    can_switch_off=False,
    interceptors=(chat.intercept,),
    routes=(Route(cards.card, cards=(paging.TASK,)),),
    pages=(desk.pages,),
    console={
        "emergency.incidents": Page("紧急事件", frozenset({"duty", "triage"}), "emergency_desk.index", "alert"),
    },
    keeps_people=(Report.person_id,),
    home=desk.home,
    jobs=(Job("emergency.forget_reports", incidents.forget_reports, every_s=DAY_S, deletes=True),),
    outbox_kinds=(OutboxKind(paging.PAGE, paging.still_wanted),),
    warm=(load_lexicon, load_weighing, load_names, load_wording),
    records="handlers.emergency.records",
)
