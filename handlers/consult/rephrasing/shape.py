"""Whether a text can stand as our answer on a phone: plain short Chinese that promises nothing."""

from __future__ import annotations

import re

from handlers.consult.rephrasing.plain import HAN

MOST_CHARS, LEAST_CHARS, MOST_LINES = 300, 8, 8
_SIGNS = frozenset('，。、；：！？（）“”‘’《》〔〕—…·％%‰℃.,;:!?()"-~～ \n')
_LETTER = re.compile("[0-9A-Za-z０-９]")
_MARKDOWN = re.compile(r"[*#`_|<>\[\]{}\\]|^\s*(?:[-+•·]|\d{1,2}[.、)）](?!\d))\s*\S|https?:|www\.|//", re.MULTILINE)
_ROLE = re.compile(
    r"^\s*(?:系统|助手|用户|机器人|客服|专家|回答|回复|答复|答|问|改写(?:后|结果)?|标准答复|最终答复|输出|说明|注)\s*[:：]|assistant|system|user\s*:|think",
    re.IGNORECASE | re.MULTILINE,
)
_SELF = re.compile("我|本人|本系统|本平台|本助手|小编|小安|人工智能|语言模型|机器人|智能助手|客服")
_PROMISE = re.compile(
    "(?:已经?|马上|立即|稍后|会)?(?:为|帮|替|给)(?:您|你)(?:的)?(?:报|办|转|联系|登记|上报|处理|安排|查|核实|反映|投诉|解决|申请|打|叫|通知|提交|记)"
    "|已(?:经)?(?:报警|上报|登记|受理|转交|转给|通知|安排|提交|核实)|(?:请|您|你|大?可以?)?放心|包在|没问题|不会有事|不用担心|别担心"
    "|会(?:尽快|马上|有人)|稍后会|稍等|(?:一定|肯定)会|保您|包您|住建厅已|经核实|已核实"
)
_TEMPLATE = re.compile(
    "抱歉|对不起|不好意思|很遗憾|无法回答|不能回答|无可奉告|不便|作为(?:一|您|安)|希望.{0,8}帮|如(?:果)?(?:您)?(?:还)?有.{0,8}(?:疑问|问题)|欢迎|感谢|谢谢"
    "|祝|您好|你好|亲[，,!！]|温馨提示|友情提示|综上|总结|(?:标准|原)答复|知识库|资料|提示词|指令|根据(?:您|你)?(?:提供|所述|的问题)|(?:您|你)(?:问|提问|咨询)的"
    "|仅供参考|以官方|具体(?:请)?咨询|建议(?:您)?咨询|好问题|当然可以|没错|好的[，,。!！]"
)


def fault(text: str, entry: str) -> str:
    """What is wrong with the shape of ``text``, "" for nothing. What the entry says itself is no fault."""
    if not LEAST_CHARS <= len(text) <= MOST_CHARS or text.count("\n") >= MOST_LINES:
        return "length"
    if _MARKDOWN.search(text) or _ROLE.search(text):
        return "shape"
    known = frozenset(entry)
    if any(not (HAN.match(char) or _LETTER.match(char) or char in _SIGNS or char in known) for char in text):
        return "shape"
    if any(found.group() not in entry for found in _SELF.finditer(text)):
        return "promise"
    if any(found.group() not in entry for found in _PROMISE.finditer(text)):
        return "promise"
    if any(found.group() not in entry for found in _TEMPLATE.finditer(text)):
        return "template"
    return ""
