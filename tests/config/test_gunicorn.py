"""What the server says when it starts."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections
from django.utils.module_loading import import_string

from dashboard.services.sync.gunicorn_app import SyncApp

FILE = Path(__file__).parents[2] / "config" / "gunicorn.py"


@pytest.fixture
def starting(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The hook that gunicorn calls before it forks, in a process that keeps its connection."""
    monkeypatch.setattr(connections, "close_all", lambda: None)
    return runpy.run_path(str(FILE))["on_starting"]


def test_it_prints_the_link_for_the_first_person(starting: Any, capsys: pytest.CaptureFixture[str]) -> None:
    starting(None)
    printed = capsys.readouterr().out
    assert "The dashboard is at http://127.0.0.1:" in printed
    assert "/first-sign-in/" in printed


def test_a_database_that_cannot_be_opened_is_one_line(starting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused\nIs the server running?")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "ensure_connection", refuse)
        with pytest.raises(SystemExit) as refused:
            starting(None)
    assert refused.value.code == (
        "Cannot start: the database of DATABASE_URL cannot be opened: connection refused"
    )


def test_it_prints_no_link_once_there_is_anyone(starting: Any, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("somebody")
    starting(None)
    assert "/first-sign-in/" not in capsys.readouterr().out


def test_it_warns_that_everybody_may_look(
    starting: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DASHBOARD_AUTH = "none"
    starting(None)
    printed = capsys.readouterr().out
    assert "whoever reaches this address may look" in printed
    assert "/first-sign-in/" not in printed


def test_it_prints_no_link_where_nobody_signs_in_with_a_password(
    starting: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DASHBOARD_AUTH = "proxy"
    starting(None)
    assert "/first-sign-in/" not in capsys.readouterr().out


def test_what_is_unsafe_is_printed_beside_the_address(
    starting: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    starting(None)
    assert "ALLOWED_HOSTS=* answers under any name" in capsys.readouterr().out


def test_the_app_beside_the_workers_is_the_sync() -> None:
    [name] = runpy.run_path(str(FILE))["dirty_apps"]
    assert import_string(name.replace(":", ".")) is SyncApp
