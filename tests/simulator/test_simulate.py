"""`manage.py simulate` as a process of its own, from start to Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dashboard.management.commands.simulate import fault, generation
from dashboard.simulator import Fault
from dashboard.simulator.parameters import Generation

from .http_calls import call

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def simulate(tmp_path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the line it prints first; killed at the end if it still runs."""
    environment = os.environ | {"SECRET_KEY": "x", "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "simulate", "--port", "0", "--days", "1", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_url_serves_as_ordered_and_ends_cleanly(tmp_path: Path, end: signal.Signals) -> None:
    options = ["--deployments", "9", "--seed", "3", "--generation", "2", "--token", "pt-mine"]
    with simulate(tmp_path, *options, "--fault", "kind=status,status=503,retry_after=7") as (process, line):
        name, _, url = line.partition("=")
        assert (name, url.startswith("http://127.0.0.1:")) == ("QODER_API_URL", True)
        bearer = {"Authorization": "Bearer pt-mine"}
        late = call(url, "/deployments", headers=bearer)
        assert (late.status, late.headers["Retry-After"]) == (503, "7")
        assert call(url, "/deployments").status == 401
        page = call(url, "/deployments", {"include_archived": "true"}, headers=bearer).json
        assert len(page["data"]) == 9
        assert "environment_variables" in page["data"][0]
        process.send_signal(end)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out.strip(), err) == (0, "", "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--host", "0.0.0.0"], "not a loopback address"),  # noqa: S104 (refused)
        (["--deployments", "2", "--runs", "1000000"], "need more than 2 deployments"),
        (["--fault", "kind=flood"], "unknown fault kind 'flood'"),
        (["--generation", "3"], "1, 2 or mixed"),
    ],
)
def test_options_that_cannot_work_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, options: list[str], why: str
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(CommandError, match=re.escape(why)):
        call_command("simulate", "--port", "0", "--days", "1", *options)


def test_a_fault_is_written_as_names_and_values() -> None:
    assert fault("kind=status,status=503,times=None,path=deployment_runs") == Fault(
        "status", status=503, times=None, path="deployment_runs"
    )
    with pytest.raises(ArgumentTypeError):
        fault("status")


@pytest.mark.parametrize(("text", "meant"), [("1", 1), ("2", 2), ("mixed", "mixed")])
def test_a_generation_is_a_number_or_mixed(text: str, meant: Generation) -> None:
    assert generation(text) == meant
