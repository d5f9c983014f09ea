"""Lines that several of consult's conversations say."""

from __future__ import annotations

FEEDBACK_LINE = "有用请回“有用”，不对请回“没用”。"
KEPT_FOR_EXPERT = "这个我没有把握，不乱答。已转给专家，有答复会在这里告诉您。"
ASK_ELSEWHERE = "急的话打12350（安全生产举报）或12345（政务热线）。"
QUOTED_CHARS = 20


def quoted(text: str) -> str:
    """People's own words as a reply repeats them: the first few."""
    said = " ".join(text.split())
    return said if len(said) <= QUOTED_CHARS else f"{said[:QUOTED_CHARS]}…"
