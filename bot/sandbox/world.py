"""One sandbox: its parts, made once and handed to every door."""

from __future__ import annotations

from bot.sandbox.chat import Chat
from bot.sandbox.clock import SandboxClock
from bot.sandbox.courier import Courier
from bot.sandbox.exchanges import Exchanges
from bot.sandbox.faults import Faults
from bot.sandbox.mailroom import Mailroom
from bot.sandbox.media import Media
from bot.sandbox.options import SandboxOptions, Template
from bot.sandbox.people import People
from bot.sandbox.records import Records
from bot.sandbox.store import Store
from bot.sandbox.tokens import Tokens


class World:
    """Builds the parts in their order; holds no state of its own."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.clock: SandboxClock = options.clock
        self.store = Store(options.store)
        self.people = People(self.store, self.clock)
        self.people.seed(options.people)
        self.chat = Chat(self.store, self.clock)
        self.exchanges = Exchanges(self.store, self.clock)
        self.exchanges.close_interrupted()
        self.media = Media(self.store, self.clock)
        self.tokens = Tokens(self.store, self.clock)
        self.faults = Faults(self.store)
        self.records = Records(self.store, self.clock)
        self.courier = Courier(options, self.exchanges)
        self.mailroom = Mailroom(options, self.clock, self.store, self.people, self.chat, self.exchanges, self.courier)

    def now(self) -> float:
        """The sandbox's time in Unix seconds."""
        return self.clock.now().timestamp()

    def template(self, template_id: str) -> Template | None:
        """The account's template; with no list given every id of a plausible shape is one."""
        if self.options.templates:
            return next((one for one in self.options.templates if one.id == template_id), None)
        return Template(template_id, "服务通知") if template_id.strip() else None

    def file_url(self, media_id: str) -> str:
        """A picture's public address, as callbacks carry it."""
        return f"{self.options.public_base.rstrip('/')}/sandbox/files/{media_id}"

    def close(self) -> None:
        self.courier.close()
        self.store.close()
