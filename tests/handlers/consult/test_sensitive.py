"""What a machine should not answer goes to the officer on duty alone; ordinary questions about the same are answered."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from bot.clock import stopwatch
from handlers.consult import sensitive
from handlers.consult.records import SENSITIVE, WAITING, ConsultQuestion
from knowledge.content import load_topics
from knowledge.evaluation.evaluate import Kind, load_cases
from tests.bot.front import ON_SQLITE, Front

SENTENCES = yaml.safe_load((Path(__file__).parent / "sensitive.yaml").read_text(encoding="utf-8"))
CAUGHT = {"learned": 1.0, "unseen": 0.8}
HELD_UP = {"learned": 0.0, "unseen": 0.04}


def share(sentences: list[str]) -> float:
    return sum(bool(sensitive.kind_of(one)) for one in sentences) / len(sentences)


@pytest.mark.parametrize("part", CAUGHT)
def test_the_sensitive_are_caught(part: str) -> None:
    missed = [one for one in SENTENCES["sensitive"][part] if not sensitive.kind_of(one)]
    assert share(SENTENCES["sensitive"][part]) >= CAUGHT[part], missed


@pytest.mark.parametrize("part", HELD_UP)
def test_their_neighbours_are_not(part: str) -> None:
    caught = [(sensitive.kind_of(one), one) for one in SENTENCES["near"][part] if sensitive.kind_of(one)]
    assert share(SENTENCES["near"][part]) <= HELD_UP[part], caught


def test_there_are_enough_of_each() -> None:
    for name in ("sensitive", "near"):
        everything = [one for part in SENTENCES[name].values() for one in part]
        assert len(set(everything)) == len(everything) >= 90


def test_what_can_be_answered_is_not_held_up() -> None:
    answerable = [case.question for case in load_cases() if case.kind is Kind.ANSWERABLE]
    assert share(answerable) <= 0.003
    asked = [line for topic in load_topics() for entry in topic.entries for line in entry.asked]
    assert share(asked) <= 0.001


def test_long_and_odd_texts_are_read_at_once() -> None:
    for text in ("公司" * 5000, "王局长" * 3000, "昨天" * 4000, "a" * 20000, "事故" + "，" * 9000 + "死了几个"):
        began = stopwatch()
        sensitive.kind_of(text)
        assert stopwatch() - began < 0.15


BEFORE = "工地上脚手架搭到第三层，安全网挂好了，临边护栏也装了，大家都戴着安全帽。"


@pytest.mark.parametrize("before", [0, 5, 20, 200, 500])
def test_a_long_message_hides_nothing(before: int) -> None:
    for sentence in ("我要去上访", "王局长收了老板的钱", "宏达建筑公司是不是偷工减料", "昨天海口塌楼事故死了几个人"):
        assert sensitive.kind_of(BEFORE * before + sentence), (before, sentence)
        assert sensitive.kind_of(" \n" * before * 20 + sentence)
    assert not sensitive.kind_of(BEFORE * before)


@pytest.mark.parametrize("shift", range(0, 130, 7))
def test_no_seam_hides_anything(shift: int) -> None:
    assert sensitive.kind_of("工" * (sensitive.AT_ONCE - 110 + shift) + "昨天海口那个工地的塌楼事故里死了几个人")


def test_a_lawful_word_far_before_excuses_nothing() -> None:
    assert sensitive.kind_of("怎么举报隐患？" + BEFORE * 40 + "住建局不作为，包庇老板。")


def test_traditional_characters_and_blanks_hide_nothing() -> None:
    assert sensitive.kind_of("我 要 去 上 訪")
    assert sensitive.kind_of("王局長收了開發商的錢")


@ON_SQLITE
def test_it_waits_for_the_officer_alone_and_is_answered_politely(front: Front) -> None:
    said = front.say("昨天海口那个塔吊倒了死了几个人")
    assert "不能在这里回答" in said and "12345" in said and "依据" not in said and "专家" not in said
    (row,) = front.rows(ConsultQuestion)
    assert (row.mark, row.queue, row.entry_id) == (SENSITIVE, WAITING, "")


@ON_SQLITE
def test_after_asking_for_a_person_too(front: Front) -> None:
    front.say("转人工")
    assert "值班员" in front.say("我是海南日报的记者，想采访一下")
    assert "专家" not in front.say("转人工")
    (row,) = front.rows(ConsultQuestion)
    assert row.mark == SENSITIVE


@ON_SQLITE
def test_what_follows_it_is_kept_with_its_mark(front: Front) -> None:
    front.say("王局长是不是收了开发商的钱")
    front.say("然后呢")
    with front.services.database.reading() as session:
        marks = session.scalars(select(ConsultQuestion.mark)).all()
    assert marks == [SENSITIVE] * len(marks)


@ON_SQLITE
def test_a_choice_is_still_a_choice_and_an_emergency_comes_first(front: Front) -> None:
    front.say("脚手架")
    assert "不能在这里回答" in front.say("王局长是不是收了开发商的钱")
    assert "120" in front.say("工地塌了有人被埋快来人，是王局长的项目")
