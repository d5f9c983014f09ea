"""Links in what staff and experts write for people. A phone makes a link of a tag and of an address alone, and people
trust what comes from the department, so an address may only lead to a government site."""

from __future__ import annotations

import re
import unicodedata

from bot.visible import visible

TAGS = "不能写链接的标签（<a …>），请去掉，只留文字。"
ELSEWHERE = "网址只能写政府网站（.gov.cn 结尾的），别的请改成文字说明。"
TOO_LONG = "写得太长了，请分开写。"
MOST_CHARS = 20_000
"""More than any field that is sent may hold."""

_HAN = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W\d_{_HAN}]"
# Endings that a number, or words before a Chinese full stop, make an address with: 58.com, evil。com; but not 1.AED.
_COMMON = (
    "com|net|org|info|biz|top|xyz|vip|club|shop|site|online|store|wang|ltd|group|work|fun|ink|red|pro|live|tech|link|"
    "app|dev|icu|mobi|name|cloud|space|website|press|host|life|world|today|news|chat|games?|bond|sbs|cyou|buzz|click|"
    "help|run|art|edu|gov|mil|int|zip|mov|cn|hk|mo|tw|cc|tv|me|io|co|us|uk|ru|su|jp|kr|de|fr|eu|in|sg|my|th|vn|ph|"
    "la|ws|to|ly|gg|gl|gd|im|is|it|nl|ch|at|be|es|se|pl|cz|ca|au|nz|br|mx|ai|so|sh|st|ac|fm|am|tk|ml|ga|cf|gq|pw|mn"
)
_COMMON_ENDS = rf"(?:{_COMMON})(?![a-z0-9-])"
_HAN_ENDS = "中国|公司|网络|网址|网店|网站|在线|中文网|商城|商店|集团|公益|政务|移动|手机|信息|我爱你|世界|香港|台湾"
# What stands before a number or names a kind of file, and ends no address.
_STANDARDS = r"(?:gbt?|gbj|jgj|jgt|cjj|dbj?|pdf|docx?|xlsx?|pptx?|jpe?g|png)(?![a-z0-9-])"

_TAG = re.compile(r"<[^\w<]*a\b")
_LABELS = r"(?:[a-z0-9-]{1,63}\.)"
_OFFICIAL = re.compile(
    rf"(?<![a-z0-9_.@/-])(?<![a-z0-9_]:)(?:https?://{_LABELS}{{0,8}}|{_LABELS}{{1,8}}|(?<!\w))gov\.cn(?::[0-9]{{1,5}})?"
    r"(?![a-z0-9_@:-]|\.\w)(?:[/?#][a-z0-9_.~/?#&=%+-]*)?"
)
_LISTED = re.compile(rf"(?<![a-z0-9_.@/-])[0-9]{{1,2}}\.(?!{_COMMON_ENDS})(?=[a-z]{{2,}}(?![a-z0-9-]))")
_FULL_STOP = re.compile(rf"[a-z0-9]。{_COMMON_ENDS}|www。")
_ADDRESS = re.compile(
    r"://|(?:javascript|data|vbscript|mailto|tel|sms):"
    rf"|\w\.(?!{_STANDARDS})(?:xn--|{_LETTER}{{2,}}(?!{_LETTER}|[0-9_-]))|[a-z][0-9]{{0,3}}\.(?:{_HAN_ENDS})(?!\w)"
    r"|//[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/|:[0-9]{2})"
)


def address_problem(words: str) -> str:
    """What is wrong with the addresses in a text, in words for staff; "" where there are none but official ones."""
    if len(words) > MOST_CHARS:
        return TOO_LONG
    text = unicodedata.normalize("NFKC", visible(words)).lower()
    if _TAG.search(text):
        return TAGS
    elsewhere = _FULL_STOP.search(text) or _ADDRESS.search(_LISTED.sub(" ", _OFFICIAL.sub(" ", text)))
    return ELSEWHERE if elsewhere else ""
