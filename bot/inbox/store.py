"""Reading and writing the inbox, many messages at a time.

The claim on a message is its row's UNIQUE(channel, dedupe_key), taken in the same transaction as everything that
answering it writes. Two processes that answer the same message at once therefore never both leave something behind:
the second finds the row, drops its own work and gives the first one's reply. See docs/adr/0002.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Insert, Table, bindparam, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from bot.directory.people import insert_new
from bot.directory.records import Person
from bot.inbox.records import DONE, FAILED, LATE, WORKING, Conversation, InboundMessage
from bot.outbox.records import FAILED as UNSENT
from bot.outbox.records import UNFOLLOWED, UNKNOWN, WINDOW_CLOSED, OutboxMessage
from bot.storage.cache import Cache
from bot.storage.db import Base, Database
from bot.turn import Statement

CACHE_S = 120
INBOUND = cast(Table, InboundMessage.__table__)
CONVERSATION = cast(Table, Conversation.__table__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was answered before, or is being answered elsewhere (``status`` working)."""

    id: str
    status: str
    delivery: str
    reply_sealed: bytes | None
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known when a message comes in. ``owed``: something could not be pushed to the person and is shown now."""

    stored: Stored | None
    person_id: str | None
    state_sealed: bytes | None
    owed: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A look-up: the message's key and its sender's hash."""

    channel: str
    key: str
    identity_hash: str


@dataclass(slots=True)
class Work:
    """Everything that answering one message writes."""

    row: dict[str, Any]
    person: dict[str, Any] | None = None
    state: dict[str, Any] | None = None
    inserts: Sequence[tuple[type[Base], Any]] = ()
    statements: Sequence[Statement] = field(default_factory=tuple)


class Store:
    """Look-ups and commits for batches."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self._cache = cache
        upsert = postgresql.insert if not database.is_sqlite else sqlite.insert
        self._new_person = insert_new(database.engine.dialect.name)
        claim = upsert(INBOUND).on_conflict_do_nothing(index_elements=["channel", "dedupe_key"])
        self._claim = claim.execution_options(preserve_rowcount=True)
        state = upsert(CONVERSATION)
        self._put_state = state.on_conflict_do_update(
            index_elements=["person_id"],
            set_={name: state.excluded[name] for name in ("state_sealed", "updated_at", "expires_at")},
        )

    # -- reading -------------------------------------------------------------------------------------------------
    def look(self, asks: Sequence[Ask]) -> list[Seen]:
        """For each ask, the stored message if there is one and where its sender's conversation stands."""
        stored = self._from_cache(asks)
        hashes = {ask.identity_hash for ask in asks}
        with self._database.engine.connect() as connection:
            if stored is None:
                stored = self._from_database(connection, asks)
            found = connection.execute(_PEOPLE, {"hashes": list(hashes)}).all()
        people = {hash_: (person_id, state, bool(owed)) for hash_, person_id, state, owed in found}
        nobody = (None, None, False)
        return [Seen(stored.get(ask.key), *people.get(ask.identity_hash, nobody)) for ask in asks]

    def find(self, channel: str, key: str) -> Stored | None:
        """The stored message, from the database."""
        with self._database.engine.connect() as connection:
            return self._from_database(connection, [Ask(channel, key, "")]).get(key)

    def _from_cache(self, asks: Sequence[Ask]) -> dict[str, Stored] | None:
        """None when the cache is away. A key that is not there needs no look at the database: committing will tell.

        What is kept as late or working may have moved on since; whoever finds it so looks at the database.
        """
        values = self._cache.get_many([cache_key(ask.key) for ask in asks])
        if values is None:
            return None
        return {ask.key: _read_cached(value) for ask, value in zip(asks, values, strict=True) if value}

    def _from_database(self, connection: Connection, asks: Sequence[Ask]) -> dict[str, Stored]:
        rows = connection.execute(_STORED, {"keys": [ask.key for ask in asks]})
        return {row.dedupe_key: Stored(*row[1:]) for row in rows}

    # -- writing -------------------------------------------------------------------------------------------------
    def commit(self, works: Sequence[Work]) -> list[Stored | BaseException | None]:
        """Commit them together; None for each that was new, else the message as stored before.

        They are written in the order of their keys, so that two batches that share some cannot wait for each other.
        A database that cannot be written at all is an error of every one; else each error is its own work's.
        """
        begun = False
        order = sorted(range(len(works)), key=lambda number: works[number].row["dedupe_key"])
        ordered = [works[number] for number in order]
        try:
            with self._database.connect_for_writing() as connection:
                begun = True
                results = self.write(connection, ordered)
        except Exception:
            if len(works) == 1 or not begun:
                raise
            return [self._alone(work) for work in works]
        self._remember(ordered, results)
        placed = dict(zip(order, results, strict=True))
        return [placed[number] for number in range(len(works))]

    def _alone(self, work: Work) -> Stored | BaseException | None:
        """One that spoils a batch must not spoil the others."""
        try:
            return self.commit([work])[0]
        except Exception as error:
            return error

    def write(self, connection: Connection, works: Sequence[Work]) -> list[Stored | None]:
        """As ``commit``, inside the caller's transaction."""
        people = [work.person for work in works if work.person]
        if people:
            connection.execute(self._new_person, people)
        before = self._claim_rows(connection, works)
        fresh = [work for work, known in zip(works, before, strict=True) if known is None]
        for table, rows in _by_table(fresh):
            connection.execute(_insert(table), rows)
        states = {work.state["person_id"]: work.state for work in fresh if work.state}
        if states:
            connection.execute(self._put_state, list(states.values()))
        for work in fresh:
            for statement, parameters in work.statements:
                connection.execute(statement, parameters)
        return before

    def _claim_rows(self, connection: Connection, works: Sequence[Work]) -> list[Stored | None]:
        rows = [work.row for work in works]
        claimed = connection.execute(self._claim, rows)
        if claimed.rowcount == len(rows):
            return [None] * len(rows)
        known = self._from_database(connection, [Ask("", row["dedupe_key"], "") for row in rows])
        return [self._claimed(connection, row, known[row["dedupe_key"]]) for row in rows]

    def _claimed(self, connection: Connection, row: dict[str, Any], stored: Stored) -> Stored | None:
        """None where the row is ours: just inserted, or claimed before because it was slow."""
        if stored.id != row["id"]:
            return stored
        if stored.status != WORKING or row["status"] == WORKING:
            return None
        return None if self._finish_own(connection, row) else stored

    def _finish_own(self, connection: Connection, row: dict[str, Any]) -> bool:
        """The slow message's own claim becomes its record; false when someone took it over."""
        changed = connection.execute(
            update(INBOUND).where(INBOUND.c.id == row["id"], INBOUND.c.status == WORKING).values(**row)
        )
        return changed.rowcount == 1

    def claim_slow(self, row: dict[str, Any]) -> None:
        """Say that this process works on a message that takes long, so that others wait for it."""
        with self._database.connect_for_writing() as connection:
            connection.execute(self._claim, [row])
        self._cache.put_many([(cache_key(row["dedupe_key"]), _cached(row))], CACHE_S)

    def renew(self, row_id: str, until: datetime) -> None:
        with self._database.connect_for_writing() as connection:
            connection.execute(
                update(INBOUND).where(INBOUND.c.id == row_id, INBOUND.c.status == WORKING).values(lease_until=until)
            )

    def take_over(self, row_id: str, now: datetime) -> bool:
        """Drop another process's claim whose lease has run out; true when it is gone."""
        with self._database.connect_for_writing() as connection:
            gone = connection.execute(
                INBOUND.delete().where(INBOUND.c.id == row_id, INBOUND.c.status == WORKING, INBOUND.c.lease_until < now)
            )
        return gone.rowcount == 1

    def deliver(self, row_id: str, old: str, new: str) -> bool:
        """Compare-and-set of ``delivery``."""
        with self._database.connect_for_writing() as connection:
            return move_delivery(connection, row_id, old, new)

    def _remember(self, works: Sequence[Work], results: Sequence[Stored | None]) -> None:
        fresh = [work.row for work, known in zip(works, results, strict=True) if known is None]
        self._cache.put_many([(cache_key(row["dedupe_key"]), _cached(row)) for row in fresh], CACHE_S)


