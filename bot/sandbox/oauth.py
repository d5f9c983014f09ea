"""The sign-in pages of both platforms: WeChat's authorize, WeCom's authorize, and WeCom's page for scanning.

Whoever holds the phone is known by the `phone_person` cookie that the phone sets, so a page opened from the chat is
signed in without a question, as in the app. `?person=` picks one by hand; otherwise the page asks who it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bot.sandbox.api import ApiError, Call, PlatformApi
from bot.sandbox.options import Platform
from bot.sandbox.people import Person
from bot.sandbox.wecom_api import redeem
from bot.sandbox.world import World

COOKIE = "phone_person"


class OAuth:
    """Issues codes and redeems WeChat's."""

    def __init__(self, world: World) -> None:
        self.world = world

    def register(self, api: PlatformApi) -> None:
        """WeChat's web-authorization calls; WeCom redeems its codes with auth/getuserinfo."""
        api.add("/sns/oauth2/access_token", self.access_token, token=False)
        api.add("/sns/userinfo", self.userinfo, token=False)

    def access_token(self, call: Call) -> dict[str, Any]:
        account, query = self.world.options.wechat, call.query
        if query.get("appid") != account.app_id:
            raise ApiError(40013)
        if query.get("secret") != account.app_secret:
            raise ApiError(40125)
        person, scope = redeem(self.world, "wechat", query.get("code", ""))
        value, seconds = self.world.tokens.issue("wechat", "user")
        self.world.store.put(f"user_token:{value}", person.id)
        return {
            "access_token": value, "expires_in": seconds, "refresh_token": secrets.token_urlsafe(48),
            "openid": person.ident, "scope": scope,
        }  # fmt: skip

    def userinfo(self, call: Call) -> dict[str, Any]:
        person = self.world.people.get(self.world.store.get(f"user_token:{call.query.get('access_token', '')}") or "")
        if person is None:
            raise ApiError(40001)
        return {"openid": person.ident, "nickname": person.name, "sex": 0, "headimgurl": "", "privilege": []}

    def pages(self) -> Blueprint:
        pages = Blueprint("oauth", __name__)
        add = pages.add_url_rule
        add("/sandbox/wechat/connect/oauth2/authorize", "wechat", lambda: self.authorize("wechat"))
        add("/sandbox/wecom/connect/oauth2/authorize", "wecom", lambda: self.authorize("wecom"))
        for path in ("wwlogin/sso/login", "wwopen/sso/qrConnect", "wwopen/sso/3rd_qrConnect"):
            add(f"/sandbox/wecom/{path}", path.replace("/", "_"), lambda: self.authorize("wecom", scan=True))
        return pages

    def authorize(self, platform: Platform, *, scan: bool = False) -> BaseResponse:
        """The page one is sent to; with a known person it sends back at once. Scanning always asks."""
        args = request.args
        problem = self._problem(platform, args.get("appid", ""), args.get("redirect_uri", ""))
        if problem:
            return Response(_page("这个链接打不开", problem), 400, mimetype="text/html")
        chosen = args.get("person") or ("" if scan else request.cookies.get(COOKIE, ""))
        person = self.world.people.find(platform, chosen) if chosen else None
        if person is not None:
            return redirect(self._back(platform, person, args))
        people = [one for one in self.world.people.listed() if one.platform == platform]
        links = [
            {"id": one.id, "name": one.name, "href": "?" + urlencode({**args.to_dict(), "person": one.id})}
            for one in people
        ]
        title = "企业微信扫码登录" if scan else "微信授权" if platform == "wechat" else "企业微信授权"
        words = "演示里不用真的扫码，点一个人就当是他扫的。" if scan else "选一个人，用他的身份打开这个页面。"
        return Response(_page(title, words, links), mimetype="text/html")

    def _problem(self, platform: Platform, app_id: str, target: str) -> str:
        options = self.world.options
        if app_id != (options.wechat.app_id if platform == "wechat" else options.wecom.corp_id):
            return "appid 参数错误"
        parts = urlsplit(target)
        trusted = {urlsplit(base).hostname for base in (options.public_base, options.callback_base)}
        if parts.scheme not in ("http", "https") or parts.hostname not in trusted:
            return "redirect_uri 域名与后台配置不一致"
        return ""

    def _back(self, platform: Platform, person: Person, args: Mapping[str, str]) -> str:
        code = secrets.token_urlsafe(24)
        self.world.store.run(
            "INSERT INTO oauth_code VALUES (?, ?, ?, ?, ?, 0)",
            code, platform, person.id, args.get("scope", "snsapi_base"), self.world.now(),
        )  # fmt: skip
        parts = urlsplit(args["redirect_uri"])
        added = urlencode({"code": code, "state": args.get("state", "")})
        query = f"{parts.query}&{added}" if parts.query else added
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _page(title: str, words: str, people: list[dict[str, str]] | None = None) -> str:
    return render_template("sandbox/authorize.html", title=title, words=words, people=people or [])
