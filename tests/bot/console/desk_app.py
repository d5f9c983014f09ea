"""The console as a real Flask app on a database of its own, and a browser's worth of helpers for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from bot.clock import Clock
from bot.console import staff as accounts
from bot.console.app import register_console
from bot.console.records import Staff
from bot.console.staff import NewStaff
from bot.features import Feature
from bot.services import Services
from bot.storage.cache import connect_cache
from bot.storage.db import Base, Database
from bot.storage.sealing import ContentCipher, Hasher, IdentityVault, decode_key
from config.keys import new_keys, sandbox_accounts
from config.settings import Settings

PASSWORD = "wozaizhiban2021"


@dataclass
class Desk:
    """The app under test with its parts."""

    app: Flask
    services: Services

    def browser(self) -> Browser:
        return Browser(self.app.test_client())

    def add(self, username: str, role: str, *, wecom: str = "", password: str = PASSWORD) -> Staff:
        with self.services.database.begin() as session:
            staff, _ = accounts.add(
                session, self.services, NewStaff(username, username, role, wecom_userid=wecom), password
            )
        return staff

    def staff(self, username: str) -> Staff:
        with self.services.database.reading() as session:
            return session.scalars(select(Staff).where(Staff.username == username)).one()

    def signed_in(self, username: str, role: str) -> Browser:
        self.add(username, role)
        browser = self.browser()
        assert browser.sign_in(username).status_code == 302
        return browser


class Browser:
    """A test client that fills in the CSRF token of the page it last read, as a browser would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **kwargs) -> TestResponse:
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: dict[str, str] | None = None, *, token_from: str = "", **kwargs) -> TestResponse:
        token = csrf_of(self.client.get(token_from or "/console/sign-in", follow_redirects=True))
        return self.client.post(path, data={**(data or {}), "csrf_token": token}, **kwargs)

    def sign_in(self, username: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/console/sign-in", {"username": username, "password": password, **more})

    @property
    def cookie(self) -> str:
        found = self.client.get_cookie("console_session", path="/console")
        return found.value if found else ""


def csrf_of(response: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', response.text) or re.search(
        r'X-CSRFToken": "([^"]+)"', response.text
    )
    return found[1] if found else ""


def make_services(folder: Path, features: tuple[Feature, ...] = (), **changes: object) -> Services:
    values = {name.lower(): value for name, value in {**new_keys(), **sandbox_accounts()}.items()}
    values.pop("identity_private_key")
    settings = Settings(
        **{
            **values,
            "var_dir": folder,
            "database_url": f"sqlite:///{folder / 'desk.db'}",
            "redis_url": f"unix://{folder / 'none.sock'}",
            "sandbox": True,
            **changes,
        }
    )
    database = Database(settings.database_url)
    Base.metadata.create_all(database.engine)
    return Services(
        settings=settings,
        database=database,
        cache=connect_cache(settings),
        clock=Clock(),
        content=ContentCipher(decode_key(settings.content_key.get_secret_value(), "CONTENT_KEY")),
        vault=IdentityVault(decode_key(settings.identity_public_key, "IDENTITY_PUBLIC_KEY")),
        hasher=Hasher(decode_key(settings.identity_hash_key.get_secret_value(), "IDENTITY_HASH_KEY")),
        features=features,
    )


def make_desk(services: Services) -> Desk:
    app = Flask("console-under-test")
    app.testing = True
    register_console(app, services)
    return Desk(app, services)
