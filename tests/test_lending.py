"""A database that comes back is as it was lent, or another one is lent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from tests.lending import Lending

pytestmark = pytest.mark.postgres


def make(url: str) -> None:
    run(url, "CREATE TABLE one (id serial PRIMARY KEY, word text)", "CREATE TABLE two (one_id int REFERENCES one(id))")


def run(url: str, *statements: str) -> list[object]:
    engine = create_engine(url)
    with engine.begin() as connection:
        results = [connection.execute(text(one)) for one in statements]
        rows = results[-1].scalars().all() if results[-1].returns_rows else []
    engine.dispose()
    return list(rows)


@pytest.fixture
def lending(postgres: str) -> Iterator[Lending]:
    made = Lending(postgres, make)
    yield made
    made.close()


def test_rows_and_further_tables_are_gone_and_numbers_begin_anew(lending: Lending) -> None:
    with lending.lent() as first:
        run(
            first,
            "INSERT INTO one (word) VALUES ('a'), ('b')",
            "INSERT INTO two VALUES (1)",
            "CREATE TABLE three (a int)",
        )
    with lending.lent() as second:
        assert second == first
        assert run(second, "SELECT count(*) FROM one") == run(second, "SELECT count(*) FROM two") == [0]
        assert run(second, "SELECT to_regclass('three')") == [None]
        assert run(second, "INSERT INTO one (word) VALUES ('c') RETURNING id") == [1]


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE two",
        "ALTER TABLE one ADD COLUMN more int",
        "ALTER TABLE one ALTER COLUMN word SET NOT NULL",
        "CREATE INDEX more ON one (word)",
        "ALTER TABLE two DROP CONSTRAINT two_one_id_fkey",
        "ALTER TABLE one DISABLE TRIGGER ALL",
    ],
)
def test_another_shape_is_not_lent_again(lending: Lending, change: str) -> None:
    with lending.lent() as first:
        run(first, change)
    with lending.lent() as second:
        assert second != first
        assert run(second, "SELECT count(*) FROM one") == [0]


def test_one_that_somebody_still_uses_is_not_lent_again(lending: Lending) -> None:
    engine: Engine
    with lending.lent() as first:
        engine = create_engine(first)
        connection = engine.connect()
        connection.execute(text("SELECT 1"))
    with lending.lent() as second:
        assert second != first
    connection.invalidate()
    engine.dispose()
