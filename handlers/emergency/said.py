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
# Every piece of a plain yes; a message of nothing else is one where a piece of _YES_CORE stands in it.
_YES = re.compile(
    "(?:1|一|是|对|[嗯恩昂的了啊呀呢哦！!，,、。 ]|就|正|现在|此刻|刚才|刚刚?|发生|真|没错|当然|确实|有|人|在|ye?s?|"
    "烧|着|漏|塌|烟|火|快|急|赶紧|点|来|救|命|这里|这边|这儿|我们|工地)+"
)
_YES_CORE = re.compile("1|一|是|对|[嗯恩昂]|正|现在|发生|真|没错|当然|确实|有|在|ye?s?|快|急|赶紧|救")
_YES_FIRST = re.compile("^(?:1(?![0-9])|(?:是的?|对的?|没错|真的|正在(?:发生)?|是真的|现在)(?:啊|呢|呀)?[，,。！!、 ])")
_BY_THE_WAY = re.compile("^(?:对了|现在|就|一|人|工地|我们)$")
_SURELY = re.compile("是真的|真的在|快来|救命|来人|快点来|不是(?:演练|开玩笑|骗|假)")
_NO = re.compile(
    "^(?:2|二$|不是|不在|没有|没$|没(?:发生|在|事|着|塌|漏|烧)|只是|就是(?:问|想|了解)|了解|想了解|问问|随便问|假的|no?$)|"
    "演练|演习|练习|考试|就是问|只是问|问一下而已|误报|发错|点错|按错|[想先就](?:了解|问)|问问|(?:让|叫)我[来]?问"
)
_OVER = re.compile(
    "骗[你您]的?|(?:问|说|闹|试|打|发)着玩|逗[你您]|开(?:个)?玩笑|^(?:我)?不跳了|^算了|^不用了|"
    "没事(?!吧|么|吗|的?话)|虚惊|误报|误会|弄错|搞错|看错|听错|(?:发|点|按|打|说|报)错了?|是(?:演练|演习)|"
    "火(?:已经|都|被|给|也)*(?:扑?灭|熄|没)了?|灭(?:掉)?了|扑灭|解决了|处理好了|不用(?:来|管|救)了?|^取消$|"
    "(?:他|她|人|孩子|师傅|工友)[^，。 ]{0,4}(?:醒了|醒过来|缓过来|好了|没大碍)|没大碍|"
    "(?:都|全)[^，。没不 ]{0,4}(?:出来|上来|下来)了(?!血|吗|水|气)|"
    "(?:^|[，, 。不我])(?:没有?|不是)(?:真的?|发生|这(?:回)?事)(?:啊|呀|的|了)?(?=$|[，, 。!！我])|^(?:都)?是?假的|"
    "(?:就是|只是|只|就)(?:想|来)?(?:问问|问一下|考考|试试|试一下|测试|了解)(?:[你您]们?|一下|看|而已|的)*"
    "(?=$|[，, 。!！没不])|考考[你您]|"
    "(?:我|在)(?:是)?(?:测试|试一下|试试)(?=$|[，, 。])"
)
_HOSPITAL = re.compile(
    "(?:送|拉|抬|到|进|在)(?:到|去|往|进|了|上|县|市|省|人民|中心)*医院了?|送医(?:院)?了|(?:救护车|120|医生)[^，。？]{0,4}(?:接|拉|送)走"
)
_HOSPITAL_NOT = re.compile("吗|[?？]|要|怎|多久|哪|没|不|还|另|其他|送得|路上|想|能|堵|再")
_NOT_OVER = re.compile(
    "但是?|可是|不过|又(?:着|塌|烧|冒|倒)|还(?:有|在|没|剩|压|埋|困|卡|夹)|另[外一]|其他|没(?:扑?灭|熄|醒|出来|救|上来|下来)|不(?:是(?:真的?)?没事|醒)|"
    "吗|[?？]|灯|停电|流血|出血|呼吸|昏|受伤|断|疼|痛|不行"
)
_MORE = re.compile(
    "高压线|电线|报警器|煤气|燃气|液化气|漏|冒烟|烟|火|塌|砸|掉|爆|炸|水(?:涨|位|进|漫)|毒|晕|昏|流血|出血|血|气了|呼吸|"
    "有人|困|里面|下面|底下|不动|没反应|越来越|又有|倒|裂|响|歪|快不行|撑不住|孩子|老人|救护车|消防(?:车|员)|出来|上来|送医|醒"
)
# What says more of a danger than that there is one.
_TELLING = re.compile(
    "报警器|火苗|火(?:势|很|好|越|还|大)|烧(?:起来|着|到)|冒[黑白浓]?烟|[好很大浓黑]烟|烟(?:好|很|越|大|出|冒)|塌(?:了|下)|砸[到中伤了]|爆炸|炸了|"
    "水(?:涨|位|漫)|中毒|[晕昏]|流血|出血|[多是好]血|没气|喘|呼吸|困[住在]|还在(?:里|下|上|底|烧|漏|塌|冒|喷|流|掉)|[出上下]不[来去]|"
    "叫不|喊不|不动了?$|没反应|没动静|没声|越来越|不行了|撑不住|受伤|伤了|[要快](?:倒|塌|掉)|裂|歪|漏得|味道?[很好越大重浓]|又(?:着|塌|漏|倒|掉)"
)
_NOT_TELLING = re.compile("以前|去年|听说|听人|别人|新闻|视频|过[一几两三]?次|时候|随便|有空|上次|昨天")
_QUESTION = re.compile(
    "[?？]|吗|[呢么嘛]$|要不要|怎[么样]|咋|什么|啥|多少|几[个人天米分点]|能不能|可不可以|会不会|是不是|有没有|谁|为什么|哪(?!怕)|如何|多[久高深长]|还是(?=[往先要])"
)
# A question about the answer and no question of its own.
_BACK = re.compile(
    "^(?:[你您](?:说|猜|觉得|看)呢?|什么意思|啥意思|什么|啥|怎么了|干嘛|问这个干[嘛什么啥]+|为什么(?:问|要问).{0,4})$"
)
# Pieces of what is asked or told at the scene and means nothing without what happened.
_AMID_CORE = (
    "救|下去|上去|进去|过去|下井|[拉拖抬搬挪挖扒拔扶抱背按摸碰推撬砸剪撤跑逃躲等]|动|断电|关电|停电|拉闸|关闸|停机|关阀|开窗|通风|灭|浇|泼|冲|喂|喝|吐|"
    "躺|翻身|吹气|电梯|楼梯|往[上下里外]|没反应|没呼吸|没气|没动静|没声|醒|塌|反应|怎么办|咋办|怎么弄|咋弄|通知|报告|开门|门|窗|用水|绳|棍|杆|靠近|"
    "跳下|下一步|接下来|第一步|什么时候[到来]|多久|几分钟|压|夹|卡|困|走"
)
_AMID_REST = (
    "我们?|[你他她它]们?|人|伤员|伤者|师傅|工友|孩子|老人|大家|自己|别人|谁|这|那|个|怎么|怎样|咋|如何|什么|啥|能不能|可不可以|要不要|该不该|是不是|会不会|"
    "有没有|行不行|还是|能|可以|要|应?该|得|会|[吗呢么嘛啊呀吧了的不没别先再快又还就都也等着被把给让跟和用拿做去来到在里上下面底头手脚腿腰身子坐才出进开打掉住点一两二几后完好第多久大外边过]|"
    "现在|马上|赶紧|直接|然后|接着|一直|已经|刚才|电话|医院|医生|水|药|嘴|血|电|气|火|烟|井|"
    "机器|梯子|竹|木|东西|毛巾|衣服|湿|严重|办|弄|处理|救护车|消防车?|[，, ？?！。]"
)
_AMID = re.compile(f"(?:{_AMID_CORE}|{_AMID_REST})+")
_AMID_WORD = re.compile(_AMID_CORE)
AMID_CHARS = 16
_RESCUERS = "(?:110|119|120|122|消防(?:队|员|车)?|救护车|急救(?:车|中心)?|警察|公安|派出所|医院|医生)"
_CALL = f"(?:报(?:个|一下)?警(?!告)|(?:打|拨|叫|喊|派|找|联系|通知)[^，。？]{{0,6}}{_RESCUERS})"
# The service is asked to call or to send rescuers.
_BEGS = re.compile(
    f"(?:帮|替|代|给)(?:忙|一?下|个忙|我们?|俺|咱们?|[他她])[^，。？]{{0,5}}{_CALL}|(?:帮忙?|代){_CALL}|"
    f"(?:[你您]们?|这里|这边)(?:能|可以|可不可以|能不能|会不会|会|快|赶紧|马上|来|去|先|就|直接|也|帮忙?|给|我)*{_CALL}|"
    "^[你您]们?(?:能不能|能|可以|会)?(?:快|赶紧)?(?:派(?:个)?(?:人|车)|来(?:个)?人)[来过去救]*(?:吗|么|嘛|不|吧)?$|"
    "^(?:帮忙|帮我|替我)打(?:个|一下|一个)?电话吧?$"
)
_BEGS_NOT = re.compile("怎么|如何|什么时候|培训|讲课|演练|检查|多少|要不要|该不该|谁|规定|必须|收费|要钱")

