"""media/upload and media/get of both platforms, and the public address of a picture."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from bot.sandbox.api import ApiError, Call, PlatformApi
from bot.sandbox.media import MAX_BYTES, MIN_BYTES, Medium
from bot.sandbox.world import World

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "audio/amr": "amr", "video/mp4": "mp4"}


class MediaApi:
    """Upload and download of temporary media for one platform."""

    def __init__(self, world: World) -> None:
        self.world = world

    def register(self, api: PlatformApi) -> None:
        api.add("/cgi-bin/media/upload", self.upload, methods="POST")
        api.add("/cgi-bin/media/get", self.get)

    def upload(self, call: Call) -> dict[str, Any]:
        kind = call.query.get("type", "")
        if kind not in MAX_BYTES or (kind == "thumb" and call.platform == "wecom"):
            raise ApiError(40004)
        file = call.request.files.get("media")
        if file is None:
            raise ApiError(41005, "media data missing")
        data = file.read()
        if len(data) <= MIN_BYTES or len(data) > MAX_BYTES[kind]:
            raise ApiError(45001)
        media_id = self.world.media.keep(
            call.platform, kind, data, file.mimetype or "application/octet-stream", file.filename or ""
        )
        stamp = int(self.world.now())
        answer: dict[str, Any] = {"type": kind, "media_id": media_id}
        if call.platform == "wecom":
            return {"errcode": 0, "errmsg": "ok", **answer, "created_at": str(stamp)}
        return {**answer, "created_at": stamp}

    def get(self, call: Call) -> dict[str, Any] | Response:
        medium = self.world.media.live(call.platform, call.query.get("media_id", ""))
        if medium is None:
            raise ApiError(40007)
        if call.platform == "wechat" and medium.type == "video":
            return {"video_url": self.world.file_url(medium.id)}
        return _binary(medium, attachment=True)


def _binary(medium: Medium, *, attachment: bool) -> Response:
    response = Response(medium.data, mimetype=medium.mime)
    if attachment:
        suffix = SUFFIXES.get(medium.mime, "bin")
        response.headers["Content-Disposition"] = f'attachment; filename="{medium.id[:24]}.{suffix}"'
    else:
        # What a person uploaded is never run as a page of this origin.
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "private, max-age=86400"
    return response


def files_blueprint(world: World) -> Blueprint:
    """`/sandbox/files/<media id>`: where PicUrl and video_url point, open to who knows the address."""
    files = Blueprint("files", __name__)

    def show(media_id: str) -> Response:
        medium = world.media.get(media_id)
        return _binary(medium, attachment=False) if medium else Response("", 404)

    files.add_url_rule("/sandbox/files/<media_id>", "show", show)
    return files
