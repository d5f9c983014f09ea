"""What is disturbed and what is missed, in bulk. Figures of ``python -m tests.handlers.emergency.measured``.

                                                  rules alone         with what was learnt
    ordinary questions (2,013 of the knowledge
    base's development sets): paged / asked /
    numbers above the answer                      2.9 / 1.1 / 8.9 %   0.2 / 0.4 / 5.9 %
      of these off topic (640), disturbed at all  3.9 %               0.3 %
    real ones of ``held_out`` (125): paged or
    asked / at least numbers                      64.0 / 64.8 %       95.2 / 97.6 % (first run 96.0 / 98.4 %)
    calm ones of ``held_out`` (188): paged/asked  9.0 / 0.5 %         2.1 / 3.7 % (first run 4.3 / 4.3 %)

``held_out_second``, plainer, was run once on the finished reader: of 60 real ones 58 paged, 1 was asked, 1 was not
heard (「喂，120吗…」, mended since, so the set is spent); of 103 calm ones 1 was paged and 1 asked. The knowledge base's
own held-out questions, run at the same time and read by nobody here: of 275 ordinary ones 2 paged and 1 asked, none of
the 60 off topic disturbed; 10 of 10 emergencies paged or asked.

``eighty`` was written before the reader of that day was looked at. First run, of 40 real ones: 38 paged, 2 asked; of 40
calm ones none paged or asked, 5 with the numbers above their answer. The figures are the same after dangers at home
(``home``) were learnt.

The first row flatters: the models learnt from these questions. Models that had not seen a set, with all else as it is,
page for 0.6 % of the answerable ones and ask for 1.4 % (a third of both may well come from the scene, see
``doubtful.yaml``), disturb 2.4 % of those off topic (nearly all idioms) and page or ask for 9 % of the hazards told as
statements in knowledge/evaluation/hazards.yaml.
"""

from __future__ import annotations

from functools import cache

import pytest

from handlers.emergency.signals import read
from knowledge.emergency import load_wording
from knowledge.evaluation.evaluate import Kind
from tests.handlers.emergency.measured import DEVELOPMENT, questions, sets, share, way, ways

ORDINARY = (Kind.ANSWERABLE, Kind.OFF_TOPIC, Kind.AMBIGUOUS)


@cache
def ordinary() -> dict[str, float]:
    counted = ways(questions(*ORDINARY))
    return {name: share(counted, *names) for name, names in (
        ("paged", ("page",)), ("replaced", ("page", "ask")), ("numbers", ("show",)),
    )}  # fmt: skip


@pytest.mark.parametrize(("what", "most"), [("paged", 0.003), ("replaced", 0.01), ("numbers", 0.06)])
def test_ordinary_questions_keep_their_answers(what: str, most: float) -> None:
    assert ordinary()[what] <= most


def test_what_is_off_topic_is_hardly_ever_taken_for_an_emergency() -> None:
    assert share(ways(questions(Kind.OFF_TOPIC)), "page", "ask", "show") <= 0.005


def test_emergencies_among_the_development_questions_page() -> None:
    assert share(ways(questions(Kind.EMERGENCY)), "page") >= 0.95


@pytest.mark.parametrize(
    ("names", "heard", "acted"), [(DEVELOPMENT, 0.99, 0.98), (("held_out",), 0.97, 0.93), (("held_out_second",), 0.97, 0.97), (("eighty",), 1, 1)]
)  # fmt: skip
def test_real_ones_are_heard(names: tuple[str, ...], heard: float, acted: float) -> None:
    counted = ways(sets(*names)["happening"])
    assert share(counted, "page", "ask", "show") >= heard
    assert share(counted, "page", "ask") >= acted


@pytest.mark.parametrize(
    ("names", "most"), [(DEVELOPMENT, 0.02), (("held_out",), 0.08), (("held_out_second",), 0.04), (("eighty",), 0)]
)
def test_calm_ones_are_left_in_peace(names: tuple[str, ...], most: float) -> None:
    calm = [text for sort, texts in sets(*names).items() if sort != "happening" for text in texts]
    assert share(ways(calm), "page", "ask") <= most


def test_the_sets_are_as_large_as_promised_and_no_text_stands_in_two() -> None:
    tuned, held = sets(*DEVELOPMENT), sets("held_out")
    assert len(tuned["happening"]) >= 200 and len(held["happening"]) >= 100
    assert sum(len(texts) for sort, texts in held.items() if sort != "happening") >= 150
    every = [
        text
        for one in (tuned, held, sets("held_out_second"), sets("eighty"))
        for texts in one.values()
        for text in texts
    ]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(
    "text",
    [
        "师傅把那根黄管子封死在柜子里了",
        "线短接掉就不跳了",
        "梯子倒过来靠着用行不行",
        "扣件从楼上丢下去省事",
        "拉结先卸掉再拆架子可以吗",
        "灭火器锁起来怕丢",
        "窗户用铁栏封上了合规吗",
        "探头拿胶布糊死了领导说没事",
        "监理证挂在项目上，那边出了人命会怎样",
        "瓦房倒了半边，补助谁来批",
        "罐子没气了放热水里烫一烫行吗",
        "救命，这个方案又要改",
        "快来人，拼单还差一个",
    ],
)
def test_what_once_paged_wrongly_does_not(text: str) -> None:
    assert way(text) in {"nothing", "show"}


@pytest.mark.parametrize("text", ["股票又跳水，我被套得快窒息了", "荒野乱斗里老被炸弹人炸死", "这部电影结局楼塌了"])
def test_games_films_and_money_get_no_numbers(text: str) -> None:
    assert way(text) == "nothing"


@pytest.mark.parametrize(
    "text",
    [
        "不是演练 三号楼真的起火了",
        "赔偿以后再说 人还在下面压着",
        "上次塌过 今天又塌了 有人没出来",
        "喂 是120吗 工地有人不行了",
        "他脸都紫了 喊也不答应",
        "绳子松了 井里没人回",
        "水齐胸口了 抱着柱子",
        "今晚我就跳下去",
    ],
)
def test_calm_words_beside_it_do_not_hush_it_up(text: str) -> None:
    assert way(text) in {"page", "ask"}


@pytest.mark.parametrize("text", ["", "。", "x" * 5000, "不" * 3000, "\x00\n", "^$"])
def test_odd_texts_are_read(text: str) -> None:
    assert way(text) in {"nothing", "show", "ask", "page"}


@pytest.mark.parametrize("text", ["家里煤气漏了 我妈晕倒在里面", "液化气瓶在喷气 关不上 屋里有人"])
def test_gas_still_says_to_get_outside_first(text: str) -> None:
    signal = read(text)
    assert signal is not None and signal.page
    said = load_wording().first(signal.kind)
    assert min(said.find(word) for word in ("先出门", "室外", "抬到", "通风处") if word in said) < 60
