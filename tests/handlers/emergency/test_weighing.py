"""How a message sounds: what counts, and the file it was learnt into."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.emergency import weighing
from handlers.emergency.lexicon import load_lexicon
from handlers.emergency.tidying import cut, tidy
from handlers.emergency.weighing import Chances, load_weighing, neighbours, runs, save


def sounds(text: str) -> Chances:
    lexicon, model = load_lexicon(), load_weighing()
    plain = tidy(text, lexicon)
    return model.chances(model.glance(plain), plain, cut(plain, lexicon))


def test_runs_mark_both_ends_and_repeat_nothing() -> None:
    assert runs("火") == {"^", "火", "$", "^火", "火$", "^火$"}
    assert runs("") == {"^", "$", "^$"}


def test_of_a_long_text_both_ends_count() -> None:
    found = runs("头" + "中" * 2000 + "尾")
    assert "^头" in found and "尾$" in found and len(found) < 40


def test_neighbours_stay_within_their_clause() -> None:
    lexicon = load_lexicon()
    words = cut(tidy("老王摔下来了", lexicon), lexicon)
    assert any(len(signs) == 2 for signs in neighbours(words))
    apart = cut(tidy("老王，摔下来了", lexicon), lexicon)
    own = next(sign for sign in neighbours(apart) if sign == lexicon.signs["own"])
    assert not any(len(signs) == 2 and signs[0] == own for signs in neighbours(apart))


def test_the_frame_decides_and_not_the_mishap() -> None:
    for mishap in ("工友从架子上摔下来了", "基坑塌了埋了人", "电工触电了"):
        told, asked = sounds(f"快来，{mishap}"), sounds(f"{mishap}算不算工伤，公司要赔多少")
        assert told.now > 0.9 > 0.1 > asked.now


def test_a_question_on_acting_in_a_danger_wants_numbers() -> None:
    assert sounds("触电的人应该怎么救").about > 0.5 > sounds("脚手架几天验收一次").about


def test_weights_survive_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of classes and cues that the lexicon does not have are dropped, not an error."""
    file = tmp_path / "weights.npz"
    tables = {
        "runs": {"火": (1.5, -0.5), "^#": (0.25, 0.0)},
        "signs": {"own>fall": (1.0, 2.0), "nosuch": (9.0, 9.0)},
        "cues": {"cry": (0.5, 0.5), "nosuch": (9.0, 9.0)},
    }
    save(file, tables, [(-1.0, -2.0)] * weighing.LENGTHS)
    monkeypatch.setattr(weighing, "WEIGHTS_FILE", file)
    load_weighing.cache_clear()
    try:
        model = load_weighing()
        signs = load_lexicon().signs
        assert model.runs == {"火": (1.5, -0.5), "^#": (0.25, 0.0)}
        assert model.signs == {signs["own"] + signs["fall"]: (1.0, 2.0)}
        assert [weight for _, weight in model.cues] == [(0.5, 0.5)]
        assert model.glance("火").now == pytest.approx(0.5)
    finally:
        load_weighing.cache_clear()


@pytest.mark.parametrize("odds", [-1e9, -5.0, 0.0, 5.0, 1e9])
def test_a_chance_is_a_chance(odds: float) -> None:
    assert 0 < weighing.chance(odds) < 1
