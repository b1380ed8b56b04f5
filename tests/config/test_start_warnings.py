"""Settings that work but give somebody more than was meant: a line for each when the server starts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config import start_warnings

SAFE: dict[str, Any] = {
    "ACCOUNTS": (SimpleNamespace(name="default", api_url="https://api.example/v1", token_file=None),),
    "SECRET_KEY": "x" * 50,
    "HOST": "127.0.0.1",
    "TRUSTED_PROXY": "",
    "BEHIND_TLS": False,
    "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
    "DASHBOARD_AUTH": "login",
}


def lines(**changed: Any) -> list[str]:
    return start_warnings.unsafe(SimpleNamespace(**SAFE | changed))


def account(url: str) -> tuple[Any, ...]:
    return (SimpleNamespace(name="ours", api_url=url, token_file=None),)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"ACCOUNTS": account("http://127.0.0.1:9000/v1")},
        {"ACCOUNTS": account("http://[::1]:9000/v1")},
        {"ACCOUNTS": account("http://localhost/v1")},
        {"HOST": "0.0.0.0", "TRUSTED_PROXY": "192.0.2.1"},  # noqa: S104
        {"HOST": "[::1]"},
        {"BEHIND_TLS": True, "TRUSTED_PROXY": "10.0.0.0/8", "ALLOWED_HOSTS": ["dashboard.example"]},
    ],
)
def test_what_is_safe_is_not_warned_of(changed: dict[str, Any]) -> None:
    assert lines(**changed) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"ACCOUNTS": account("http://api.example/v1")},
            "Account ours: its token travels unencrypted to api.example",
        ),
        ({"SECRET_KEY": "short"}, "SECRET_KEY has fewer than 32 characters"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS=* answers under any name"),
        ({"HOST": "0.0.0.0"}, "HOST=0.0.0.0 listens beyond this machine"),  # noqa: S104
        ({"HOST": "[::]"}, "HOST=[::] listens beyond this machine"),
        ({"BEHIND_TLS": True}, "TRUSTED_PROXY is not set: no proxy that reports https is believed"),
        ({"DASHBOARD_AUTH": "none"}, "whoever reaches this address may look"),
    ],
)
def test_what_gives_more_than_was_meant_is_one_line(changed: dict[str, Any], expected: str) -> None:
    [line] = lines(**changed)
    assert expected in line
    assert "\n" not in line


def test_a_site_without_sign_in_behind_a_public_name_is_named() -> None:
    [_, line] = lines(DASHBOARD_AUTH="none", ALLOWED_HOSTS=["dashboard.example", "127.0.0.1"])
    assert line.endswith("reaches it as dashboard.example.")


@pytest.mark.parametrize("name", ["QODER_PAT_FILE", "SECRET_KEY_FILE", "QODER_ACCOUNTS_FILE"])
def test_a_secret_file_that_others_may_read_is_named_without_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "secret"
    file.write_text("pt-only-for-tests-1")
    monkeypatch.setenv(name, str(file))
    file.chmod(0o640)
    [line] = lines()
    assert line.startswith(f"{name}: others on this machine may read {file}.")
    assert "pt-" not in line
    file.chmod(0o600)
    assert lines() == []


def test_a_token_file_of_an_accounts_file_that_others_may_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pat"
    named = (SimpleNamespace(name="ours", api_url="https://api.example", token_file=file),)
    assert lines(ACCOUNTS=named) == []  # it may be filled later
    file.write_text("pt-only-for-tests-0123456789")
    file.chmod(0o640)
    [line] = lines(ACCOUNTS=named)
    assert line.startswith(f"Account ours: others on this machine may read {file}. Let its owner alone")
    file.chmod(0o600)
    assert lines(ACCOUNTS=named) == []