_STORED = select(
    INBOUND.c.dedupe_key,
    INBOUND.c.id,
    INBOUND.c.status,
    INBOUND.c.delivery,
    INBOUND.c.reply_sealed,
    INBOUND.c.lease_until,
).where(INBOUND.c.dedupe_key.in_(bindparam("keys", expanding=True)))

_OWED = exists().where(
    OutboxMessage.person_id == Person.id,
    OutboxMessage.state.in_((UNSENT, UNKNOWN)),
    OutboxMessage.shown_at.is_(None),
    or_(OutboxMessage.state == UNKNOWN, OutboxMessage.reason.in_((WINDOW_CLOSED, UNFOLLOWED))),
)
_PEOPLE = (
    select(Person.identity_hash, Person.id, Conversation.state_sealed, _OWED)
    .join_from(Person, Conversation, Conversation.person_id == Person.id, isouter=True)
    .where(Person.identity_hash.in_(bindparam("hashes", expanding=True)))
)


def move_delivery(connection: Connection, row_id: str, old: str, new: str) -> bool:
    """Compare-and-set of ``delivery`` inside the caller's transaction."""
    changed = connection.execute(
        update(INBOUND).where(INBOUND.c.id == row_id, INBOUND.c.delivery == old).values(delivery=new)
    )
    return changed.rowcount == 1


def overdue_late(connection: Connection, before: datetime, most: int = 50) -> list[str]:
    """Ids of replies that missed their request before ``before`` and that no retry has fetched."""
    rows = connection.execute(
        select(INBOUND.c.id)
        .where(INBOUND.c.status.in_((DONE, FAILED)), INBOUND.c.delivery == LATE, INBOUND.c.received_at < before)
        .order_by(INBOUND.c.received_at)
        .limit(most)
    )
    return list(rows.scalars())


def lease(now: datetime, seconds: int = 10) -> datetime:
    return now + timedelta(seconds=seconds)


def cache_key(key: str) -> str:
    return f"inbound:{key}"


def _cached(row: dict[str, Any]) -> bytes:
    head = f"{row['id']}|{row['status']}|{row['delivery']}|"
    return head.encode() + (row["reply_sealed"] or b"")


def _read_cached(value: bytes) -> Stored:
    id_, status, delivery, reply = value.split(b"|", 3)
    return Stored(id_.decode(), status.decode(), delivery.decode(), reply or None)


@lru_cache(maxsize=64)
def _insert(table: type[Base]) -> Insert:
    """One statement a table, so that its compiled form is found again without being looked at anew."""
    return insert(table)


def _by_table(works: Sequence[Work]) -> list[tuple[type[Base], list[Any]]]:
    """Rows grouped by table and columns, in the order in which tables first appear."""
    groups: dict[tuple[type[Base], tuple[str, ...]], list[Any]] = {}
    for work in works:
        for table, row in work.inserts:
            groups.setdefault((table, tuple(row)), []).append(row)
    return [(table, rows) for (table, _), rows in groups.items()]
