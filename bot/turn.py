"""One message being answered: who wrote, where their conversation stands, and what answering it writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Executable, insert
from sqlalchemy.orm import Session

from bot import outbox
from bot.directory import people
from bot.messages import ChannelName, Push, Reply
from bot.outbox import Draft
from bot.resting import Rests
from bot.storage.db import Base

if TYPE_CHECKING:
    from bot.services import Services

ASKED, TOLD = "asked", "told"
STATE_HOURS = 48
Statement = tuple[Executable, Mapping[str, Any] | None]


@dataclass(slots=True)
class State:
    """Where a person's conversation stands. ``active`` is the conversation that takes the next message until ``until``;
    ``data`` is its own; ``more`` what 「更多」 shows next and ``rests`` what that rests on (``Rests.dump``); ``notes``
    small counts that outlive a conversation."""

    active: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    until: str = ""
    more: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    rests: list[str] = field(default_factory=list)

    def dump(self) -> str:
        kept = [self.active, self.data, self.until, self.more, self.notes, *([self.rests] if self.rests else [])]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> State:
        return cls(*json.loads(text))

    @property
    def empty(self) -> bool:
        return not (self.active or self.more or self.notes)


class Turn:
    """What a handler is given besides the message.

    ``insert`` and ``execute`` note writes that are committed together with the message's record, in one transaction,
    before the reply leaves; under load that transaction is shared with other messages. A handler that must read what it
    changes takes ``session``, a real unit of work of this message's own: nothing of it remains if the same message was
    already answered elsewhere. Handlers call nothing outside (no HTTP): what goes out is planned in the outbox. One
    exception, within two seconds: docs/adr/0014.

    ``preface`` stands above whatever is replied (an interceptor's numbers). ``without_record`` is what to say where
    nothing can be stored: it must promise nothing; by default an apology. ``failure`` is the class of the error that
    cost the message its work; such a message can be replayed. ``must_be_kept``: where nothing can be stored now, the
    process goes on trying for some minutes (an emergency: officers must still be told). ``with_known``: below an
    interceptor's reply stands what some feature surely knows to say to these words (see ``Feature.known``), which were
    ASKED or only TOLD; "" for nothing below.
    """

    def __init__(
        self,
        services: Services,
        *,
        person_id: str,
        channel: ChannelName,
        request_id: str,
        now: datetime,
        state: State,
        masked: bool = False,
        new_person: Mapping[str, Any] | None = None,
    ) -> None:
        self.services = services
        self.person_id = person_id
        self.channel: ChannelName = channel
        self._new_person = new_person
        self.request_id = request_id
        self.now = now
        self.state = state
        self.masked = masked
        self.preface = ""
        self.without_record: Reply | None = None
        self.failure = ""
        self.must_be_kept = False
        self.with_known = ""
        self._rests: list[str] = []
        self.inserts: list[tuple[type[Base], Mapping[str, Any]]] = []
        self.statements: list[Statement] = []
        self.after: list[Callable[[], object]] = []
        self._before = None if state.empty else state.dump()
        self._stack = ExitStack()
        self._session: Session | None = None

    # -- writes ------------------------------------------------------------------------------------------------
    def insert(self, table: type[Base], **row: Any) -> None:
        """Note a row to be written with the message."""
        self.inserts.append((table, row))

    def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> None:
        """Note a statement to be run with the message, after the inserts."""
        self.statements.append((statement, parameters))

    def push(self, kind: str, subject: str, step: str, push: Push, *, version: int = 1) -> None:
        """Note a message to this same person, planned with the message's writes and sent at once by the worker.

        ``kind`` is one of the feature's OutboxKinds; the same kind, subject, step and version is sent once.
        """
        draft = Draft(
            kind=kind,
            subject=subject,
            step=step,
            version=version,
            person_id=self.person_id,
            channel=self.channel,
            push=push,
            request_id=self.request_id,
        )
        message, event = outbox.rows_for(self.services, draft)
        self.execute(outbox.message_insert(self.services.database.engine.dialect.name), message)
        self.execute(outbox.event_insert(), event)
        self.then(lambda: outbox.wake(self.services))

    def then(self, work: Callable[[], object]) -> None:
        """Do ``work`` once the message is committed; a best effort (waking the worker), lost if the process dies."""
        self.after.append(work)

    @property
    def session(self) -> Session:
        """This message's own unit of work, opened at first use; the person's row is in it.

        It holds the one writer of a SQLite database until the answer is ready: be quick, and open no other unit of
        work inside it.
        """
        if self._session is None:
            self._session = self._stack.enter_context(self.services.database.begin())
            if self._new_person:
                new = people.insert_new(self.services.database.engine.dialect.name)
                self._session.execute(new, dict(self._new_person))
        return self._session

    def join(self, session: Session) -> None:
        """Work inside a unit of work that exists already (a replay)."""
        self._session = session

    def write_into(self, session: Session) -> None:
        """Do the noted writes in ``session``."""
        for table, row in self.inserts:
            session.execute(insert(table), [row])
        for statement, parameters in self.statements:
            session.execute(statement, parameters)

    @property
    def own_session(self) -> Session | None:
        """The session if the handler asked for it."""
        return self._session

    def close(self, error: BaseException | None = None) -> None:
        """Commit the message's own session, or roll it back for ``error``."""
        if error is None:
            self._stack.close()
        else:
            self._stack.__exit__(type(error), error, error.__traceback__)
        self._session = None

    def drop(self, error: BaseException) -> None:
        """Undo all that was noted and written: what failed leaves nothing behind."""
        self.close(error)
        self.inserts.clear()
        self.statements.clear()
        self.after.clear()
        self.preface = ""
        self.with_known = ""
        self._rests.clear()
        self.state = State.load(self._before) if self._before else State()

    def rests_on(self, id_: str) -> None:
        """The reply rests on something of the feature's own that can be taken back (see ``Feature.taken_back``)."""
        if id_ not in self._rests:
            self._rests.append(id_)

    def rests(self, feature: str) -> Rests:
        """What the reply of ``feature`` rests on."""
        return Rests(feature, tuple(self._rests))

    # -- the conversation ----------------------------------------------------------------------------------------
    def begin(self, conversation: str, data: Mapping[str, Any], minutes: int = 10) -> None:
        """From now on ``conversation`` takes this person's messages, for ``minutes``.

        ``data`` is kept as JSON; TypeError for what JSON cannot take.
        """
        json.dumps(dict(data))
        self.state.active = conversation
        self.state.data = dict(data)
        self.state.until = (self.now + timedelta(minutes=minutes)).isoformat()

    def finish(self) -> None:
        """No conversation is active any more."""
        self.state.active, self.state.data, self.state.until = "", {}, ""

    @property
    def active(self) -> str:
        """The active conversation's name; "" when none is or its time has passed."""
        if self.state.active and self.state.until and datetime.fromisoformat(self.state.until) < self.now:
            self.finish()
        return self.state.active

    @property
    def state_changed(self) -> bool:
        if self._before is None:
            return not self.state.empty
        return self.state.dump() != self._before
