"""What each step of answering one question costs: microseconds of one thread, median of several rounds."""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bot.channels import rendering
from bot.channels.base import Cipher, authentic_part, dedupe_parts, read_text, signed, to_inbound
from bot.channels.wechat import sealed_envelope
from bot.directory import people
from bot.inbox.inbox import Arrival, Inbox
from bot.inbox.store import Ask, Work
from bot.masking import mask
from bot.messages import Text
from bot.services import build_services
from bot.storage.db import Database
from bot.storage.migrate import upgrade
from bot.storage.valkey import OwnedValkey
from config.keys import new_keys
from config.settings import Settings
from handlers.consult.answering import Answering, answer_text, answering
from handlers.consult.publishing.live import live
from handlers.emergency.signals import read
from tests.bench.messages import AES_KEY, APP_ID, TOKEN, distinct_questions

ROUNDS, BATCH = 7, 16


def main() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="steps") as name, OwnedValkey(Path(name)) as valkey:
        keys = {key.lower(): value for key, value in new_keys().items()}
        settings = Settings(
            _env_file=None,
            app_env="test",
            var_dir=Path(name),
            database_url=f"sqlite:///{name}/steps.db",
            redis_url=valkey.url,
            wechat_app_id=APP_ID,
            wechat_token=TOKEN,
            wechat_aes_key=AES_KEY,
            **keys,
        )
        upgrade(Database(settings.database_url))
        services = build_services(settings)
        costs = _costs(services, Inbox(services))
        services.close()
    print(f"\nsteps of one answered question, µs (median of {ROUNDS} rounds; batches of {BATCH})")
    for step, cost in costs.items():
        print(f"  {step:58}{cost:8.1f}")
    return {"steps_us": costs}


def _costs(services, inbox: Inbox) -> dict[str, float]:
    cipher = Cipher(base64.b64decode(AES_KEY + "="), APP_ID)
    now = str(int(time.time()))
    xml = (
        "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[oBench0000000000000000000001]]>"
        f"</FromUserName><CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[高处作业要系安全带吗]]></Content><MsgId>1</MsgId></xml>"
    )
    encrypted = cipher.encrypt(xml)
    body = f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    signature = signed(TOKEN, now, "n", encrypted)
    message = to_inbound("wechat", read_text(xml))
    questions = distinct_questions(500)
    fresh = Answering(live)
    entry = answering().outcome("高处作业要系安全带吗").entry
    assert entry is not None
    answer = answer_text(entry, datetime.now(UTC).date())
    hasher, content = services.hasher, services.content
    counter = iter(range(10**9))

    def works() -> list[Work]:
        made = []
        for _ in range(BATCH):
            row_id = f"{next(counter):026d}"
            row = inbox._row(row_id, row_id.zfill(64), "P" * 26, message, Arrival(message, row_id, 0.0))
            made.append(Work(row))
        return made

    return {
        "signature": _time(lambda: authentic_part(body, signature, TOKEN, now, "n")),
        "decrypt": _time(lambda: cipher.decrypt(encrypted)),
        "parse": _time(lambda: to_inbound("wechat", read_text(xml))),
        "dedupe key and person's hash": _time(
            lambda: (hasher.hash("inbound", *dedupe_parts(message)), people.identity_hash(hasher, "wechat", "o1"))
        ),
        f"look-up of {BATCH} (cache and database), each": _time(
            lambda: inbox.store.look([Ask("wechat", f"k{i}", f"h{i}") for i in range(BATCH)]), 50
        )
        / BATCH,
        "masking": _time(lambda: mask(message.text)),
        "emergency reading": _time(lambda: read(message.text)),
        "retrieval, not asked before": _each(fresh.outcome, questions),
        "retrieval, asked before": _time(lambda: fresh.outcome(questions[0])),
        "answer's words": _time(lambda: answer_text(entry, datetime.now(UTC).date())),
        "sealing question and reply": _time(lambda: [content.encrypt(answer, "t", "r", "c") for _ in range(2)]),
        f"rows and durable commit of {BATCH}, each": _time(lambda: inbox.store.commit(works()), 40) / BATCH,
        "render": _time(lambda: rendering.render(Text(answer), message, 1)),
        "encrypt and sign the reply": _time(lambda: sealed_envelope(cipher, TOKEN, answer)),
    }


def _time(work: Callable[[], object], times: int = 400) -> float:
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter() - begun) / times * 1e6)
    return round(median(rounds), 1)


def _each(work: Callable[[str], object], items: list[str]) -> float:
    begun = time.perf_counter()
    for item in items:
        work(item)
    return round((time.perf_counter() - begun) / len(items) * 1e6, 1)


if __name__ == "__main__":
    main()