_UNSURE = re.compile("[不没](?:太)?(?:知道|清楚|晓得|认识|认得)[^，。]{0,6}(?:哪|什么(?:路|地|村|工地))")
_WONDERS = re.compile(r"[^，]还是[^，]|[吧么]$|([\u4e00-\u9fff])不\1")
_PLEA = re.compile("^(?:那|我|该)*(?:怎么办|咋办|怎么弄|咋整)[啊呀呢]*(?:怎么办|咋办)?[啊呀呢]*$")
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
    """Whether it is happening: yes only where the message says nothing else, or begins with a plain yes. What has a
    yes somewhere, like 「有空再说」 and 「快下班了」, is unclear."""
    said = normal(text.translate(simplified()))
    if _SURELY.search(said):
        return Verdict.YES
    if _NO.search(said):
        return Verdict.NO
    plain = _YES.fullmatch(said) and _YES_CORE.search(said) and not _BY_THE_WAY.search(said)
    return Verdict.YES if plain or _YES_FIRST.search(said) else Verdict.UNCLEAR


def telling(text: str) -> bool:
    """Whether it tells, in answer to 「正在发生吗」, what one sees who is there."""
    plain = text.translate(simplified())
    return bool(_TELLING.search(plain)) and not _NOT_TELLING.search(plain) and not _TOPIC.search(plain)


