"""Short replies amid an emergency: yes or no, it is over, there is more. Pure; the danger itself is read elsewhere."""

from __future__ import annotations

import re
from enum import Enum

from bot.dispatch import normal
from knowledge.text import simplified

COMMANDS = frozenset(
    {"更多", "电话", "紧急电话", "热线", "帮助", "菜单", "须知", "转人工", "人工", "进度", "查询"}
    | {"有用", "没用", "都不是", "看不懂"}
)
_YES = re.compile(
    "^(?:1|一$|是(?!不是|否|吗|什么|谁)|对(?!不起|面|了吗)|[嗯恩昂]|正在|现在|有(?!没有|什么|几|多少|用)|在(?:发生|着|烧|漏|塌)|"
    "发生(?!了?什么)|真的(?!吗)|没错|当然|ye?s?$|快|急|救|赶紧)"
)
_SURELY = re.compile("是真的|真的在|快来|救命|来人|快点来|不是(?:演练|开玩笑|骗|假)")
_NO = re.compile(
    "^(?:2|二$|不是|不在|没有|没$|没(?:发生|在|事|着|塌|漏|烧)|只是|就是(?:问|想|了解)|了解|想了解|问问|随便问|假的|no?$)|"
    "演练|演习|练习|考试|就是问|只是问|问一下而已|误报|发错|点错|按错"
)
_OVER = re.compile(
    "骗[你您]的?|(?:问|说|闹|试|打|发)着玩|逗[你您]|开(?:个)?玩笑|^(?:我)?不跳了|^算了|^不用了|"
    "没事(?!吧|么|吗|的?话)|虚惊|误报|误会|弄错|搞错|看错|听错|(?:发|点|按|打|说|报)错了?|是(?:演练|演习)|"
    "火(?:已经|都|被|给|也)*(?:扑?灭|熄|没)了?|灭(?:掉)?了|扑灭|解决了|处理好了|不用(?:来|管|救)了?|^取消$|"
    "(?:他|她|人|孩子|师傅|工友)[^，。 ]{0,4}(?:醒了|醒过来|缓过来|好了|没大碍)|没大碍|"
    "(?:都|全)[^，。没不 ]{0,4}(?:出来|上来|下来)了(?!血|吗|水|气)"
)
_NOT_OVER = re.compile(
    "但是?|可是|不过|又(?:着|塌|烧|冒|倒)|还(?:有|在|没|剩)|没(?:扑?灭|熄|醒|出来|救|上来|下来)|不(?:是没事|醒)|"
    "吗|[?？]|流血|出血|呼吸|昏|受伤|断|疼|痛|不行"
)
_MORE = re.compile(
    "高压线|电线|报警器|煤气|燃气|液化气|漏|冒烟|烟|火|塌|砸|掉|爆|炸|水(?:涨|位|进|漫)|毒|晕|昏|流血|出血|血|气了|呼吸|"
    "有人|困|里面|下面|底下|不动|没反应|越来越|又有|倒|裂|响|歪|快不行|撑不住|孩子|老人|救护车|消防(?:车|员)|出来|上来|送医|醒"
)
_QUESTION = re.compile(
    "[?？]|吗|[呢么嘛]$|要不要|怎[么样]|咋|什么|啥|多少|几[个人天米分点]|能不能|可不可以|会不会|是不是|有没有|谁|为什么|哪[里儿个]|如何|多[久高深]"
)
_UNSURE = re.compile("[不没](?:太)?(?:知道|清楚|晓得|认识|认得)[^，。]{0,6}(?:哪|什么(?:路|地|村|工地))")
_PLEA = re.compile("^(?:那|我|该)*(?:怎么办|咋办|怎么弄|咋整|怎么救)[啊呀呢]*(?:怎么办|咋办)?[啊呀呢]*$")
_TOPIC = re.compile(
    "要求|标准|规范|规定|流程|配置|规格|验收|检查|培训|证|资料|表格|制度|措施|方案|预防|防[火漏水高]|灭火器|消火栓|保护器|工资|处罚|法律|条例|审批|交底"
)
_SAME_PLACE = re.compile(
    "同一个?(?:地方|地点|工地|地)|(?:还|就)是?在?(?:那里|这里|那个?地方|这个?地方|刚才|原来|老地方)|刚才(?:说|发)的|"
    "地点一样|一样的?地"
)


_COURTESY = re.compile(
    "^(?:好的?|好吧|谢谢?[你您们]*了?|多谢|感谢|知道了|明白了?|收到|嗯+|哦+|ok|哈+|嘿+|呵+|辛苦了?)+$"
)


class Verdict(Enum):
    """The answer to 「正在发生吗」."""

    YES = 1
    NO = 2
    UNCLEAR = 3


def verdict(text: str) -> Verdict:
    """Whether it is happening; a plain yes wins only where no no stands before it."""
    said = normal(text.translate(simplified()))
    if _SURELY.search(said):
        return Verdict.YES
    if _NO.search(said):
        return Verdict.NO
    return Verdict.YES if _YES.search(said) else Verdict.UNCLEAR


def over(text: str) -> bool:
    """Whether it says that nothing happens any more, or never did; no where something is still said to be wrong."""
    plain = text.translate(simplified())
    return len(plain) <= 40 and bool(_OVER.search(plain)) and not _NOT_OVER.search(plain)


def asks(text: str) -> bool:
    """Whether it is a question of its own; a bare 「怎么办」 or 「不知道在哪」 amid an emergency is none."""
    plain = normal(text.translate(simplified()))
    if _PLEA.match(plain) or _UNSURE.search(plain):
        return False
    return bool(_QUESTION.search(text) or _QUESTION.search(plain))


def worse(text: str) -> bool:
    """Whether it tells something that the officers should look at again."""
    plain = text.translate(simplified())
    return bool(_MORE.search(plain)) and not _TOPIC.search(plain)


def topic(text: str) -> bool:
    """Whether it names a subject of rules and paper, as people ask about them."""
    return bool(_TOPIC.search(text.translate(simplified())))


def same_place(text: str) -> bool:
    """「还是那里」: the place of what this person reported before."""
    return bool(_SAME_PLACE.search(text.translate(simplified())))


def courtesy(text: str) -> bool:
    """Thanks and the like, which tell nothing of the emergency."""
    return bool(_COURTESY.match(normal(text.translate(simplified()))))


def command(text: str) -> bool:
    """Words that ask the service for something else than this emergency."""
    return normal(text) in COMMANDS


def over_of(text: str) -> str:
    """Which sort is over where it says so: ``fire``, ``person``, or "" for everything."""
    plain = text.translate(simplified())
    if re.search("火|灭", plain):
        return "fire"
    return "person" if re.search("[他她]|醒|缓过来|没大碍", plain) else ""
