"""The parts a process is made of, put together once from the settings.

``Services`` is what features, jobs, console pages and commands are given. Nothing in it keeps state that another
process would have to know.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from sqlalchemy import text

from bot.channels.platform import PlatformClient
from bot.clock import Clock
from bot.features import Feature, load_features
from bot.storage.cache import Cache, connect_cache
from bot.storage.db import BUSY_MS, Database
from bot.storage.sealing import ContentCipher, Hasher, IdentityVault, decode_key
from config.catalog import feature_names
from config.settings import Settings


@dataclass(frozen=True)
class Services:
    """See the module. Build with ``build_services``. ``closing`` is set when they close; threads wait on it to end."""

    settings: Settings
    database: Database
    cache: Cache
    clock: Clock
    content: ContentCipher
    vault: IdentityVault
    hasher: Hasher
    features: tuple[Feature, ...]
    closing: threading.Event = field(default_factory=threading.Event, compare=False)

    def feature(self, name: str) -> Feature:
        """The feature of that name; KeyError when config does not list it."""
        for feature in self.features:
            if feature.name == name:
                return feature
        raise KeyError(name)

    @cached_property
    def platform(self) -> PlatformClient:
        """The platforms' APIs."""
        return PlatformClient(self.settings, self.cache)

    def close(self) -> None:
        self.closing.set()
        self.database.dispose()
        self.cache.close()


def build_services(settings: Settings, *, may_open_identity: bool = False, busy_ms: int = BUSY_MS) -> Services:
    """The parts for this process; only the worker asks for the private key with ``may_open_identity``. ``busy_ms``: see
    ``Database``.

    Raises ValueError naming a missing or malformed key, FeatureError for a feature that does not load.
    """
    hasher = Hasher(decode_key(settings.identity_hash_key.get_secret_value(), "IDENTITY_HASH_KEY"))
    database = Database(settings.database_url, busy_ms, hasher.key("audit"))
    private = settings.identity_private_key.get_secret_value() if may_open_identity else ""
    return Services(
        settings=settings,
        database=database,
        cache=connect_cache(settings),
        clock=Clock(_offset_reader(database)) if settings.sandbox else Clock(),
        content=ContentCipher(decode_key(settings.content_key.get_secret_value(), "CONTENT_KEY")),
        vault=IdentityVault(
            decode_key(settings.identity_public_key, "IDENTITY_PUBLIC_KEY"),
            decode_key(private, "IDENTITY_PRIVATE_KEY") if private else None,
        ),
        hasher=hasher,
        features=load_features(feature_names(settings)),
    )


def _offset_reader(database: Database) -> Callable[[], timedelta]:
    def read() -> timedelta:
        with database.engine.connect() as connection:
            seconds = connection.execute(text("SELECT offset_s FROM clock_offset WHERE id = 1")).scalar()
        return timedelta(seconds=float(seconds or 0))

    return read
