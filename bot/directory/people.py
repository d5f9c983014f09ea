"""Finding people without knowing who they are."""

from __future__ import annotations

import base64
from datetime import datetime

from sqlalchemy import Insert, Update, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.directory.records import Person
from bot.storage.sealing import Hasher, IdentityVault

PURPOSE = "person"


def identity_hash(hasher: Hasher, channel: str, sender: str) -> str:
    """The look-up key of a person: no openid is ever compared or stored in clear. Userids of WeCom know no case."""
    return hasher.hash(PURPOSE, channel, sender.lower() if channel == "wecom" else sender)


def first_id(hash_: str) -> str:
    """The id a person gets when first seen; two processes that see someone first at once agree on it."""
    return base64.b32encode(bytes.fromhex(hash_))[:26].decode()


def row_for(hasher: Hasher, vault: IdentityVault, channel: str, sender: str, seen_at: datetime) -> dict[str, object]:
    """A new row for table ``person``, as a mapping for a Core insert."""
    hash_ = identity_hash(hasher, channel, sender)
    return {
        "id": first_id(hash_),
        "channel": channel,
        "identity_hash": hash_,
        "identity_sealed": vault.seal(sender),
        "following": None,
        "followed_at": None,
        "unfollowed_at": None,
        "created_at": seen_at,
    }


def insert_new(dialect: str) -> Insert:
    """``INSERT INTO person … ON CONFLICT DO NOTHING`` for the dialect (both databases spell it alike)."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(Person).on_conflict_do_nothing()


def note_following(person_id: str, following: bool, at: datetime) -> Update:
    """The statement that notes that someone follows or no longer does."""
    when = {"followed_at": at} if following else {"unfollowed_at": at}
    return update(Person).where(Person.id == person_id).values(following=following, **when)


def ensure(
    session: Session, hasher: Hasher, vault: IdentityVault, channel: str, sender: str, seen_at: datetime
) -> Person:
    """The person's row, made if it is not there; for imports, sign-ins and commands (the webhook batches its own)."""
    hash_ = identity_hash(hasher, channel, sender)
    found = session.scalar(select(Person).where(Person.identity_hash == hash_))
    if found is None:
        dialect = session.get_bind().dialect.name
        session.execute(insert_new(dialect), row_for(hasher, vault, channel, sender, seen_at))
        found = session.scalars(select(Person).where(Person.identity_hash == hash_)).one()
    return found
