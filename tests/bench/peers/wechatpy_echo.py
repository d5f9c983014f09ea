"""wechatpy's own echo example in Flask, encrypted mode (its examples/echo/app.py, at our addresses and keys)."""

from __future__ import annotations

from flask import Flask, abort, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException

from tests.bench.messages import AES_KEY, APP_ID, TOKEN

app = Flask(__name__)


@app.route("/wechat", methods=["GET", "POST"])
def wechat():
    timestamp = request.args.get("timestamp", "")
    nonce = request.args.get("nonce", "")
    msg_signature = request.args.get("msg_signature", "")
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    try:
        msg = crypto.decrypt_message(request.data, msg_signature, timestamp, nonce)
    except (InvalidSignatureException, InvalidAppIdException):
        abort(403)
    msg = parse_message(msg)
    reply = create_reply(msg.content, msg) if msg.type == "text" else create_reply("Sorry, can not handle this", msg)
    return crypto.encrypt_message(reply.render(), nonce, timestamp)
