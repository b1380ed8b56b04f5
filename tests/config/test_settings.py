"""Settings are read from the environment, typed and loud."""

from __future__ import annotations

import runpy
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
)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing of ours is set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def read() -> dict[str, Any]:
    """The settings, read anew."""
    return runpy.run_path(str(FILE))


def test_without_a_token_it_is_the_demonstration_in_a_file_of_its_own(bare: pytest.MonkeyPatch) -> None:
    found = read()
    assert [account.name for account in found["ACCOUNTS"]] == ["demonstration"]
    assert found["DATABASES"]["default"]["NAME"].endswith("demonstration.sqlite3")


def test_a_token_is_one_account_and_is_nowhere_in_the_settings(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("QODER_PAT", f" {TOKEN} ")
    found = read()
    (account,) = found["ACCOUNTS"]
    assert (account.read_token(), account.token_from) == (TOKEN, "QODER_PAT")
    assert found["DATABASES"]["default"]["NAME"].endswith("dashboard.sqlite3")
    assert TOKEN not in repr({name: value for name, value in found.items() if name.isupper()})


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
    ("name", "value", "told"),
    [
        ("QODER_ACCOUNTS_FILE", "/nowhere/at/all", "cannot be read"),
        ("QODER_API_URL", "ftp://x", "not an http or https address"),
        ("DASHBOARD_AUTH", "nobody", "'login', 'oidc', 'proxy' or 'none'"),
        ("TIME_ZONE", "Mars/Olympus", "not a zone name"),
    ],
)
def test_a_setting_that_cannot_be_used_says_what_to_do(
    bare: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    bare.setenv("QODER_PAT", TOKEN)
    bare.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=told):
        read()


def test_the_key_is_made_once_and_only_we_may_read_it(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setattr(Path, "resolve", lambda self: tmp_path / "config" / "settings.py")
    first, again = read()["SECRET_KEY"], read()["SECRET_KEY"]
    file = tmp_path / "var" / "secret-key"
    assert first == again == file.read_text("ascii")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_given_is_used(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("SECRET_KEY", "given")
    assert read()["SECRET_KEY"] == "given"


def test_another_database_is_taken_as_it_is_named(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DATABASE_URL", "postgres://somebody@localhost/dashboard")
    found = read()["DATABASES"]["default"]
    assert found["ENGINE"].endswith("postgresql")
    assert "init_command" not in found.get("OPTIONS", {})


def test_a_site_whose_origin_is_https_takes_no_chances(bare: pytest.MonkeyPatch) -> None:
    assert not read()["SESSION_COOKIE_SECURE"]
    bare.setenv("CSRF_TRUSTED_ORIGINS", "https://dashboard.example")
    found = read()
    assert found["SESSION_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"]
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrftoken"


def test_nobody_needs_to_sign_in_where_everybody_may_look(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DASHBOARD_AUTH", "none")
    assert not any("LoginRequired" in name for name in read()["MIDDLEWARE"])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "dashboard.example"])  # noqa: S104
def test_without_sign_in_it_listens_beyond_this_machine_only_when_told_twice(
    bare: pytest.MonkeyPatch, host: str
) -> None:
    bare.setenv("HOST", host)
    assert read()["HOST"] == host
    bare.setenv("DASHBOARD_AUTH", "none")
    with pytest.raises(ImproperlyConfigured, match="DASHBOARD_AUTH_NONE_EVERYWHERE=yes as well"):
        read()
    bare.setenv("DASHBOARD_AUTH_NONE_EVERYWHERE", "yes")
    assert read()["HOST"] == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_without_sign_in_it_listens_on_this_machine(bare: pytest.MonkeyPatch, host: str) -> None:
    bare.setenv("DASHBOARD_AUTH", "none")
    bare.setenv("HOST", host)
    assert read()["HOST"] == host


def test_a_proxy_that_signs_people_in_has_to_be_known(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DASHBOARD_AUTH", "proxy")
    with pytest.raises(ImproperlyConfigured, match="set TRUSTED_PROXY"):
        read()
    bare.setenv("TRUSTED_PROXY", "192.0.2.9")
    found = read()
    assert "dashboard.views.proxy.ProxyMiddleware" in found["MIDDLEWARE"]
    assert not any("LoginRequired" in name for name in found["MIDDLEWARE"])


OIDC = {
    "DASHBOARD_AUTH": "oidc",
    "OIDC_ISSUER": "https://sso.team.example",
    "OIDC_CLIENT_ID": "dashboard",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ALLOWED_DOMAINS": "Team.example,other.example",
}


def test_single_sign_on_says_who_may_look(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in OIDC.items():
        bare.setenv(name, value)
    found = read()
    assert found["OIDC_ALLOWED_DOMAINS"] == ["team.example", "other.example"]
    assert "dashboard.access.oidc.Backend" in found["AUTHENTICATION_BACKENDS"]
    assert not found["AXES_ENABLED"]
    bare.delenv("OIDC_CLIENT_SECRET")
    bare.setenv("OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    (tmp_path / "secret").write_text("from a file", "ascii")
    assert read()["OIDC_RP_CLIENT_SECRET"] == "from a file"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OIDC_ISSUER", "", "needs OIDC_ISSUER"),
        ("OIDC_CLIENT_ID", "", "needs OIDC_ISSUER"),
        ("OIDC_CLIENT_SECRET", "", "needs OIDC_ISSUER"),
        ("OIDC_ALLOWED_DOMAINS", "", "OIDC_ALLOWED_DOMAINS or OIDC_ALLOWED_GROUPS"),
        ("OIDC_ISSUER", "http://sso.team.example", "has to be an https address"),
    ],
)
def test_single_sign_on_that_lacks_something_says_what(
    bare: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    for key, given in (OIDC | {name: value}).items():
        bare.setenv(key, given)
    with pytest.raises(ImproperlyConfigured, match=told):
        read()


def test_single_sign_on_without_its_library_says_how_to_get_it(bare: pytest.MonkeyPatch) -> None:
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
