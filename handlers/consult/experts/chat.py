"""What experts say and scan in chat: their code, 「我的问题」 for a link, 「换手机」 for another phone."""

from __future__ import annotations

from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.experts import cards
from handlers.consult.experts.invites import SCENE, Scan, expert_of, scanned, seat_code
from handlers.consult.experts.links import end_links, is_able, issue
from handlers.consult.experts.records import SCANNED, Expert

MINE_WORDS = frozenset({"我的问题", "待我答", "专家答题"})
PHONE_WORDS = frozenset({"换手机"})

OVER = "这个专家二维码用过了，或者过期了。请跟办公室要一个新的。\n想问安全上的事，直接打字就行。"
ANOTHER = "您已经登记为专家了，这个码是给另一位的，没有用掉。您的问题在这里看：\n{url}"
STOPPED = "您的专家身份这会儿停用了，有疑问请联系办公室。想问安全上的事，照样直接问。"
TO_CONFIRM = (
    "您好，您扫的是专家二维码，谢谢您来帮忙。还差一步：办公室会打电话跟您核对，请念这{digits}位数：{code}\n"
    "核对好了，答题的链接会发到这里。不是办公室请您扫的，不用理会。"
)
HOW = "有问题等您，会发到这里；回“我的问题”随时看。换了手机回“换手机”。链接是您个人的，请别转发。"


def joined(message: Inbound, turn: Turn) -> Reply | None:
    """A code was scanned whose scene begins with ``SCENE``."""
    scene = message.event_key.removeprefix("qrscene_")
    if not scene.startswith(SCENE):
        return None
    came, expert = scanned(turn.session, turn.services, scene, turn.person_id, turn.channel)
    if came is Scan.OVER or expert is None:
        return Text(OVER)
    if not is_able(turn.services, expert):
        return _not_now(turn, expert)
    url = issue(turn.session, turn.services, expert)
    if came is Scan.ANOTHER:
        return Text(ANOTHER.format(url=url))
    return Text(f"{expert.name}专家，您已经登记好了。\n请在您常用的这部手机上点开：\n{url}\n{HOW}")


def mine(message: Inbound, turn: Turn) -> Reply | None:
    """「我的问题」: a fresh link to the expert's page; anybody else asked a question."""
    if not _is_expert(turn):
        return None
    expert = _expert(turn)
    if expert is None or not is_able(turn.services, expert):
        return _not_now(turn, expert)
    count, _due = cards.open_ones(turn.session, expert)
    cards.note_told(turn.session, turn.services, expert)
    waits = f"有{count}个问题等您答。" if count else "现在没有等您答的。"
    return Text(f"{waits}\n{issue(turn.session, turn.services, expert)}\n{HOW}")


def new_phone(message: Inbound, turn: Turn) -> Reply | None:
    """「换手机」: no earlier link opens any more; the next one opens on the phone it is first opened on."""
    if not _is_expert(turn):
        return None
    expert = _expert(turn)
    if expert is None or not is_able(turn.services, expert):
        return _not_now(turn, expert)
    end_links(turn.session, turn.services, expert)
    url = issue(turn.session, turn.services, expert)
    return Text(f"以前的链接都作废了。请在新手机上点开：\n{url}\n链接是您个人的，请别转发。")


def _not_now(turn: Turn, expert: Expert | None) -> Reply:
    """What somebody hears who cannot answer now; who was not confirmed yet hears no name."""
    if expert is None or expert.state != SCANNED:
        return Text(STOPPED)
    code = seat_code(turn.session, turn.services, expert)
    return Text(TO_CONFIRM.format(digits=len(code), code=code))


def _is_expert(turn: Turn) -> bool:
    """A look without the database's write lock: most who say these words are no experts."""
    with turn.services.database.reading() as session:
        return expert_of(session, turn.person_id) is not None


def _expert(turn: Turn) -> Expert | None:
    return expert_of(turn.session, turn.person_id)
