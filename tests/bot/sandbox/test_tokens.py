"""Tokens of both platforms, by the sandbox's clock."""

from __future__ import annotations

from tests.bot.sandbox.conftest import Live


def ordinary(live: Live, **changes: str) -> dict[str, object]:
    account = live.options.wechat
    query = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret, **changes}
    answer: dict[str, object] = live.http.get("/sandbox/wechat/cgi-bin/token", params=query).json()
    return answer


def works(live: Live, token: object, platform: str = "wechat") -> int:
    return int(live.api("getcallbackip", platform=platform, access_token=token).get("errcode", 0))


def test_the_ordinary_token_is_new_each_time_and_the_old_one_lives_five_minutes(live: Live) -> None:
    first, second = ordinary(live)["access_token"], ordinary(live)["access_token"]
    assert first != second
    assert works(live, first) == works(live, second) == 0
    live.control("clock", advance_s=301)
    assert works(live, first) == 42001
    assert works(live, second) == 0


def test_bad_credentials(live: Live) -> None:
    assert ordinary(live, appid="wxother")["errcode"] == 40013
    assert ordinary(live, secret="wrong")["errcode"] == 40125
    assert ordinary(live, grant_type="password")["errcode"] == 40002
    assert live.stable(appid="wxother")["errcode"] == 40013


def test_the_stable_token_stays_and_is_apart_from_the_ordinary_one(live: Live) -> None:
    first = live.stable()
    ordinary(live)
    live.control("clock", advance_s=3600)
    later = live.stable()
    assert later["access_token"] == first["access_token"]
    assert 3590 <= later["expires_in"] <= 3600


def test_the_stable_token_is_renewed_in_its_last_five_minutes_and_both_work(live: Live) -> None:
    first = live.stable()["access_token"]
    live.control("clock", advance_s=7200 - 200)
    second = live.stable()["access_token"]
    assert first != second
    assert works(live, first) == works(live, second) == 0
    live.control("clock", advance_s=201)
    assert (works(live, first), works(live, second)) == (42001, 0)


def test_a_forced_refresh_kills_the_old_token_and_is_rationed(live: Live) -> None:
    first = live.stable()["access_token"]
    second = live.stable(force_refresh=True)["access_token"]
    assert works(live, first) == 40001 and works(live, second) == 0
    assert live.stable(force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        live.control("clock", advance_s=31)
        assert "access_token" in live.stable(force_refresh=True)
    live.control("clock", advance_s=31)
    assert live.stable(force_refresh=True)["errcode"] == 45009
    live.control("clock", advance_s=86400)
    assert "access_token" in live.stable(force_refresh=True)


def test_missing_dead_and_unknown_tokens(live: Live) -> None:
    assert works(live, "") == 41001
    assert works(live, "made-up") == 40001
    token = live.token()
    assert live.control("tokens/kill", platform="wechat")["killed"] == 1
    assert works(live, token) == 40001
    assert works(live, "made-up", "wecom") == 40014


def test_wecom_returns_its_token_unchanged(live: Live) -> None:
    assert live.token("wecom") == live.token("wecom")
    answer = live.http.get("/sandbox/wecom/cgi-bin/gettoken", params={"corpid": "x", "corpsecret": "y"}).json()
    assert answer["errcode"] == 40013


def test_calls_are_counted(live: Live) -> None:
    for _ in range(3):
        live.stable()
    ordinary(live, appid="wxother")
    assert live.http.get("/sandbox/control/calls", params={"path": "/stable_token"}).json()["total"] == 3
    calls = live.http.get("/sandbox/control/calls", params={"platform": "wechat", "path": "/cgi-bin/token"}).json()
    assert calls["calls"] == [{"platform": "wechat", "path": "/cgi-bin/token", "errcode": 40013, "count": 1}]
    live.http.delete("/sandbox/control/calls")
    assert live.http.get("/sandbox/control/calls").json()["total"] == 0
