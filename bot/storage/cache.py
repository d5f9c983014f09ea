"""Redis or Valkey, for what can be rebuilt from the database; everything works without it.

Every call through ``Cache`` answers "nothing there" when the server is away, and asks again after a short while; one
log line marks each change between there and away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError

from bot.clock import stopwatch
from config.settings import Settings

log = structlog.get_logger(__name__)

RETRY_S = 1.0
TIMEOUT_S = 0.5


PUT_MANY = """
for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i + 1], 'EX', ARGV[1]) end
return #KEYS
"""


class Cache:
    """A Redis client that never raises for a server that is away."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self._put = client.register_script(PUT_MANY)
        self._away_since: float | None = None
        self._ask_again_at = 0.0

    @property
    def available(self) -> bool:
        """False while the server was found away less than a second ago."""
        return self._away_since is None or stopwatch() >= self._ask_again_at

    def call(self, work: Callable[[Redis], Any], default: Any = None) -> Any:
        """``work(client)``, or ``default`` when the server is away."""
        if not self.available:
            return default
        try:
            result = work(self.client)
        except (RedisError, OSError) as error:
            self._mark_away(error)
            return default
        if self._away_since is not None:
            log.info("cache.back", away_s=round(stopwatch() - self._away_since, 1))
            self._away_since = None
        return result

    def get_many(self, keys: Sequence[str]) -> list[bytes | None] | None:
        """The values in order, None for a key that is not there; None altogether when the server is away."""
        return self.call(lambda client: client.mget(keys)) if keys else []

    def put_many(self, items: Sequence[tuple[str, bytes]], seconds: int) -> None:
        """Set them all, each for so many seconds, in one round trip with one answer."""
        if items:
            keys, values = zip(*items, strict=True)
            self.call(lambda _client: self._put(keys=keys, args=(seconds, *values)))

    def ping(self) -> bool:
        """Whether the server answers now."""
        self._ask_again_at = 0.0
        return bool(self.call(lambda client: client.ping(), False))

    def close(self) -> None:
        self.client.close()

    def _mark_away(self, error: Exception) -> None:
        if self._away_since is None:
            self._away_since = stopwatch()
            log.warning("cache.away", error=type(error).__name__)
        self._ask_again_at = stopwatch() + RETRY_S


def redis_url(settings: Settings) -> str:
    """REDIS_URL, or the address that the embedded Valkey of this installation wrote down."""
    if settings.redis_url != "embedded":
        return settings.redis_url
    address = Path(settings.var_dir) / "valkey" / "address"
    try:
        return address.read_text(encoding="utf-8").strip()
    except OSError:
        return f"unix://{(Path(settings.var_dir) / 'valkey' / 'valkey.sock').resolve()}"


def connect_cache(settings: Settings) -> Cache:
    """A cache on this installation's Redis; does not connect yet."""
    client = Redis.from_url(
        redis_url(settings), socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, health_check_interval=30
    )
    return Cache(client)
