"""What the worker adds to gunicorn's own: late requests are cut off, a hanging page is reported as such."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

from dashboard.web import arriving
from dashboard.web.gunicorn_worker import Worker
from dashboard.web.one_at_a_time import OneAtATime


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A worker that listens nowhere, and what gunicorn's own was asked to do."""
    made: Any = object.__new__(Worker)
    made.calls = []
    for name in ("murder_pending", "notify"):
        monkeypatch.setattr(ThreadWorker, name, lambda each, name=name: each.calls.append(name))
    return made


def test_a_request_is_on_its_way_while_its_thread_reads_it(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_their_way: list[bool] = []
    monkeypatch.setattr(
        ThreadWorker,
        "handle",
        lambda *_: on_their_way.append(threading.get_ident() in arriving._arriving),
    )
    worker.handle(type("Connection", (), {"sock": None})())
    assert on_their_way == [True]
    assert threading.get_ident() not in arriving._arriving


def test_late_requests_are_cut_off_beside_silent_ones(worker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "cut_off_late", lambda: worker.calls.append("cut off"))
    worker.murder_pending()
    assert worker.calls == ["murder_pending", "cut off"]


@pytest.mark.parametrize(("busy", "reports"), [(0.0, ["notify"]), (0.9, ["notify"]), (1.1, [])])
def test_a_worker_whose_page_hangs_does_not_report(
    worker: Any, monkeypatch: pytest.MonkeyPatch, busy: float, reports: list[str]
) -> None:
    worker.wsgi = OneAtATime(lambda *_: [])
    monkeypatch.setattr(OneAtATime, "busy_for", lambda _: busy)
    worker.notify()
    assert worker.calls == reports


def test_a_worker_that_could_not_load_the_site_reports(worker: Any) -> None:
    worker.wsgi = lambda *_: []
    worker.notify()
    assert worker.calls == ["notify"]
