"""Words as people see them: whoever looks for a number, a firm or a link in them reads what the phone will show.

The one list of characters that are dropped, wherever words arrive, are masked or are looked at.
"""

from __future__ import annotations

import re

# Control characters but line break and tab, what XML cannot carry, Unicode's Default_Ignorable_Code_Point (soft hyphen,
# joiners, fillers, zero-width and direction marks, variation selectors, tags) and its other format characters (Cf).
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe20-\ufe2f"
# Accents are for letters: on a Han character, a digit or a sign (a keycap's frame too) they only part what belongs
# together.
_ACCENTS = re.compile(
    rf"(?<![^\W\d_\u00b2-\u00b9\u2070-\u2189\u2460-\u24ff\u2776-\u2793\u3005-\u3007\u3400-\u9fff\U00020000-\U0003ffff])"
    rf"(?<![{_MARKS}])[{_MARKS}]+"
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_BLANK = "\u2800"


def visible(text: str) -> str:
    """The text without what nobody sees, and each line break as one character. Said of its own result, it changes
    nothing. Emoji that are joined from several fall apart into these."""
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    return _ACCENTS.sub("", text).replace(_BLANK, " ")
