"""The privacy notice as a phone page."""

from __future__ import annotations

from flask import Blueprint, render_template

from bot.services import Services


def pages(services: Services) -> Blueprint:
    """``/h5/notice``."""
    blueprint = Blueprint("account", __name__, template_folder="templates", url_prefix="/h5")

    @blueprint.get("/notice")
    def notice() -> str:
        return render_template("account/notice.html", model=services.settings.llm_enabled)

    return blueprint
