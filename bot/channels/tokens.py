"""Access tokens: one per platform, shared by every process, renewed by one of them at a time.

A token the platform did not take is renewed by one ordinary call; only if that returns the same token again is one
``force_refresh`` spent (the platform allows 20 a day, 30 s apart; the count is shared). When neither helps, calls to
the platform pause for a while and an alarm is raised, so that a wrong secret or a fault on the other side never becomes
a storm of token calls. Without Redis every process keeps its own token by the same rules.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import structlog
from prometheus_client import Gauge
from redis import Redis

from bot.channels.errors import ChannelError, ErrorClass, TokenUnavailable
from bot.clock import stopwatch
from bot.ids import new_id
from bot.messages import ChannelName
from bot.storage.cache import Cache

log = structlog.get_logger(__name__)

EARLY_S = 300
"""The platforms renew five minutes before the end, and both tokens work meanwhile."""
LOCK_S = 30
WAIT_S = 20.0
POLL_S = 0.05
PAUSE_S = 60
SHORT_PAUSE_S = 5
FORCE_APART_S = 30
FORCE_PER_DAY = 20
DAY_S = 86_400

PAUSED = Gauge("anquanshao_platform_token_paused", "1 while calls wait for a usable access token", ["platform"])

_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Fetched(NamedTuple):
    """A token as the platform gave it; ``seconds`` is its life."""

    token: str
    seconds: int


@dataclass(slots=True)
class _Own:
    """What this process knows by itself; times are of the stopwatch."""

    token: str = ""
    good_until: float = 0.0
    paused_until: float = 0.0
    force_after: float = 0.0
    forces: int = 0
    forces_since: float = 0.0


class TokenKeeper:
    """The token of one platform.

    ``fetch(force)`` asks the platform; it raises ChannelError when it gives none. ``can_force`` is false for WeCom,
    which has no such call.
    """

    def __init__(
        self, platform: ChannelName, cache: Cache, fetch: Callable[[bool], Fetched], *, can_force: bool
    ) -> None:
        self._platform = platform
        self._cache = cache
        self._fetch = fetch
        self._can_force = can_force
        self._key = f"token:{platform}"
        self._lock = threading.Lock()
        self._own = _Own()
        PAUSED.labels(platform).set(0)

    def get(self) -> str:
        """A token to call with. Raises TokenUnavailable during a pause or when none can be had."""
        self._check_pause()
        return self._known() or self._renew("")

    def after_rejection(self, rejected: str) -> str:
        """Another token, after the platform did not take ``rejected``. Raises TokenUnavailable when there is none."""
        self._check_pause()
        return self._renew(rejected)

    def _known(self) -> str:
        shared = self._cache.call(lambda client: client.get(self._key))
        if shared:
            return bytes(shared).decode()
        own = self._own
        return own.token if own.token and stopwatch() < own.good_until else ""

    def _renew(self, rejected: str) -> str:
        with self._lock:
            deadline = stopwatch() + WAIT_S
            while stopwatch() < deadline:
                known = self._known()
                if known and known != rejected:
                    return known
                self._check_pause()
                holder = new_id()
                if self._take_lock(holder):
                    try:
                        return self._renew_alone(rejected)
                    finally:
                        self._cache.call(lambda client: client.eval(_UNLOCK, 1, f"{self._key}:lock", holder))  # noqa: B023
                time.sleep(POLL_S)
        raise TokenUnavailable(0, "another process is renewing the token for too long", SHORT_PAUSE_S)

    def _take_lock(self, holder: str) -> bool:
        """True also when Redis is away: then only this process's lock holds."""
        taken = self._cache.call(
            lambda client: client.set(f"{self._key}:lock", holder, nx=True, ex=LOCK_S) is not None, True
        )
        return bool(taken)

    def _renew_alone(self, rejected: str) -> str:
        known = self._known()
        if known and known != rejected:
            return known
        self._check_pause()
        if rejected and self._forced_lately():
            raise self._pause(40001, "a token just renewed by force was not taken", PAUSE_S)
        fetched = self._ask(force=False)
        if fetched.token == rejected:
            if not (self._can_force and self._may_force()):
                raise self._pause(40001, "the platform gives back the token it does not take", PAUSE_S)
            fetched = self._ask(force=True)
            if fetched.token == rejected:
                raise self._pause(40001, "a forced renewal gave back the rejected token", PAUSE_S)
        self._publish(fetched)
        return fetched.token

    def _ask(self, *, force: bool) -> Fetched:
        log.info("platform.token_call", platform=self._platform, force=force)
        try:
            return self._fetch(force)
        except ChannelError as error:
            transient = error.kind in {ErrorClass.RETRY, ErrorClass.UNCERTAIN}
            raise self._pause(error.errcode, error.detail, SHORT_PAUSE_S if transient else PAUSE_S) from None

    def _publish(self, fetched: Fetched) -> None:
        seconds = max(fetched.seconds - EARLY_S, 30)
        self._own.token = fetched.token
        self._own.good_until = stopwatch() + seconds
        self._cache.call(lambda client: client.set(self._key, fetched.token, ex=seconds))
        PAUSED.labels(self._platform).set(0)

    # -- the pause -------------------------------------------------------------------------------------------------

    def _check_pause(self) -> None:
        left = self._own.paused_until - stopwatch()
        shared = self._cache.call(lambda client: client.pttl(f"{self._key}:paused"))
        left = max(left, float(shared) / 1000 if shared and int(shared) > 0 else 0.0)
        if left > 0:
            raise TokenUnavailable(0, "calls to the platform are paused", left)
        PAUSED.labels(self._platform).set(0)

    def _pause(self, errcode: int, detail: str, seconds: int) -> TokenUnavailable:
        self._own.paused_until = stopwatch() + seconds
        self._cache.call(lambda client: client.set(f"{self._key}:paused", "1", ex=seconds))
        PAUSED.labels(self._platform).set(1)
        log.error("platform.token_paused", platform=self._platform, errcode=errcode, detail=detail, seconds=seconds)
        return TokenUnavailable(errcode, detail, seconds)

    # -- the guard of force_refresh ----------------------------------------------------------------------------------

    def _forced_lately(self) -> bool:
        shared = self._cache.call(lambda client: client.exists(f"{self._key}:forced"), 0)
        return bool(shared) or stopwatch() < self._own.force_after

    def _may_force(self) -> bool:
        """Take one of the day's forced renewals; False within 30 s of the last or when the day's are spent."""
        own = self._own
        if stopwatch() - own.forces_since > DAY_S:
            own.forces, own.forces_since = 0, stopwatch()
        if stopwatch() < own.force_after or own.forces >= FORCE_PER_DAY:
            return False
        if not self._cache.call(self._count_shared_force, True):
            return False
        own.forces += 1
        own.force_after = stopwatch() + FORCE_APART_S
        return True

    def _count_shared_force(self, client: Redis) -> bool:
        if client.set(f"{self._key}:forced", "1", nx=True, ex=FORCE_APART_S) is None:
            return False
        count = int(client.incr(f"{self._key}:forces"))
        if count == 1:
            client.expire(f"{self._key}:forces", DAY_S)
        return count <= FORCE_PER_DAY