def leans(text: str) -> bool:
    """Whether it asks or tells something that means nothing without the emergency before it: 「怎么救他」,
    「要不要先断电」, 「他没反应了」."""
    plain = normal(text.translate(simplified()))
    return len(plain) <= AMID_CHARS and bool(_AMID.fullmatch(plain)) and bool(_AMID_WORD.search(plain))


def asks_back(text: str) -> bool:
    """A question about our question: 「你说呢」."""
    return bool(_BACK.match(normal(text.translate(simplified()))))


def begs(text: str) -> bool:
    """Whether the service is asked to call for help or to send it: 「你能帮我报警吗」."""
    plain = normal(text.translate(simplified()))
    return bool(_BEGS.search(plain)) and not _BEGS_NOT.search(plain)


def over(text: str) -> bool:
    """Whether it says that nothing happens any more, or never did; no where something is still said to be wrong."""
    plain = text.translate(simplified())
    said = bool(_OVER.search(plain)) or in_hospital(text)
    return len(plain) <= 40 and said and not _NOT_OVER.search(plain)


def in_hospital(text: str) -> bool:
    """Whether the hurt person was brought to hospital: 「已经送医院了」."""
    plain = text.translate(simplified())
    return bool(_HOSPITAL.search(plain)) and not _HOSPITAL_NOT.search(plain)


def asks(text: str) -> bool:
    """Whether it is a question of its own; a bare 「怎么办」 or 「不知道在哪」 amid an emergency is none."""
    plain = normal(text.translate(simplified()))
    if _PLEA.match(plain) or _UNSURE.search(plain):
        return False
    return bool(_QUESTION.search(text) or _QUESTION.search(plain))


def wonders(text: str) -> bool:
    """Whether it asks, weighs one thing against another (「喊好还是省力气好」) or is not sure (「吸出来快些吧」)."""
    return asks(text) or bool(_WONDERS.search(normal(text.translate(simplified()))))


def plea(text: str) -> bool:
    """A bare 「怎么办」."""
    return bool(_PLEA.match(normal(text.translate(simplified()))))


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
    return "person" if re.search("[他她]|醒|缓过来|没大碍|医", plain) else ""
