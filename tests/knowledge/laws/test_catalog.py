from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter

from knowledge.laws.catalog import Catalog, CatalogError, _Written, load_catalog
from knowledge.text import normalise


def catalog(**laws: dict[str, object]) -> Catalog:
    return Catalog(TypeAdapter(dict[str, _Written]).validate_python(laws))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("安法", "安全生产法"), ("中华人民共和国安全生产法", "安全生产法"), ("安全生產法", "安全生产法"), ("安管条例", "建设工程安全生产管理条例"),
        ("建安条例", "建设工程安全生产管理条例"), ("特设法", "特种设备安全法"), ("工伤条例", "工伤保险条例"),
        ("农民工工资条例", "保障农民工工资支付条例"), ("37号令", "危险性较大的分部分项工程安全管理规定"), ("食品安全法", "食品安全法"),
    ],
)  # fmt: skip
def test_names_as_people_say_them(said: str, name: str) -> None:
    assert load_catalog().name(said) == name


def test_which_version_holds_when() -> None:
    safety = load_catalog()
    held = safety.in_force("安全生产法", date(2021, 6, 16))
    assert held is not None
    assert (held.day, held.in_force_to) == (date(2014, 8, 31), date(2021, 8, 31))
    now = safety.in_force("安全生产法", date(2021, 9, 1))
    assert now is not None
    assert (now.day, now.in_force_to) == (date(2021, 6, 10), None)
    assert safety.in_force("安全生产法", date(2010, 1, 1)) is None
    assert safety.in_force("信访条例", date(2021, 6, 16)) is not None
    assert safety.in_force("信访条例", date(2022, 5, 1)) is None, "it was repealed"
    assert safety.in_force("没有这部法", date(2021, 6, 16)) is None


def test_versions_follow_each_other() -> None:
    for name in set(load_catalog().names.values()):
        versions = load_catalog().versions(name)
        assert all(version.day <= version.in_force_from for version in versions), name
        days = [version.day for version in versions]
        assert days == sorted(days), name


def test_a_short_form_that_names_two_laws_is_refused() -> None:
    with pytest.raises(CatalogError, match="安条"):
        catalog(工棚条例={"also": ["安条"]}, 帐篷条例={"also": ["安条"]})


def test_short_forms_are_not_shorter_than_two_characters() -> None:
    assert min(len(normalise(said)) for said in load_catalog().names) >= 2
