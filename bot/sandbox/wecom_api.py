"""WeCom's API apart from sending: tokens, members, sign-in codes, the app's menu and tickets."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.api import ApiError, Call, PlatformApi
from bot.sandbox.people import Person
from bot.sandbox.world import World

CODE_S = 300


def redeem(world: World, platform: str, code: str) -> tuple[Person, str]:
    """The person and scope of an OAuth code; raises 40029 for an unknown or old one, 40163 for a used one."""
    row = world.store.one("SELECT * FROM oauth_code WHERE code = ? AND platform = ?", code, platform)
    person = world.people.get(row["person"]) if row else None
    if row is None or person is None or world.now() - row["at"] > CODE_S:
        raise ApiError(40029)
    if not world.store.run("UPDATE oauth_code SET used = 1 WHERE code = ? AND NOT used", code):
        raise ApiError(40163)
    return person, str(row["scope"])


class WeComApi:
    """Handlers of the self-built app's directory and housekeeping calls."""

    def __init__(self, world: World) -> None:
        self.world = world

    def register(self, api: PlatformApi) -> None:
        api.add("/cgi-bin/gettoken", self.gettoken, token=False)
        api.add("/cgi-bin/user/get", self.user_get)
        api.add("/cgi-bin/user/list", self.user_list)
        api.add("/cgi-bin/user/simplelist", self.user_list)
        api.add("/cgi-bin/department/list", self.departments)
        api.add("/cgi-bin/auth/getuserinfo", self.user_info)
        api.add("/cgi-bin/user/getuserinfo", self.user_info)
        api.add("/cgi-bin/getcallbackip", lambda _call: {"errcode": 0, "errmsg": "ok", "ip_list": ["127.0.0.1"]})
        api.add("/cgi-bin/get_api_domain_ip", lambda _call: {"errcode": 0, "errmsg": "ok", "ip_list": ["127.0.0.1"]})
        api.add("/cgi-bin/get_jsapi_ticket", self.ticket)
        api.add("/cgi-bin/ticket/get", self.ticket)
        api.add("/cgi-bin/agent/get", self.agent)
        api.add("/cgi-bin/menu/create", self.menu_create, methods="POST")
        api.add("/cgi-bin/menu/get", self.menu_get)
        api.add("/cgi-bin/menu/delete", self.menu_delete)

    def gettoken(self, call: Call) -> dict[str, Any]:
        app = self.world.options.wecom
        if call.query.get("corpid") != app.corp_id:
            raise ApiError(40013, "invalid corpid")
        if call.query.get("corpsecret") != app.secret:
            raise ApiError(40001, "invalid secret")
        value, seconds = self.world.tokens.current("wecom", "wecom")
        return {"errcode": 0, "errmsg": "ok", "access_token": value, "expires_in": seconds}

    def user_get(self, call: Call) -> dict[str, Any]:
        person = self.world.people.by_ident("wecom", call.query.get("userid", ""))
        if person is None:
            raise ApiError(60111)
        return {"errcode": 0, "errmsg": "ok", **_member(person)}

    def user_list(self, _call: Call) -> dict[str, Any]:
        members = [_member(one) for one in self.world.people.of("wecom")]
        return {"errcode": 0, "errmsg": "ok", "userlist": members}

    def departments(self, _call: Call) -> dict[str, Any]:
        top = {"id": 1, "name": "住房和城乡建设系统（演示）", "parentid": 0, "order": 1}
        return {"errcode": 0, "errmsg": "ok", "department": [top]}

    def user_info(self, call: Call) -> dict[str, Any]:
        try:
            person, _scope = redeem(self.world, "wecom", call.query.get("code", ""))
        except ApiError:
            raise ApiError(40029) from None
        return {"errcode": 0, "errmsg": "ok", "userid": person.ident, "UserId": person.ident}

    def ticket(self, _call: Call) -> dict[str, Any]:
        value, seconds = self.world.tokens.current("wecom", "jsapi")
        return {"errcode": 0, "errmsg": "ok", "ticket": value, "expires_in": seconds}

    def _check_agent(self, call: Call) -> None:
        if call.query.get("agentid") != str(self.world.options.wecom.agent_id):
            raise ApiError(40056)

    def agent(self, call: Call) -> dict[str, Any]:
        self._check_agent(call)
        app = self.world.options.wecom
        about = {"agentid": app.agent_id, "name": app.name, "description": app.intro, "close": 0}
        return {"errcode": 0, "errmsg": "ok", **about}

    def menu_create(self, call: Call) -> dict[str, Any]:
        self._check_agent(call)
        buttons = call.body.get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise ApiError(40016, "invalid button size")
        self.world.store.put("menu:wecom", json.dumps({"button": buttons}, ensure_ascii=False))
        return {"errcode": 0, "errmsg": "ok"}

    def menu_get(self, call: Call) -> dict[str, Any]:
        self._check_agent(call)
        menu = self.world.store.get("menu:wecom")
        if not menu:
            raise ApiError(46003)
        return {"errcode": 0, "errmsg": "ok", **json.loads(menu)}

    def menu_delete(self, call: Call) -> dict[str, Any]:
        self._check_agent(call)
        self.world.store.put("menu:wecom", "")
        return {"errcode": 0, "errmsg": "ok"}


def _member(person: Person) -> dict[str, Any]:
    status = 1 if person.following else 4
    return {"userid": person.ident, "name": person.name, "department": [1], "status": status, "enable": 1}
