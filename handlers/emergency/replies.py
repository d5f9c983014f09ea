"""What the reporter hears about who was told; nothing here says more than was done. The words on the danger itself are
in ``knowledge.emergency``."""

from __future__ import annotations

import re

from knowledge.emergency import CANNOT_CALL, load_wording

NO_OFFICER = "位置收到。我们不能替您报警，119、120没打通就再打一次。人在安全处等。"
WHERE = "到安全处后把位置发来（点右下“+”发位置，或说工地名、路名）。"
STILL_WHERE = "还不知道在哪里：发个位置，或说市县加工地名、路名。"
WHICH = "是哪一个？说市县加工地名、小区名或路名，点右下“+”发位置也行。我们不能替您报警，119、120没打的先打。"
FINER = "\n再说一下哪条路、哪个工地，找得更快。"
PHOTO_ALONE = "照片收到，先救人：119、120没打的先打，我们不能替您报警。"
UNHEARD = "这条语音没听清，打字说一句也行。我们不能替您报警，119、120没打通就再打一次。"
IN_HOSPITAL = "送到医院就好，已记下告诉值班员。听医生的，路上和家里人都保重；工伤的事以后可以问我。"
SIMPLEST_CHARS = 24
OVER_TOLD = "好的，没事就好，已告诉值班员。真遇上先打119、120，我们不能替您报警。"
HEARD = "好的，保重。我们不能替您报警，119、120没打通就再打一次。"
HEARD_NO_PLACE = (
    "好的。知道在哪里就发来，我们好通知值班员；没事了回“没事了”。我们不能替您报警，119、120没打通就再打一次。"
)
BEGGED = (
    "119、120、110要您自己打，现在就打！我们不能替您报警，也不能替您打电话、派车。"
    "电话里先说在哪里、出了什么事；没打通就再打。"
)
DESPAIR = "selfharm"
IN_DESPAIR = "您现在有危险吗？有回1，没有回2。"
NOT_NOW = (
    "谢谢您说出来。难受的时候打12356，有人听您说；熬不住就打110，或者叫身边的人来陪您。我们不能替您报警。"
    "欠薪、工伤这些难处也能问我，慢慢说。"
)
RESCUERS = "来救的是119、120，没打通就再打；拿不准的问接线员，他们在电话里教您。"
STILL_CALL = "我们不能替您报警，119、120没打通就再打一次。"


def alone(kind: str, placed: bool) -> str:
    """It is happening and no officer could be told."""
    now = load_wording().alone(kind)
    return now if placed else f"{now}\n{WHERE}"


def unclear(kind: str) -> str:
    """It may be happening: what to do if so, and whether it is; more gently to somebody who does not want to live."""
    return f"{load_wording().alone(kind)}\n{_question(kind)}"


def not_happening(kind: str) -> str:
    """The writer says that nothing is happening."""
    return NOT_NOW if kind == DESPAIR else load_wording().only_asked


def _question(kind: str) -> str:
    return IN_DESPAIR if kind == DESPAIR else load_wording().ask


def begged(placed: bool | None) -> str:
    """We are asked to call for help; ``placed`` is None where it is not known that something happens."""
    if placed is None:
        return f"{BEGGED}\n{load_wording().ask}"
    return BEGGED if placed else f"{BEGGED}\n{STILL_WHERE}"


def again(kind: str, placed: bool) -> str:
    """A question at the scene: the first steps of what happened hold before any other answer."""
    steps = f"接着刚才的事：{load_wording().alone(kind)}\n{RESCUERS}"
    return steps if placed else f"{steps}\n{STILL_WHERE}"


def also(kind: str) -> str:
    """What to do for somebody hurt, below the first steps of the danger they are in."""
    steps = load_wording().alone(kind).replace("我们不能替您报警。", "")
    return f"\n人已在安全处的：{steps}"


def paged(kind: str, placed: bool, *, coarse: bool) -> str:
    """It is happening and the officers are being told; ``coarse``: only the city or the town is known."""
    wording = load_wording()
    return wording.known(kind) + (FINER if coarse else "") if placed else wording.first(kind)


def counted(kind: str, placed: bool, times: int, people: int) -> str:
    """It is happening, and the officers were told of just this a moment ago."""
    who = f"您已说{times}次" if times > 1 else f"共{people}人报告"
    told = f"这件事刚刚通知过值班员（{who}），这次的话也记下了。"
    return f"{load_wording().alone(kind)}\n{told}{'' if placed else STILL_WHERE}"


def ask_again(kind: str) -> str:
    """The question once more, to someone whose answer was neither yes nor no."""
    lead = "" if kind == DESPAIR else "没看明白，再问一句。"
    return f"{lead}{load_wording().numbers(kind)}\n{_question(kind)}"


def photo(placed: bool) -> str:
    """A photo came amid an emergency."""
    return PHOTO_ALONE + ("已记在您报的这件事里。" if placed else f"\n{STILL_WHERE}")


def _steps(kind: str) -> list[str]:
    """The first of a kind's steps, in sentences: as few as say something."""
    spoken = re.sub(f"[，。]?{CANNOT_CALL}", "", load_wording().alone(kind))
    kept: list[str] = []
    for sentence in re.findall("[^。！]+[。！]?", spoken):
        if len(kept) > 1 and len("".join(kept)) >= SIMPLEST_CHARS:
            break
        kept.append(sentence)
    return kept


def simplest(kind: str, placed: bool) -> str:
    """The shortest there is, to somebody who did not understand."""
    lines = [f"{at}. {step}" for at, step in enumerate(_steps(kind), 1)]
    return "\n".join([*lines, f"{CANNOT_CALL}。{'' if placed else '您在哪里？'}"])


def no_place(kind: str) -> str:
    """Words that are no place: what to do comes first, the place below."""
    return f"{''.join(_steps(kind))}\n{load_wording().place_missing}"


def step(say: str, placed: bool) -> str:
    """What one does about what was just told or asked at the scene."""
    return f"{say}\n{STILL_CALL}{'' if placed else STILL_WHERE}"


def hold_on(kind: str) -> str:
    """To somebody who despairs in a danger: what to do against it, and that help is coming."""
    return f"{''.join(_steps(kind))}\n撑住，别放弃，把电话打着，照接线员说的做。心里难受也可以打12356。"


def more(kind: str, placed: bool, carded: bool, told: bool) -> str:
    """Something else was said of the danger; its first steps once more before that it was noted."""
    noted = "记下了，已再通知值班员。" if carded else "记下了，值班员刚收到通知，点开能看到您说的。"
    return f"{''.join(_steps(kind))}\n{noted if told else '记下了。'}{'' if placed else STILL_WHERE}{STILL_CALL}"
