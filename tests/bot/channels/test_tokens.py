"""Tokens: one call however many ask, one renewal after a rejection, and never a storm."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from bot.channels.errors import ChannelError, ErrorClass, TokenUnavailable
from bot.channels.platform import PlatformClient
from bot.clock import stopwatch
from bot.messages import Text
from bot.services import Services
from bot.storage.cache import connect_cache
from tests.bot.outbox.stage import PEOPLE, Stage

OPENID = PEOPLE[0].ident
STABLE = "/cgi-bin/stable_token"
SEND = "/cgi-bin/message/custom/send"


def send(services: Services) -> str:
    """How a send ended: ``ok`` or the class of its error."""
    try:
        services.platform.send("wechat", OPENID, Text("好"), idempotency_key="k")
    except ChannelError as error:
        return error.kind.value
    return "ok"


def together(count: int, work: Callable[[int], None]) -> None:
    barrier = threading.Barrier(count)

    def begin(number: int) -> None:
        barrier.wait()
        work(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_eight_processes_with_a_cold_cache_fetch_one_token(stage: Stage) -> None:
    stage.open_window()
    processes = [stage.services() for _ in range(8)]
    ends: list[str] = []
    together(8, lambda number: ends.append(send(processes[number])))
    assert sorted(set(ends)) in (["ok"], ["ok", "window_closed"])
    assert stage.calls(STABLE) == 1


def test_a_token_that_another_process_replaced_is_renewed_once(stage: Stage) -> None:
    stage.open_window()
    processes = [stage.services() for _ in range(4)]
    assert send(processes[0]) == "ok"
    stage.control("tokens/kill", platform="wechat")
    ends: list[str] = []
    together(4, lambda number: ends.append(send(processes[number])))
    assert ends == ["ok"] * 4
    assert stage.calls(STABLE) == 2


def test_a_platform_that_takes_no_token_gets_few_calls(stage: Stage) -> None:
    """Eight threads that keep trying: at most four token calls. The pause lasts a minute, so a few seconds show it."""
    stage.fault("message/custom/send", errcode=40001)
    processes = [stage.services() for _ in range(2)]
    until = stopwatch() + 4
    ends: set[str] = set()

    def work(number: int) -> None:
        while stopwatch() < until:
            ends.add(send(processes[number % 2]))
            time.sleep(0.01)

    together(8, work)
    assert ends == {"token"}
    assert stage.calls(STABLE) <= 4
    assert stage.calls(SEND) <= 40


def test_during_the_pause_nothing_is_called_and_another_process_knows(stage: Stage) -> None:
    stage.fault("message/custom/send", errcode=40001)
    while send(stage.main) != "token" or stage.calls(SEND) < 3:
        pass
    calls = stage.calls("")
    with pytest.raises(TokenUnavailable) as caught:
        stage.services().platform.send("wechat", OPENID, Text("好"), idempotency_key="k")
    assert caught.value.retry_after_s > 30
    assert stage.calls("") == calls


def test_a_wrong_secret_pauses_and_names_the_error(stage: Stage) -> None:
    stage.fault("stable_token", errcode=40125)
    with pytest.raises(TokenUnavailable) as caught:
        stage.main.platform.send("wechat", OPENID, Text("好"), idempotency_key="k")
    assert caught.value.errcode == 40125
    assert send(stage.main) == "token"
    assert stage.calls(STABLE) == 1


def test_without_redis_a_process_keeps_its_own_token(stage: Stage) -> None:
    stage.open_window()
    settings = stage.settings.model_copy(update={"redis_url": "unix:///nowhere/valkey.sock"})
    client = PlatformClient(settings, connect_cache(settings))
    for _ in range(3):
        client.send("wechat", OPENID, Text("好"), idempotency_key="k")
    assert stage.calls(STABLE) == 1
    stage.control("tokens/kill", platform="wechat")
    client.send("wechat", OPENID, Text("好"), idempotency_key="k")
    assert stage.calls(STABLE) == 2
    stage.fault("message/custom/send", errcode=42001)
    for _ in range(5):
        with pytest.raises(ChannelError):
            client.send("wechat", OPENID, Text("好"), idempotency_key="k")
    assert stage.calls(STABLE) <= 4
    client.close()


def test_wecom_returns_the_same_token_and_has_no_force(stage: Stage) -> None:
    stage.fault("message/send", platform="wecom", errcode=40014)
    for _ in range(3):
        with pytest.raises(ChannelError) as caught:
            stage.main.platform.send("wecom", PEOPLE[1].ident, Text("好"), idempotency_key="k")
        assert caught.value.kind is ErrorClass.TOKEN
    assert stage.calls("/cgi-bin/gettoken") == 2


def test_no_key_name_holds_a_secret(stage: Stage) -> None:
    stage.open_window()
    send(stage.main)
    names = [name.decode() if isinstance(name, bytes) else str(name) for name in stage.main.cache.client.keys("*")]
    assert names == ["token:wechat"]
