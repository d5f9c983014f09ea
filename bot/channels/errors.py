"""What a platform's answer means for the message that caused it: every error code is read here, once.

The classes follow the platforms' published codes; a code in no list is never retried and raises an alarm.
"""

from __future__ import annotations

from enum import Enum

from bot.messages import ChannelName


class ErrorClass(Enum):
    """What to do about an answer."""

    OK = "ok"
    RETRY = "retry"  # busy, too fast, server error, not reached: later, with back-off
    TOKEN = "token"  # noqa: S105 (a class, no secret): the access token was not taken
    STOP_FOR_DAY = "stop_for_day"  # the day's quota is used up
    WINDOW_CLOSED = "window_closed"  # not until this person writes again
    UNFOLLOWED = "unfollowed"  # unreachable until this person follows again
    REFUSED = "refused"  # this person wants no messages of this template
    UNREACHABLE = "unreachable"  # no such person, for good
    EXPIRED = "expired"  # the media is no longer kept
    OPERATOR = "operator"  # settings, templates or permissions are wrong: only an operator can mend it
    DUPLICATE = "duplicate"  # the platform has it already
    UNCERTAIN = "uncertain"  # sent, but no answer: it may have arrived
    UNKNOWN = "unknown"  # a code nobody listed


_BOTH: dict[ErrorClass, frozenset[int]] = {
    ErrorClass.OK: frozenset({0}),
    ErrorClass.RETRY: frozenset({-1, 45011}),
    ErrorClass.TOKEN: frozenset({40001, 40014, 42001}),
    ErrorClass.STOP_FOR_DAY: frozenset({45009}),
    ErrorClass.EXPIRED: frozenset({40007}),
    ErrorClass.OPERATOR: frozenset({40008, 44004, 45002, 45008}),
}
_WECHAT: dict[ErrorClass, frozenset[int]] = {
    ErrorClass.RETRY: frozenset({43108, 43117}),
    ErrorClass.TOKEN: frozenset({41001}),
    ErrorClass.WINDOW_CLOSED: frozenset({45015, 45047}),
    ErrorClass.UNFOLLOWED: frozenset({43004, 50005, 43019}),
    ErrorClass.REFUSED: frozenset({43101, 43107, 48002}),
    ErrorClass.UNREACHABLE: frozenset({40003}),
    ErrorClass.OPERATOR: frozenset({40013, 40036, 40037, 40125, 40164, 41030, 43116, 47001, 47003, 48001, 48004}),
    ErrorClass.DUPLICATE: frozenset({40241}),
}
_WECOM: dict[ErrorClass, frozenset[int]] = {
    ErrorClass.RETRY: frozenset({45033}),
    ErrorClass.UNREACHABLE: frozenset({40003, 60111, 81013, 82001}),
    ErrorClass.OPERATOR: frozenset({40013, 40056, 40058, 48002, 60011, 60020, 301002}),
}
_ACCOUNT_WIDE: dict[ChannelName, frozenset[int]] = {
    "wechat": frozenset({40013, 40125, 40164, 48001, 48004}),
    "wecom": frozenset({40013, 40056, 48002, 60020, 301002}),
}


def _codes(own: dict[ErrorClass, frozenset[int]]) -> dict[int, ErrorClass]:
    return {code: kind for table in (_BOTH, own) for kind, codes in table.items() for code in codes}


_CODES: dict[ChannelName, dict[int, ErrorClass]] = {"wechat": _codes(_WECHAT), "wecom": _codes(_WECOM)}


def classify(platform: ChannelName, errcode: int) -> ErrorClass:
    """The class of an error code; ``UNKNOWN`` for one that no list names."""
    return _CODES[platform].get(errcode, ErrorClass.UNKNOWN)


def account_wide(platform: ChannelName, errcode: int) -> bool:
    """Whether every other call of the same kind would meet the same refusal (wrong app, address not allowed …)."""
    return errcode in _ACCOUNT_WIDE[platform]


class ChannelError(RuntimeError):
    """A platform call that did not succeed.

    ``errcode`` is the platform's, 0 when there was none. ``detail`` is for operators: it names neither people nor their
    words nor a token. ``retry_after_s`` says how long it is useless to try again, 0 when unknown.
    """

    def __init__(self, kind: ErrorClass, errcode: int = 0, detail: str = "", *, retry_after_s: float = 0.0) -> None:
        super().__init__(f"{kind.value} {errcode} {detail}".strip())
        self.kind = kind
        self.errcode = errcode
        self.detail = detail
        self.retry_after_s = retry_after_s


class NotSent(ChannelError):
    """The platform certainly did not take the call: it was not reached, was busy, or refused."""


class Uncertain(ChannelError):
    """The call went out and no answer came back: it may have taken effect. Never repeated without a platform key."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(ErrorClass.UNCERTAIN, 0, detail)


class TokenUnavailable(NotSent):
    """No usable access token now; calls are held back for ``retry_after_s``."""

    def __init__(self, errcode: int, detail: str, retry_after_s: float) -> None:
        super().__init__(ErrorClass.TOKEN, errcode, detail, retry_after_s=retry_after_s)


class Refused(NotSent):
    """The platform answered with an error code."""

    def __init__(self, platform: ChannelName, errcode: int, detail: str = "") -> None:
        super().__init__(classify(platform, errcode), errcode, detail)


class MediaRefused(ChannelError):
    """A download we stopped ourselves: too large, too slow, or from an address that is not allowed."""

    def __init__(self, detail: str) -> None:
        super().__init__(ErrorClass.OPERATOR, 0, detail)
