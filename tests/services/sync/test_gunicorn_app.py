"""The sync beside the pages, and the demonstration that it reads."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from dashboard.models import Run
from dashboard.services.sync import gunicorn_app
from dashboard.services.sync.demo_account import reachable
from dashboard.services.sync.gunicorn_app import SyncApp
from tests.waiting import wait_for


@pytest.mark.whole
@pytest.mark.django_db(transaction=True)
def test_the_sync_reads_until_it_is_closed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunicorn_app, "release_listening_sockets", lambda _: None)  # ours are in use
    with reachable(settings.ACCOUNTS) as accounts:
        settings.ACCOUNTS = accounts
        assert accounts[0].api_url.startswith("http://127.0.0.1:")
        settings.SYNC_INTERVAL = 1.0
        app = SyncApp()
        app.init()
        wait_for(Run.objects.exists)
        app.close()
    assert not app._thread.is_alive()


def test_a_real_account_needs_no_stand_in(upstream: Any) -> None:
    accounts = (upstream.account(),)
    with reachable(accounts) as result:
        assert result == accounts


def test_a_sync_whose_parent_is_gone_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    app = SyncApp()
    app._stop, app._thread = Event(), Thread(target=lambda: app._stop.wait())
    app._thread.start()
    monkeypatch.setattr(gunicorn_app, "LOOK", 0.01)
    monkeypatch.setattr(os, "_exit", ended.append)
    parents = iter([7, 7, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    app._end_without_parent(7)
    assert ended == [0]
    assert not app._thread.is_alive()


def test_a_forked_process_holds_no_port_and_keeps_its_connections(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as listener, ours, theirs, (tmp_path / "x").open("w") as file:
        address = listener.getsockname()
        gunicorn_app.release_listening_sockets(
            [listener.fileno(), ours.fileno(), theirs.fileno(), file.fileno(), 10**6]
        )
        socket.create_server(address).close()
        ours.sendall(b"still there")
        assert theirs.recv(20) == b"still there"
