"""WeRoBot's echo with sessions off, encrypted mode, mounted in Flask by its own contrib module."""

from __future__ import annotations

from flask import Flask
from werobot import WeRoBot
from werobot.contrib.flask import make_view

from tests.bench.messages import AES_KEY, APP_ID, TOKEN

robot = WeRoBot(token=TOKEN, encoding_aes_key=AES_KEY, app_id=APP_ID, enable_session=False)


@robot.text
def echo(message):
    return message.content


app = Flask(__name__)
app.add_url_rule("/wechat", endpoint="werobot", view_func=make_view(robot), methods=["GET", "POST"])
