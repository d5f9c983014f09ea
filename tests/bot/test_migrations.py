"""Migrations on a database with rows in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from bot.clock import system
from bot.core_jobs import CORE_JOBS
from bot.services import build_services
from bot.storage.db import Database
from bot.storage.migrate import MigrationError, migrating, upgrade
from tests.bot.front import IDENTITY_PRIVATE_KEY
from tests.conftest import OpenFront


def _widen(connection: sa.Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("person") as batch:
        batch.alter_column("channel", type_=sa.String(32), existing_type=sa.String(16))


def test_widening_a_column_keeps_the_rows_that_refer_to_its_table(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    upgrade(database)
    with database.connect_for_writing() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO person (id, channel, identity_hash, identity_sealed, created_at) VALUES ('p','wechat','h',x'00',:at)"
            ),
            {"at": system().replace(tzinfo=None).isoformat(" ")},
        )
        connection.execute(
            sa.text(
                "INSERT INTO conversation (person_id, state_sealed, updated_at, expires_at) VALUES ('p', x'00', :at, :at)"
            ),
            {"at": system().replace(tzinfo=None).isoformat(" ")},
        )
    with migrating(database) as connection:
        _widen(connection)
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM conversation")).scalar() == 1
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1


def test_a_migration_that_leaves_rows_pointing_to_nothing_changes_nothing(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    upgrade(database)
    orphan = sa.text(
        "INSERT INTO conversation (person_id, state_sealed, updated_at, expires_at) VALUES ('nobody', x'00', '2026-01-01', '2026-01-01')"
    )
    try:
        with migrating(database) as connection:
            connection.execute(orphan)
    except MigrationError:
        pass
    else:
        raise AssertionError("the orphan was let through")
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM conversation")).scalar() == 0


def test_every_job_runs_on_an_empty_database(open_front: OpenFront) -> None:
    front = open_front(identity_private_key=IDENTITY_PRIVATE_KEY)
    services = build_services(front.settings, may_open_identity=True)
    for job in (*CORE_JOBS, *(job for feature in services.features for job in feature.jobs)):
        job.run(services)
    services.close()
