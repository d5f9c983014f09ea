"""``python -m config.docs`` writes docs/settings.md from the settings themselves, so that the two cannot differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from config.settings import ROOT, Settings, missing_for_production

TARGET = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Written by `python -m config.docs` from config/settings.py; do not edit by hand.

Every setting is an environment variable. A process reads its environment first, then what a demo that runs on the same
`VAR_DIR` decided, then `.env` in the folder it is started from, then, unless `APP_ENV=production`,
`VAR_DIR/sandbox.env`, which is made with fresh keys on first use. An empty variable counts as not set.
`python -m bot doctor` says what is missing for production and where to find it.

`needed` marks what production cannot do without; `WeCom` what it cannot do without once `WECOM_CORP_ID` is set.
`IDENTITY_PRIVATE_KEY` is needed by the worker and refused in the web process, see [security](security.md).

| variable | default | production | meaning |
|---|---|---|---|
"""


def settings_page() -> str:
    """The whole page. A secret's value never stands in it: secrets have no default."""
    return HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    """Raises ValueError for a setting that does not say what it means."""
    if not field.description:
        raise ValueError(f"{name.upper()} has no description in config/settings.py")
    default = _words(_default(field))
    cells = (f"`{name.upper()}`", f"`{default}`" if default else "", _production(name), field.description)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _default(field: FieldInfo) -> Any:
    """The default, worked out for the usual VAR_DIR where it depends on it."""
    return field.get_default(call_default_factory=True, validated_data={"var_dir": Path("var")})


def _words(value: Any) -> str:
    """A default as one would write it in the environment; "" for an empty one and for every secret."""
    if isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return str(value) if value or isinstance(value, int) else ""


def _production(name: str) -> str:
    bare = Settings.model_construct()
    if name.upper() in missing_for_production(bare):
        return "needed"
    if name == "identity_private_key":
        return "worker"
    with_wecom = missing_for_production(bare.model_copy(update={"wecom_corp_id": "ww"}))
    return "WeCom" if name.upper() in with_wecom else ""


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(settings_page(), encoding="utf-8")
