"""`manage.py sync`: once until all is read, or for ever, and what it says meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rich.console import Console

from dashboard.management.commands import sync as command
from dashboard.models import Run
from dashboard.services.sync.lease import LeaseHolder
from dashboard.simulator import Fault
from tests.factories import run_record
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The command takes the signals of its process: give them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def configured(upstream: Upstream, settings: Any) -> Upstream:
    """An upstream that the settings name as the only account."""
    settings.ACCOUNTS = (upstream.account(),)
    upstream.world.runs[:] = [run_record(n, timezone.now()) for n in range(3)]
    return upstream


def test_once_it_reads_everything_and_says_so(
    configured: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sync")
    assert Run.objects.count() == 3
    assert capsys.readouterr().err.splitlines()[-1] == "default: 3 runs, complete for 90 days"


def test_on_a_terminal_it_draws_a_bar(configured: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, width=120, record=True)
    monkeypatch.setattr(command, "Console", lambda **options: console)
    call_command("sync")
    assert "100 %" in console.export_text()


@pytest.mark.parametrize("terminal", [True, False])
def test_what_has_not_changed_is_not_shown_again(
    configured: Upstream, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    console = Console(force_terminal=terminal, width=120, record=True, stderr=True)
    monkeypatch.setattr(command, "Console", lambda **options: console)
    with command._Progress() as progress:
        progress.show()
        progress.show()
    assert len(progress._tasks) == terminal
    assert capsys.readouterr().err.count("default: 0 runs, nothing read yet\n") == (not terminal)


def test_a_long_history_takes_several_turns(
    configured: Upstream, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SYNC_INTERVAL = 0.001
    now = timezone.now()
    configured.world.runs[:] = [run_record(n, now - timezone.timedelta(minutes=n)) for n in range(2500)]  # type: ignore[attr-defined]
    call_command("sync")
    assert Run.objects.count() == 2500
    assert "complete since" in capsys.readouterr().err


def test_trouble_ends_it_with_a_sentence(configured: Upstream) -> None:
    configured.api.token = "pt-another-0123456789"
    with pytest.raises(CommandError, match=r"does not accept the token of account default \(QODER_PAT\)"):
        call_command("sync")


def test_it_says_when_another_process_is_reading(configured: Upstream) -> None:
    LeaseHolder().take()
    with pytest.raises(CommandError, match="another process"):
        call_command("sync")


def test_it_goes_on_at_intervals_until_it_is_stopped(
    configured: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []

    def show(self: object) -> None:
        turns.append(1)
        if len(turns) == 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(command._Progress, "show", show)
    monkeypatch.setattr(Event, "wait", lambda self, timeout=None: self.is_set())
    call_command("sync", every=1.0)
    assert len(turns) == 3


def test_less_than_a_second_is_not_taken() -> None:
    with pytest.raises(CommandError, match="at least 1 second"):
        call_command("sync", every=0.5)


def test_trouble_on_the_way_is_shown_by_the_feed(configured: Upstream) -> None:
    configured.api.faults.append(Fault(kind="status", status=503, times=None))
    with pytest.raises(CommandError, match="the API answers 503"):
        call_command("sync")
