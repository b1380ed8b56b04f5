"""The same files, read by the programs that they are for, and the server as shut in as they say.

Needs Debian's packages: apt install prometheus nginx-light bubblewrap systemd openssl
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from ruamel.yaml import YAML

from tests.config.deploy.test_files import DEPLOY, PANELS, ROOT
from tests.waiting import PATIENCE, wait_for

pytestmark = pytest.mark.deploy


def run(*command: Any, folder: Path = ROOT) -> str:
    """What a program prints; it fails the test where it fails."""
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=outer(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def outer() -> dict[str, str]:
    """The environment, without the settings of tests."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


@pytest.fixture(scope="module")
def collected() -> None:
    """The files that pages need, where a server looks for them."""
    run(sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def started(command: list[str], log: Path, **environment: str) -> Iterator[None]:
    """A program of a group of its own, ended afterwards."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=outer() | environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def answers(url: str) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            with urlopen(url, timeout=5) as response:  # noqa: S310 - our own server
                return bool(response.status == 200)
        except OSError:
            return False

    return asked


def test_prometheus_reads_the_rules_and_each_fires_when_it_should(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "prometheus" / "alerts.yaml", tmp_path)
    shutil.copy(Path(__file__).with_name("alerts_test.yaml"), tmp_path)
    assert "SUCCESS" in run("promtool", "check", "rules", "--lint-fatal", "alerts.yaml", folder=tmp_path)
    run("promtool", "test", "rules", "alerts_test.yaml", folder=tmp_path)


def test_prometheus_reads_what_grafana_asks_it(tmp_path: Path) -> None:
    asked = [target["expr"].replace("$account", ".*") for panel in PANELS for target in panel["targets"]]
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(asked)]
    with (tmp_path / "panels.yaml").open("w", encoding="utf-8") as file:
        YAML().dump({"groups": [{"name": "panels", "rules": rules}]}, file)
    assert f"{len(asked)} rules found" in run("promtool", "check", "rules", "panels.yaml", folder=tmp_path)


def test_systemd_reads_the_unit_and_finds_it_shut_in(tmp_path: Path) -> None:
    unit = tmp_path / "qoder-dashboard.service"
    text = (DEPLOY / unit.name).read_text("utf-8")
    unit.write_text(text.replace("/opt/qoder-dashboard/.venv/bin/gunicorn", sys.executable), "utf-8")
    assert run("systemd-analyze", "verify", unit) == ""
    overall = run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    assert re.search(r"Overall exposure level .*: [01]\.\d OK", overall)


@pytest.mark.usefixtures("collected")
def test_behind_the_proxy_the_site_is_reached_by_tls_alone(tmp_path: Path) -> None:
    site, plain, secure = free_port(), free_port(), free_port()
    (tmp_path / "tls").mkdir()
    key, certificate = tmp_path / "tls" / "key.pem", tmp_path / "tls" / "cert.pem"
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    run("openssl", "req", *made, *names, "-keyout", key, "-out", certificate)
    text = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/tmp/", f"{tmp_path}/")  # noqa: S108
    for ours, here in (("dashboard:8000", site), ("listen 8080", plain), ("listen 8443", secure)):
        assert ours in text
        before = "listen " if ours.startswith("listen") else ""
        text = text.replace(ours, f"{before}127.0.0.1:{here}")
    conf = tmp_path / "nginx.conf"
    conf.write_text(text, "utf-8")
    run("nginx", "-t", "-c", conf)
    server = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
    environment = {
        "PORT": str(site),
        "DATABASE_URL": f"sqlite:///{tmp_path}/mirror.sqlite3",
        "SECRET_KEY": "only-for-tests",
        "TRUSTED_PROXY": "127.0.0.1",
        "ALLOWED_HOSTS": "localhost",
        "CSRF_TRUSTED_ORIGINS": f"https://localhost:{secure}",
    }
    with (
        started(server, tmp_path / "log", **environment),
        started(["nginx", "-c", str(conf)], tmp_path / "proxy-log"),
    ):
        wait_for(answers(f"http://127.0.0.1:{site}/livez"))
        trusted = ssl.create_default_context(cafile=str(certificate))
        connection = HTTPSConnection("localhost", secure, context=trusted, timeout=PATIENCE)
        connection.request("GET", "/runs/", headers={"X-Forwarded-Proto": "http", "X-Forwarded-User": "me"})
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Location")) == (302, "/sign-in/?next=/runs/")
        assert answer.getheader("Strict-Transport-Security")
        answer.read()
        connection.request("GET", "/sign-in/")
        answer = connection.getresponse()
        assert answer.status == 200
        assert "; Secure" in str(answer.getheader("Set-Cookie"))
        connection.close()


@pytest.mark.usefixtures("collected")
def test_it_serves_from_a_root_it_cannot_write_without_a_capability(tmp_path: Path) -> None:
    """As compose and the unit shut it in: it writes its var and a temporary folder, and nothing else."""
    port, var = free_port(), tmp_path / "var"
    var.mkdir()
    (ROOT / "var").mkdir(exist_ok=True)
    shut_in = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]  # noqa: S108
    shut_in += [
        "--bind",
        str(var),
        str(ROOT / "var"),
        "--cap-drop",
        "ALL",
        "--unshare-pid",
        "--die-with-parent",
    ]
    shut_in += [
        "setpriv",
        "--no-new-privs",
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "config/gunicorn.py",
    ]
    environment = {"PORT": str(port), "DASHBOARD_AUTH": "none", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"DATABASE_URL": f"sqlite:///{ROOT}/var/mirror.sqlite3", "SYNC_INTERVAL": "1"}
    log = tmp_path / "log"
    with started(shut_in, log, **environment):
        wait_for(answers(f"http://127.0.0.1:{port}/readyz"))
        wait_for(answers(f"http://127.0.0.1:{port}/healthz"))  # it has been read in full, so the sync writes
    assert "Read-only" not in log.read_text("utf-8")
    assert {file.name for file in var.iterdir()} >= {"mirror.sqlite3", "secret-key"}
