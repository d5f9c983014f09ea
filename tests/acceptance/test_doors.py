"""What operators and browsers find beside the conversations: health, figures, static files, addresses that must be shut."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.acceptance.doors import Phone, Platforms
from tests.acceptance.installation import Installation, until

PAGES = (
    "/phone/",
    "/phone/static/phone/phone.js",
    "/phone/static/vendor/weui/weui.min.css",
    "/h5/notice",
    "/console/sign-in",
)


@pytest.fixture(scope="module")
def client(service: Installation) -> httpx.Client:
    return httpx.Client(base_url=service.address, timeout=20.0)


def test_health(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "ok"
    ready = client.get("/readyz")
    told = ready.json()
    assert ready.status_code == 200
    assert told["database"] is True and told["cache"] is True and told["media"] is True
    assert told["worker_age_s"] < 15 and told["oldest_due_s"] < 30


def test_figures_tell_of_every_process_and_of_nobody(
    client: httpx.Client, service: Installation, phone: Phone, platforms: Platforms
) -> None:
    phone.say("工地塌了有人被埋")
    openid = next(one["ident"] for one in platforms.client.get("/people").json() if one["id"] == phone.id)

    def sent() -> str:
        told = client.get("/metrics").text
        return told if "anquanshao_outbox_outcomes_total{" in told else ""

    figures = until(sent)  # the worker's, beside the web's
    answered = sum(map(float, re.findall(r'anquanshao_inbound_total\{[^}]*result="answered"\} (\S+)', figures)))
    assert answered >= 1
    assert "anquanshao_worker_age_seconds" in figures and "anquanshao_outbox_oldest_due_seconds" in figures
    for secret in (openid, "fuzhiban", "工地塌了", "被埋"):
        assert secret not in figures


@pytest.mark.parametrize("path", PAGES)
def test_pages_and_files(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200 and len(answer.content) > 200


def test_pages_name_only_files_that_exist_here(client: httpx.Client) -> None:
    for page in ("/phone/", "/h5/notice", "/console/sign-in"):
        for address in re.findall(r'(?:href|src)="([^"#]+)', client.get(page).text):
            if address.startswith("tel:"):
                continue
            assert not address.startswith(("http:", "https:", "//")), (page, address)
            found = client.get(
                httpx.URL(f"{client.base_url}{page}").join(address).raw_path.decode(), follow_redirects=True
            )
            assert found.status_code == 200, (page, address)


def test_the_front_door_leads_to_the_phone(client: httpx.Client) -> None:
    assert client.get("/").headers["location"] == "/phone/"


@pytest.mark.parametrize(
    "path", ["/nothing", "/console/nothing", "/h5/nothing", "/MP_verify_unknown.txt", "/phone/../var"]
)
def test_what_is_not_there(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {302, 404}
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "path", ["/console/", "/console/consult/", "/console/emergency/", "/console/staff/", "/console/audit/"]
)
def test_the_console_is_shut_without_a_sign_in(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302 and "/console/sign-in" in answer.headers["location"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_callbacks_take_get_and_post_alone(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/wechat").status_code == 405


def test_a_callback_without_a_signature(client: httpx.Client) -> None:
    for path in ("/wechat", "/wecom"):
        assert client.get(path).status_code == 403
        refused = client.post(path, content=b"<xml/>")
        assert refused.status_code == 403 and refused.content == b""
