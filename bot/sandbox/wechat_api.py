"""The Official Account's API apart from sending: tokens, menu, users, QR codes, tickets, addresses, quota."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask import Response

from bot.sandbox.api import ApiError, Call, PlatformApi
from bot.sandbox.tokens import TooOften
from bot.sandbox.world import World

MENU_TOP, MENU_SUB = 3, 5


class WeChatApi:
    """Handlers; each takes the call and answers as the platform's page of that name says."""

    def __init__(self, world: World) -> None:
        self.world = world

    def register(self, api: PlatformApi) -> None:
        api.add("/cgi-bin/token", self.token, token=False)
        api.add("/cgi-bin/stable_token", self.stable_token, token=False, methods="POST")
        api.add("/cgi-bin/getcallbackip", lambda _call: {"ip_list": ["127.0.0.1"]})
        api.add("/cgi-bin/get_api_domain_ip", lambda _call: {"ip_list": ["127.0.0.1"]})
        api.add("/cgi-bin/callback/check", lambda _call: {"dns": [], "ping": []})
        api.add("/cgi-bin/openapi/quota/get", self.quota)
        api.add("/cgi-bin/clear_quota", lambda _call: {"errcode": 0, "errmsg": "ok"})
        api.add("/cgi-bin/ticket/getticket", self.ticket)
        api.add("/cgi-bin/menu/create", self.menu_create, methods="POST")
        api.add("/cgi-bin/menu/get", self.menu_get)
        api.add("/cgi-bin/get_current_selfmenu_info", self.menu_info)
        api.add("/cgi-bin/menu/delete", self.menu_delete)
        api.add("/cgi-bin/user/info", self.user_info)
        api.add("/cgi-bin/user/get", self.user_get)
        api.add("/cgi-bin/qrcode/create", self.qrcode_create, methods="POST")
        api.add("/cgi-bin/showqrcode", self.qrcode_show, token=False)
        api.add("/cgi-bin/template/get_all_private_template", self.templates)

    def _check_account(self, app_id: str, secret: str) -> None:
        if app_id != self.world.options.wechat.app_id:
            raise ApiError(40013)
        if secret != self.world.options.wechat.app_secret:
            raise ApiError(40125)

    def token(self, call: Call) -> dict[str, Any]:
        query = call.query
        if query.get("grant_type") != "client_credential":
            raise ApiError(40002)
        self._check_account(query.get("appid", ""), query.get("secret", ""))
        value, seconds = self.world.tokens.issue("wechat", "ordinary")
        return {"access_token": value, "expires_in": seconds}

    def stable_token(self, call: Call) -> dict[str, Any]:
        body = call.body
        if body.get("grant_type") != "client_credential":
            raise ApiError(40002)
        self._check_account(str(body.get("appid", "")), str(body.get("secret", "")))
        try:
            forced = body.get("force_refresh") is True
            tokens = self.world.tokens
            value, seconds = tokens.force("wechat") if forced else tokens.current("wechat", "stable")
        except TooOften as limit:
            raise ApiError(45009 if limit.daily else 45011) from None
        return {"access_token": value, "expires_in": seconds}

    def quota(self, call: Call) -> dict[str, Any]:
        path = str(call.body.get("cgi_path", ""))
        used = self.world.records.calls("wechat", path)["total"] if path else 0
        return {"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 100000, "used": used, "remain": 100000 - used}}

    def ticket(self, call: Call) -> dict[str, Any]:
        if call.query.get("type") not in ("jsapi", "wx_card"):
            raise ApiError(40097)
        value, seconds = self.world.tokens.current("wechat", "jsapi")
        return {"errcode": 0, "errmsg": "ok", "ticket": value, "expires_in": seconds}

    def menu_create(self, call: Call) -> dict[str, Any]:
        buttons = call.body.get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= MENU_TOP:
            raise ApiError(40016, "invalid button size")
        for button in buttons:
            _check_button(button, top=True)
        self.world.store.put("menu:wechat", json.dumps({"button": buttons}, ensure_ascii=False))
        return {"errcode": 0, "errmsg": "ok"}

    def menu_get(self, _call: Call) -> dict[str, Any]:
        menu = self.world.store.get("menu:wechat")
        if not menu:
            raise ApiError(46003)
        return {"menu": json.loads(menu)}

    def menu_info(self, _call: Call) -> dict[str, Any]:
        menu = self.world.store.get("menu:wechat")
        return {"is_menu_open": int(bool(menu)), "selfmenu_info": json.loads(menu) if menu else {"button": []}}

    def menu_delete(self, _call: Call) -> dict[str, Any]:
        self.world.store.put("menu:wechat", "")
        return {"errcode": 0, "errmsg": "ok"}

    def user_info(self, call: Call) -> dict[str, Any]:
        person = self.world.people.by_ident("wechat", call.query.get("openid", ""))
        if person is None:
            raise ApiError(40003)
        if not person.following:
            return {"subscribe": 0, "openid": person.ident, "tagid_list": []}
        return {
            "subscribe": 1, "openid": person.ident, "language": "zh_CN", "subscribe_time": int(person.since),
            "remark": "", "groupid": 0, "tagid_list": [], "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 0,
            "qr_scene_str": "",
        }  # fmt: skip

    def user_get(self, _call: Call) -> dict[str, Any]:
        openids = [one.ident for one in self.world.people.of("wechat") if one.following][:10000]
        last = openids[-1] if openids else ""
        return {"total": len(openids), "count": len(openids), "data": {"openid": openids}, "next_openid": last}

    def qrcode_create(self, call: Call) -> dict[str, Any]:
        body = call.body
        scene = (body.get("action_info") or {}).get("scene") or {}
        value = scene.get("scene_str") if "STR" in str(body.get("action_name", "")) else scene.get("scene_id")
        if value in (None, "") or len(str(value)) > 64:
            raise ApiError(40053, "invalid action info")
        lasting = "LIMIT" in str(body.get("action_name", ""))
        lives = None if lasting else min(int(body.get("expire_seconds", 60)), 2592000)
        ticket = secrets.token_urlsafe(48)
        self.world.store.run("INSERT INTO qrcode VALUES (?, ?, ?, ?)", ticket, str(value), self.world.now(), lives)
        answer: dict[str, Any] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket[:24]}"}
        return answer if lives is None else {**answer, "expire_seconds": lives}

    def qrcode_show(self, call: Call) -> Response:
        row = self.world.store.one("SELECT scene FROM qrcode WHERE ticket = ?", call.query.get("ticket", ""))
        if row is None:
            return Response("invalid ticket", 404, mimetype="text/plain")
        return Response(_PNG, mimetype="image/png")

    def templates(self, _call: Call) -> dict[str, Any]:
        listed = [
            {
                "template_id": one.id, "title": one.title, "primary_industry": "政府与公共事业", "deputy_industry": "",
                "content": "\n".join(f"{label}:{{{{{name}.DATA}}}}" for name, label in one.fields), "example": "",
            }
            for one in self.world.options.templates
        ]  # fmt: skip
        return {"template_list": listed}


def _check_button(button: Any, *, top: bool) -> None:
    """Names up to 16 bytes at the top and 60 below, keys up to 128, addresses up to 1024; five entries in a column."""
    if not isinstance(button, dict) or not button.get("name"):
        raise ApiError(40018, "invalid button name size")
    if len(str(button["name"]).encode()) > (16 if top else 60):
        raise ApiError(40018, "invalid button name size")
    below = button.get("sub_button") or []
    if below:
        if not top or len(below) > MENU_SUB:
            raise ApiError(40023, "invalid sub button size")
        for one in below:
            _check_button(one, top=False)
        return
    kind = button.get("type")
    if not kind:
        raise ApiError(40015, "invalid menu type")
    if kind in ("view", "miniprogram"):
        if not 0 < len(str(button.get("url", "")).encode()) <= 1024:
            raise ApiError(40020, "invalid button url size")
    elif not 0 < len(str(button.get("key", button.get("media_id", ""))).encode()) <= 128:
        raise ApiError(40019, "invalid button key size")


_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fea735819c0000000049454e44ae426082"
)
