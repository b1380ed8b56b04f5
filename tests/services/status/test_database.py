"""Whether the database can be read: each table that pages need, not only one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.models import Model
from django.test import Client

from dashboard.models import Feed
from dashboard.services.status import database

pytestmark = pytest.mark.django_db
TABLES = ["dashboard_feed", "dashboard_run", "dashboard_deployment", "dashboard_slot", "dashboard_tally"]
TABLES += ["dashboard_gap", "dashboard_watch", "dashboard_lease", "dashboard_link"]
TABLES += ["auth_user", "dashboard_session"]


def test_a_database_that_answers_is_readable() -> None:
    Feed.objects.create(account="default")
    assert database.readable()


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_cannot_be_read_makes_the_database_unreadable(table: str) -> None:
    def broken(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if f'FROM "{table}"' in sql:
            raise DatabaseError("database disk image is malformed")
        return execute(sql, *rest)

    with connection.execute_wrapper(broken):
        assert not database.readable()


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[None]:
    """A file with zeros where the runs should be, in place of the database of the test."""
    file = tmp_path / "damaged.sqlite3"
    healthy = connections["default"]
    connections["default"] = DatabaseWrapper(
        healthy.settings_dict | {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file), "OPTIONS": {}}
    )
    with connection.schema_editor() as editor:
        models: list[type[Model]] = [*apps.get_app_config("dashboard").get_models(), User, Session]
        for model in models:
            editor.create_model(model)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rootpage FROM sqlite_master WHERE name = 'dashboard_run'")
        (page,) = cursor.fetchone()
        (size,) = cursor.execute("PRAGMA page_size").fetchone()
    connection.close()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(bytes(size))
    yield
    connection.close()
    connections["default"] = healthy


def test_a_damaged_file_is_not_ready_and_says_no_more(damaged: None, client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"the database cannot be read\n")
