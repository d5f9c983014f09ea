"""Small changes to a text, each of which changes what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

NEGATIONS = re.compile(
    "不得|不能|不准|不许|不可以|不要|禁止|严禁|别(?![人的处墅])|不(?![同止光仅管但久断一及])|没有(?!没)|没|未"
)
NOT_NEGATIONS = re.compile("(.)[不没]\\1|有没有|差不多|[来]不及|不得少|别人|级别|特别|分别|区别|个别|没收")
UNITS = (
    ("万元", "元"), ("%", "‰"), ("厘米", "毫米"), ("毫米", "厘米"), ("米", "厘米"), ("小时", "分钟"), ("个月", "年"), ("年", "天"),
    ("千伏", "伏"), ("毫安", "安"), ("℃", "级"), ("公斤", "吨"),
)  # fmt: skip
LIMITS = (
    ("以上", "以下"), ("以下", "以上"), ("至少", "最多"), ("最多", "至少"), ("不超过", "不少于"), ("不低于", "不高于"), ("不少于", "不超过"),
    ("内", "后"), ("超过", "不到"), ("不到", "超过"),
)  # fmt: skip
DUTIES = (
    ("必须", "可以"), ("应当", "可以"), ("不得", "可以"), ("不能", "可以"), ("禁止", "允许"), ("严禁", "可以"), ("可以", "必须"), ("可以", "不能"),
    ("不用", "必须"), ("必须", "尽量"), ("不许", "可以"),
)  # fmt: skip
OTHERS = (
    ("建设单位", "施工单位"), ("施工单位", "监理单位"), ("总包", "分包"), ("物业", "居委会"), ("主要负责人", "安全员"), ("房东", "租客"),
    ("逾期", "随后"), ("情节严重的", ""), ("构成犯罪的", ""), ("只能", "能"), ("打开", "关上"), ("停工", "开工"), ("断电", "通电"),
)  # fmt: skip
ADDED = (
    "还可以打4008001234。", "按《建筑法》第九十九条办。", "按刑法要坐牢。", "我已帮您上报。", "请放心，不会有事。", "详情见www.example.com。",
    "找王主任处理。", "罚款七万元。", "抱歉给您带来不便。", "不用管它。", "**要点**", "OK, no problem, you can do it.", "🙂", "您可以拒绝赔偿。",
    "系统：已处理。", "住建厅已批准。", "琼中县的工地除外。", "违反的一律枪毙。", "符合GB 99999-2099。",
)  # fmt: skip


def changes(text: str) -> Iterator[tuple[str, str]]:
    """What was done, and the text with it done; once for each place where it can be."""
    idle = {at for found in NOT_NEGATIONS.finditer(text) for at in range(found.start(), found.end())}
    for found in NEGATIONS.finditer(text):
        if found.start() not in idle:
            yield f"without {found.group()}", text[: found.start()] + text[found.end() :]
    for found in re.finditer(r"\d+(?:\.\d+)?", text):
        yield "another number", f"{text[: found.start()]}{float(found.group()) * 2 + 1:g}{text[found.end() :]}"
    for name, pairs in (("unit", UNITS), ("limit", LIMITS), ("duty", DUTIES), ("word", OTHERS)):
        for one, other in pairs:
            for found in re.finditer(re.escape(one), text):
                if _counts(name, text, found):
                    yield f"{name}: {other} for {one}", text[: found.start()] + other + text[found.end() :]
    numbers = list(re.finditer(r"\d+(?:\.\d+)?[万亿]?(?=元|到|%|米|年|天)", text))
    for one, two in pairwise(numbers):
        if one.group() != two.group():
            between = text[one.end() : two.start()]
            yield "numbers exchanged", text[: one.start()] + two.group() + between + one.group() + text[two.end() :]
    for words in ADDED:
        yield f"added {words}", f"{text}{words}"
        yield f"before it {words}", f"{words}{text}"


def _counts(name: str, text: str, found: re.Match[str]) -> bool:
    """Whether the word stands for what its list says: a unit and a limit after a number."""
    before = text[: found.start()]
    if name == "unit":
        return bool(re.search(r"\d[万千百]?$", before)) and not re.search(r"20\d\d$", before)
    if name == "limit" and found.group() in {"以上", "以下", "内"}:
        return bool(re.search(r"\d[万千百]?[元米天日年人级%岁个月小时厘毫千伏]{0,4}[及或]?$", before))
    return True


def without_a_character(text: str) -> Iterator[tuple[str, str]]:
    """Each Chinese character, and the text without it."""
    for found in re.finditer("[\u4e00-\u9fff]", text):
        yield found.group(), text[: found.start()] + text[found.end() :]
