"""Connections to allowed addresses alone, none of whose steps outlasts the call's deadline."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore

from bot.clock import stopwatch
from config.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# NAT64 (RFC 6052, RFC 8215) and IPv4-compatible addresses (RFC 4291) hold an IPv4 address in their last four bytes.
_LAST_FOUR = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
_ISATAP = 0x00005EFE  # RFC 5214
_until: ContextVar[float] = ContextVar("rephrasing_until", default=float("inf"))


class Refused(Exception):
    """The endpoint's name leads to an address that is not allowed."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which addresses may be connected to. A name is allowed by the settings; what it leads to is looked at here, each
    time, so that a name that is later pointed at an inner address leads nowhere.

    In production an address that is not public has to be listed itself, alone or as a network, and without https
    nothing else will do; elsewhere every address is allowed.
    """

    listed: tuple[Network, ...]
    strict: bool
    encrypted: bool

    @classmethod
    def of(cls, settings: Settings) -> Allowed:
        networks = tuple(network for name in settings.llm_allowed_hosts if (network := _network(name)) is not None)
        return cls(networks, settings.production, settings.llm_base_url.startswith("https:"))

    def allows(self, address: Address) -> bool:
        if not self.strict:
            return True
        address = _unmapped(address)
        if any(address in network for network in self.listed):
            return True
        public = address.is_global and not address.is_multicast
        return self.encrypted and public and all(self.allows(inner) for inner in _carried(address))


def _network(name: str) -> Network | None:
    try:
        return ipaddress.ip_network(name.strip("[]"), strict=False)
    except ValueError:
        return None


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a name. OSError where there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(_unmapped(ipaddress.ip_address(str(one[4][0]).split("%")[0])) for one in found))


def _unmapped(address: Address) -> Address:
    """An IPv4 address in IPv6's clothes as itself."""
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return inner or address


def _carried(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 one leads to by a translator or a tunnel: a public one may carry an inner."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    inner: list[Address] = list(address.teredo or ())
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if any(address in network for network in _LAST_FOUR) or int(address) >> 32 & 0xFCFFFFFF == _ISATAP:
        inner.append(low)
    return inner


class DeadlineBackend(httpcore.NetworkBackend):
    """httpcore's own connections, to addresses that were looked at, each step within what is left of the call."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._inner = httpcore.SyncBackend()

    def begin(self, until: float) -> None:
        """From here on this thread's steps end by ``until``, a stopwatch reading."""
        _until.set(until)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolve(host, port)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the name is not known") from None
        if not addresses or not all(self._allowed.allows(address) for address in addresses):
            raise Refused
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                continue
        return self._connect(addresses[-1], port, timeout, local_address, socket_options)

    def _connect(self, address: Address, port: int, timeout: float | None, *more: Any) -> DeadlineStream:
        return DeadlineStream(self._inner.connect_tcp(str(address), port, _left(timeout), *more))


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every read and write ends by the deadline of the call that uses it at the time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None) -> float:
    left = _until.get() - stopwatch()
    if left <= 0:
        raise httpcore.ReadTimeout("the call's time is over")
    return left if timeout is None else min(left, timeout)
