"""Settings are read from the environment, typed and loud."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FILE = Path(__file__).parents[2] / "config" / "settings.py"
TOKEN = "pt-only-for-tests-0123456789"
NAMES = (
    "QODER_PAT",
    "QODER_PAT_FILE",
    "QODER_ACCOUNTS_FILE",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "DATABASE_URL",
    "METADATA_KEYS",
)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing of ours is set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def read() -> dict[str, Any]:
    """The settings, read anew, their parts too."""
    for part in ("config.signing_in", "config.browser_headers"):
        sys.modules.pop(part, None)
    return runpy.run_path(str(FILE))


def test_without_a_token_it_is_the_demonstration_in_a_file_of_its_own(bare: pytest.MonkeyPatch) -> None:
    values = read()
    assert [account.name for account in values["ACCOUNTS"]] == ["demonstration"]
    assert values["DATABASES"]["default"]["NAME"].endswith("demonstration.sqlite3")
    assert values["METADATA_KEYS"] == ("team", "owner", "runbook", "tier")
    bare.setenv("METADATA_KEYS", " team , tier,,team")
    assert read()["METADATA_KEYS"] == ("team", "tier")


def test_a_token_is_one_account_and_is_nowhere_in_the_settings(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("QODER_PAT", f" {TOKEN} ")
    values = read()
    (account,) = values["ACCOUNTS"]
    assert (account.read_token(), account.token_from) == (TOKEN, "QODER_PAT")
    assert values["METADATA_KEYS"] == ()
    assert values["DATABASES"]["default"]["NAME"].endswith("dashboard.sqlite3")
    assert TOKEN not in repr({name: value for name, value in values.items() if name.isupper()})


def test_a_token_in_a_file_is_read_anew_each_time(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "pat"
    bare.setenv("QODER_PAT_FILE", str(file))
    (account,) = read()["ACCOUNTS"]
    assert account.read_token() == ""
    file.write_text(f"{TOKEN}\n", "ascii")
    assert account.read_token() == TOKEN


def test_several_accounts_come_from_a_file(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(f'[accounts.one]\npat = "{TOKEN}"\n[accounts.two]\npat_file = "two"\n', "ascii")
    bare.setenv("QODER_ACCOUNTS_FILE", str(file))
    assert [account.name for account in read()["ACCOUNTS"]] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("QODER_ACCOUNTS_FILE", "/nowhere/at/all", "QODER_ACCOUNTS_FILE /nowhere/at/all cannot be read"),
        ("QODER_PAT", "secret", "QODER_PAT is no token: it has fewer than 12 characters"),
        ("QODER_API_URL", "api.qoder.com/api", "QODER_API_URL has to begin with https://"),
        ("QODER_API_URL", "", "QODER_API_URL has to begin with https://"),
        ("QODER_CONSOLE_URL", "qoder.com/cloud", "QODER_CONSOLE_URL has to begin with https://"),
        ("SYNC_INTERVAL", "0.5", "SYNC_INTERVAL has to be a number from 1 to 86400; it is '0.5'"),
        ("METADATA_KEYS", "team,on call", "METADATA_KEYS lists keys of at most 40 letters, digits"),
        ("METADATA_KEYS", "a.b,a-b", "METADATA_KEYS lists keys that would be one label of a metric"),
        ("METADATA_KEYS", ",".join("abcdefghijk"), "METADATA_KEYS lists 11 keys; at most 10 can be used"),
        ("RUN_RETENTION_DAYS", "0", "RUN_RETENTION_DAYS has to be a whole number from 1 to 36500; it is '0'"),
        (
            "DATABASE_URL",
            "mysql://user:secret@host/name",
            "DATABASE_URL has to be sqlite:",
        ),
        ("ALLOWED_HOSTS", "https://dashboard.example", "ALLOWED_HOSTS lists host names"),
        ("CSRF_TRUSTED_ORIGINS", "dashboard.example", "CSRF_TRUSTED_ORIGINS lists origins"),
        (
            "TRUSTED_PROXY",
            "proxy.example",
            "TRUSTED_PROXY lists IP addresses and networks, such as 192.0.2.1,10.0.0.0/8;"
            " 'proxy.example' is none",
        ),
        ("DASHBOARD_AUTH", "nobody", "DASHBOARD_AUTH has to be 'login', 'oidc', 'proxy' or 'none'"),
        ("PROXY_USER_HEADER", "X-User: me", "PROXY_USER_HEADER has to be the name of a header"),
        ("OIDC_ISSUER", "http://sso.team.example", "OIDC_ISSUER has to begin with https://"),
        ("TIME_ZONE", "Mars/Olympus", "TIME_ZONE has to be the name of a zone, such as Europe/Berlin"),
        ("HOST", "127.0.0.1:8000", "HOST has to be a host name or an address without a port"),
        ("PORT", "99999", "PORT has to be a whole number from 1 to 65535; it is '99999'"),
        ("WEB_CONCURRENCY", "0", "WEB_CONCURRENCY has to be a whole number from 1 to 1000; it is '0'"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_name(
    bare: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    bare.setenv("QODER_PAT", TOKEN)
    bare.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read()
    message = str(refusal.value)
    assert message.startswith(sentence)
    assert "\n" not in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "command",
    [["manage.py", "check"], ["-m", "gunicorn", "--check-config", "--config", "config/gunicorn.py"]],
)
def test_a_start_that_is_refused_prints_one_line_and_no_traceback(command: list[str]) -> None:
    environment = os.environ | {"QODER_PAT": TOKEN, "QODER_API_URL": "api.qoder.com/api"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    ended = subprocess.run(
        [sys.executable, *command], cwd=FILE.parents[1], env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "Cannot start: QODER_API_URL has to begin with https:// or http://; it is 'api.qoder.com/api'\n"
    )


def test_the_key_is_made_once_and_only_we_may_read_it(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setattr(Path, "resolve", lambda self: tmp_path / "config" / "settings.py")
    first, again = read()["SECRET_KEY"], read()["SECRET_KEY"]
    file = tmp_path / "var" / "secret-key"
    assert first == again == file.read_text("ascii")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_cannot_be_kept_has_to_be_given(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    bare.setattr(Path, "resolve", lambda self: tmp_path / "config" / "settings.py")
    bare.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/mirror.sqlite3")
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY is not set, and none can be kept in .*var"):
        read()


def test_a_key_that_is_given_is_used(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("SECRET_KEY", "given")
    assert read()["SECRET_KEY"] == "given"


def test_another_database_is_used_as_it_is_named(bare: pytest.MonkeyPatch) -> None:
    bare.setattr("importlib.util.find_spec", lambda _: True)
    bare.setenv("DATABASE_URL", "postgres://somebody@localhost/dashboard")
    database = read()["DATABASES"]["default"]
    assert database["ENGINE"].endswith("postgresql")
    assert "init_command" not in database["OPTIONS"]


def test_postgresql_ends_what_a_stopped_host_has_begun(bare: pytest.MonkeyPatch) -> None:
    bare.setattr("importlib.util.find_spec", lambda _: True)
    bare.setenv("DATABASE_URL", "postgres://somebody@localhost/dashboard")
    options = read()["DATABASES"]["default"]["OPTIONS"]["options"]
    assert options.startswith("-c idle_in_transaction_session_timeout=10s -c lock_timeout=10s")


def test_no_process_waits_for_ever_for_postgresql(bare: pytest.MonkeyPatch) -> None:
    bare.setattr("importlib.util.find_spec", lambda _: True)
    bare.setenv("DATABASE_URL", "postgres://somebody@localhost/dashboard?connect_timeout=2&sslmode=require")
    options = read()["DATABASES"]["default"]["OPTIONS"]
    assert options["connect_timeout"] == 2
    assert options["sslmode"] == "require"
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] < 30


def test_a_site_whose_origin_is_https_sends_nothing_without_tls(bare: pytest.MonkeyPatch) -> None:
    assert not read()["SESSION_COOKIE_SECURE"]
    bare.setenv("CSRF_TRUSTED_ORIGINS", "https://dashboard.example")
    values = read()
    assert values["SESSION_COOKIE_SECURE"]
    assert values["SECURE_HSTS_SECONDS"]
    assert values["SECURE_SSL_REDIRECT"]
    assert values["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert values["CSRF_COOKIE_NAME"] == "__Host-csrftoken"


def test_a_site_under_a_sub_path_keeps_all_it_has_there(bare: pytest.MonkeyPatch) -> None:
    assert (read()["SUB_PATH"], read()["FORCE_SCRIPT_NAME"], read()["STATIC_URL"]) == ("", "", "/static/")
    bare.setenv("SUB_PATH", "/agents/")
    bare.setenv("CSRF_TRUSTED_ORIGINS", "https://dashboard.example")
    values = read()
    assert values["SUB_PATH"] == values["FORCE_SCRIPT_NAME"] == "/agents"
    assert values["STATIC_URL"] == "/agents/static/"
    assert values["SESSION_COOKIE_PATH"] == values["CSRF_COOKIE_PATH"] == "/agents/"
    assert values["SESSION_COOKIE_NAME"] == "__Secure-sessionid"  # __Host- allows no path
    assert values["SECURE_REDIRECT_EXEMPT"][0] == "^agents/livez$"


def test_nobody_needs_to_sign_in_where_everybody_may_look(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DASHBOARD_AUTH", "none")
    assert not any("LoginRequired" in name for name in read()["MIDDLEWARE"])


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "dashboard.example"])  # noqa: S104
def test_without_sign_in_listening_beyond_this_machine_is_asked_for_twice(
    bare: pytest.MonkeyPatch, host: str
) -> None:
    bare.setenv("HOST", host)
    assert read()["HOST"] == host
    bare.setenv("DASHBOARD_AUTH", "none")
    with pytest.raises(ImproperlyConfigured, match="DASHBOARD_AUTH_NONE_EVERYWHERE=yes as well"):
        read()
    bare.setenv("DASHBOARD_AUTH_NONE_EVERYWHERE", "yes")
    assert read()["HOST"] == host


@pytest.mark.parametrize(
    ("host", "listens"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("::1", "[::1]"), ("[::1]", "[::1]")],
)
def test_without_sign_in_it_listens_on_this_machine(
    bare: pytest.MonkeyPatch, host: str, listens: str
) -> None:
    bare.setenv("DASHBOARD_AUTH", "none")
    bare.setenv("HOST", host)
    assert read()["HOST"] == listens


def test_a_proxy_that_signs_people_in_has_to_be_known(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DASHBOARD_AUTH", "proxy")
    with pytest.raises(ImproperlyConfigured, match="set TRUSTED_PROXY"):
        read()
    bare.setenv("TRUSTED_PROXY", "192.0.2.9")
    values = read()
    assert "dashboard.views.proxy.ProxyMiddleware" in values["MIDDLEWARE"]
    assert not any("LoginRequired" in name for name in values["MIDDLEWARE"])


OIDC = {
    "DASHBOARD_AUTH": "oidc",
    "OIDC_ISSUER": "https://sso.team.example",
    "OIDC_CLIENT_ID": "dashboard",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ALLOWED_DOMAINS": "Team.example,other.example",
}


def test_single_sign_on_reads_who_may_look(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in OIDC.items():
        bare.setenv(name, value)
    values = read()
    assert values["OIDC_ALLOWED_DOMAINS"] == ["team.example", "other.example"]
    assert "dashboard.access.oidc.Backend" in values["AUTHENTICATION_BACKENDS"]
    assert not values["AXES_ENABLED"]
    bare.delenv("OIDC_CLIENT_SECRET")
    bare.setenv("OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    (tmp_path / "secret").write_text("from a file\n", "ascii")
    assert read()["OIDC_RP_CLIENT_SECRET"] == "from a file"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("OIDC_ISSUER", "", "needs OIDC_ISSUER"),
        ("OIDC_CLIENT_ID", "", "needs OIDC_ISSUER"),
        ("OIDC_CLIENT_SECRET", "", "needs OIDC_ISSUER"),
        ("OIDC_ALLOWED_DOMAINS", "", "OIDC_ALLOWED_DOMAINS or OIDC_ALLOWED_GROUPS"),
    ],
)
def test_single_sign_on_names_the_setting_that_is_missing(
    bare: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    for key, given in (OIDC | {name: value}).items():
        bare.setenv(key, given)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read()


def test_single_sign_on_without_its_library_names_the_extra(bare: pytest.MonkeyPatch) -> None:
    for key, given in OIDC.items():
        bare.setenv(key, given)
    bare.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ImproperlyConfigured, match="pip install mozilla-django-oidc"):
        read()


def test_loopback_is_always_an_allowed_host(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("ALLOWED_HOSTS", "dashboard.example")
    assert read()["ALLOWED_HOSTS"] == ["dashboard.example", "127.0.0.1", "localhost", "[::1]"]


def test_tests_run_with_the_shipped_settings() -> None:
    assert settings.ROOT_URLCONF == "config.urls"
