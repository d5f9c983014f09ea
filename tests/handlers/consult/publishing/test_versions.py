"""Which wording holds on a day: the rules alone."""

from __future__ import annotations

import json
from datetime import date

import pytest

from handlers.consult.publishing.versions import (
    Published,
    body_of,
    fingerprint,
    fingerprint_of_all,
    holding,
    next_change,
    overlay,
    read_body,
    superseded,
)
from knowledge.schema import Entry
from tests.handlers.consult.publishing.shelf import new_entry

DAY = date(2027, 6, 16)
EVE, MORROW = date(2027, 6, 15), date(2027, 6, 17)


def entry(name: str, answer: str = "这是一个写得够长的答复。", **more: object) -> Entry:
    return Entry.model_validate({**json.loads(new_entry(f"height.{name}")), "answer": answer, **more})


TREE = (entry("a"), entry("b"), entry("c"))
BETTER = entry("b", "这是改过以后的一个答复。")


def over(*published: Published, day: date = DAY) -> dict[str, str]:
    return {one.id: one.answer for one in overlay(TREE, published, day)}


def test_without_versions_the_tree_is_served() -> None:
    assert overlay(TREE, (), DAY) == TREE


def test_a_version_stands_in_the_trees_place() -> None:
    served = overlay(TREE, [Published("height.b", 1, BETTER)], DAY)
    assert [one.id for one in served] == ["height.a", "height.b", "height.c"]
    assert served[1].answer == BETTER.answer


def test_the_highest_number_wins_whatever_the_order() -> None:
    last = entry("b", "这是最后一次改的答复内容。")
    both = [Published("height.b", 2, last), Published("height.b", 1, BETTER)]
    assert over(*both)["height.b"] == over(*reversed(both))["height.b"] == last.answer


def test_a_new_entry_comes_after_the_trees_and_a_hidden_one_goes() -> None:
    new = entry("new")
    assert list(over(Published("height.new", 1, new))) == ["height.a", "height.b", "height.c", "height.new"]
    assert list(over(Published("height.b", 1, None))) == ["height.a", "height.c"]


@pytest.mark.parametrize(
    ("first", "last", "day", "holds"),
    [
        (DAY, None, EVE, False),
        (DAY, None, DAY, True),
        (None, DAY, DAY, True),
        (None, DAY, MORROW, False),
        (DAY, DAY, DAY, True),
        (None, None, EVE, True),
    ],
)
def test_days_are_inclusive(first: date | None, last: date | None, day: date, holds: bool) -> None:
    assert ("height.b" in holding([Published("height.b", 1, BETTER, first, last)], day)) is holds


def test_one_with_an_end_falls_back_to_what_is_below() -> None:
    week = Published("height.b", 2, entry("b", "这一周里按这个答复来说。"), EVE, DAY)
    below = Published("height.b", 1, BETTER)
    assert over(below, week)["height.b"].startswith("这一周")
    assert over(below, week, day=MORROW)["height.b"] == BETTER.answer
    assert over(week, day=MORROW)["height.b"] == TREE[1].answer


def test_the_next_change_is_a_first_day_or_the_day_after_a_last_one() -> None:
    published = [Published("height.b", 1, BETTER, last=DAY), Published("height.a", 1, None, first=date(2027, 7, 1))]
    assert next_change(published, EVE) == MORROW
    assert next_change(published, MORROW) == date(2027, 7, 1)
    assert next_change(published, date(2027, 8, 1)) is None


def test_only_what_can_never_be_served_again_is_replaced() -> None:
    old, other = Published("height.b", 1, BETTER), Published("height.a", 1, None)
    assert superseded([old, other], Published("height.b", 2, BETTER), DAY) == [1]
    assert superseded([old], Published("height.b", 2, BETTER, first=MORROW), DAY) == []
    assert superseded([old], Published("height.b", 2, BETTER, last=MORROW), DAY) == []
    assert superseded([old], Published("height.b", 2, BETTER, first=DAY), DAY) == [1]


def test_a_body_reads_back_and_tells_every_change() -> None:
    assert read_body(body_of(BETTER)) == BETTER
    assert fingerprint(None) == ""
    assert fingerprint(BETTER) != fingerprint(TREE[1])
    assert fingerprint_of_all(TREE) != fingerprint_of_all((*TREE[:2], BETTER))


def test_a_body_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="1 fields"):
        read_body(new_entry("height.x", answer=""))


def test_variants_stay_the_trees_and_are_no_part_of_a_version() -> None:
    tree = (entry("b", variants=["别的一种问法", "再一种问法"]),)
    version = entry("b", phrasings=["别的一种问法", "二二", "三三", "四四", "五五"])
    served = overlay(tree, [Published("height.b", 1, version)], DAY)
    assert served[0].variants == ("再一种问法",)
    assert "variants" not in body_of(tree[0])
    assert fingerprint(tree[0]) == fingerprint(entry("b"))
