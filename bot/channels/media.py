"""Downloads of what people sent, with caps on size and time, from the platforms' own hosts only."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from bot.channels.errors import ChannelError, ErrorClass, MediaRefused, NotSent
from bot.clock import stopwatch

MEDIA_HOSTS = ("qq.com", "qpic.cn", "qlogo.cn")
"""Where the platforms keep media; a host below one of these counts as well."""
REDIRECTS = 3
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one download may take. WeChat's videos stay under 20 MB, WeCom's files under 20 MB (platform pages)."""

    most_bytes: int = 32 * 1024 * 1024
    seconds: float = 60.0


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that arrived whole. ``content_type`` is what the server said, in lower case, "" when it said nothing."""

    path: Path
    content_type: str
    size: int


def save(response: httpx.Response, target: Path, limits: Limits, started: float) -> Downloaded:
    """Stream an answer into ``target``, which appears only when it is whole.

    Raises MediaRefused beyond the limits, NotSent when the connection breaks (a download may always be repeated).
    """
    stated = response.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > limits.most_bytes:
        raise MediaRefused(f"larger than {limits.most_bytes} bytes")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        size = _write(part, response.iter_bytes(CHUNK), limits, started)
        os.replace(part, target)
    except httpx.HTTPError as error:
        raise NotSent(ErrorClass.RETRY, 0, type(error).__name__) from None
    finally:
        part.unlink(missing_ok=True)
    return Downloaded(target, content_type(response), size)


def _write(part: Path, chunks: Iterator[bytes], limits: Limits, started: float) -> int:
    size = 0
    with part.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limits.most_bytes:
                raise MediaRefused(f"larger than {limits.most_bytes} bytes")
            if stopwatch() - started > limits.seconds:
                raise MediaRefused(f"slower than {limits.seconds:.0f} s")
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return size


def content_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).split(";")[0].strip().lower()


def is_file(response: httpx.Response) -> bool:
    """Whether an answer is the media itself. An error or an address comes as JSON, which WeChat calls plain text."""
    if "content-disposition" in response.headers:
        return True
    return content_type(response) not in {"application/json", "text/plain"}


def follow(
    client: httpx.Client, url: str, own_bases: Sequence[str], target: Path, limits: Limits, started: float
) -> Downloaded:
    """Fetch a ``video_url`` the platform named, checking every hop; ``own_bases`` are the configured platform's."""
    for _hop in range(REDIRECTS + 1):
        require_allowed(url, own_bases)
        try:
            with client.stream("GET", url, follow_redirects=False) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers.get("location", ""))
                    continue
                if response.status_code != 200:
                    raise _bad_status(response.status_code)
                return save(response, target, limits, started)
        except httpx.HTTPError as error:
            raise NotSent(ErrorClass.RETRY, 0, type(error).__name__) from None
    raise MediaRefused("too many redirects")


def _bad_status(status: int) -> ChannelError:
    gone = status in {403, 404, 410}
    return NotSent(ErrorClass.EXPIRED if gone else ErrorClass.RETRY, 0, f"HTTP {status}")


def require_allowed(url: str, own_bases: Sequence[str]) -> None:
    """Raises MediaRefused unless the address is the configured platform's or a public one of a known media host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MediaRefused("malformed address") from None
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        raise MediaRefused("not a plain http address")
    if any(host == own.hostname and port == own.port for own in map(urlsplit, own_bases)):
        return
    if not any(host == known or host.endswith("." + known) for known in MEDIA_HOSTS) or port not in {None, 80, 443}:
        raise MediaRefused("not a host of the platform")
    if not all(address.is_global for address in _addresses(host)):
        raise MediaRefused("a private address")


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        raise NotSent(ErrorClass.RETRY, 0, "host not found") from None
    return [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
