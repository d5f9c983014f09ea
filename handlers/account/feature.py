"""What the account itself adds to the service."""

from __future__ import annotations

from bot.features import Feature, Route
from handlers.account import chat, commands, web

PENDING = frozenset(chat.NOT_YET)

feature = Feature(
    name="account",
    title="公众号",
    can_switch_off=False,
    routes=(
        Route(chat.hello, words=chat.HELLO_WORDS),
        Route(chat.thanks, words=chat.THANKS_WORDS),
        Route(chat.bye, words=chat.BYE_WORDS),
        Route(chat.who, words=chat.WHO_WORDS),
        Route(chat.calm, words=chat.INSULTS),
        Route(chat.help_, words=chat.HELP_WORDS),
        Route(chat.numbers, words=chat.NUMBERS_WORDS, keys=frozenset({"account.numbers"}), interrupts=True),
        Route(chat.notice, words=chat.NOTICE_WORDS, interrupts=True),
        Route(chat.not_yet, keys=PENDING),
        Route(chat.greet, events=frozenset({"subscribe"})),
        Route(chat.leave, events=frozenset({"unsubscribe"})),
        Route(chat.photo, kinds=frozenset({"image", "video"})),
        Route(chat.place, kinds=frozenset({"location"})),
        Route(chat.file, kinds=frozenset({"file"})),
        Route(chat.link, kinds=frozenset({"link"})),
        Route(chat.other, kinds=frozenset({"unknown"})),
    ),
    web=(web.pages,),
    commands=(commands.menu,),
    demo=(commands.publish_menus,),
)
