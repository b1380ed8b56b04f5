"""The accounts that are shown, and where their tokens come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.services.cloud import accounts
from dashboard.services.cloud.accounts import Account, AccountsError

API, CONSOLE = "https://api.qoder.com/api/v1/cloud", "https://qoder.com/cloud"
TOKEN = "pt-0123456789abcdef"


def from_text(tmp_path: Path, text: str) -> tuple[Account, ...]:
    file = tmp_path / "accounts.toml"
    file.write_text(text, "utf-8")
    return accounts.from_file(file, api_url=API, console_url=CONSOLE)


def test_an_entry_takes_the_addresses_of_the_settings_and_its_own_token(tmp_path: Path) -> None:
    (result,) = from_text(tmp_path, f'[accounts.night]\npat = "{TOKEN}"')
    assert (result.name, result.api_url, result.console_url) == ("night", API, CONSOLE)
    assert (result.token_from, result.read_token()) == ("night: pat", TOKEN)
    assert not result.simulated


def test_an_entrys_own_addresses_win(tmp_path: Path) -> None:
    text = f'[accounts.cn]\npat = "{TOKEN}"\napi_url = "http://cn.example/api/"\nconsole_url = ""'
    (result,) = from_text(tmp_path, text)
    assert (result.api_url, result.console_url) == ("http://cn.example/api", "")


def test_accounts_keep_the_order_of_the_file(tmp_path: Path) -> None:
    result = from_text(tmp_path, '[accounts.b]\npat = "number-one-0"\n[accounts.a]\npat = "number-two-0"')
    assert [account.name for account in result] == ["b", "a"]
    assert [account.read_token() for account in result] == ["number-one-0", "number-two-0"]


def test_a_token_file_lies_beside_the_accounts_file_and_is_read_anew(tmp_path: Path) -> None:
    (result,) = from_text(tmp_path, '[accounts.night]\npat_file = "token"\npat = "unused"')
    assert result.token_from == "night: pat_file"
    assert result.token_file == tmp_path / "token"
    assert result.read_token() == ""
    (tmp_path / "token").write_text(f" {TOKEN}\n", "utf-8")
    assert result.read_token() == TOKEN
    (tmp_path / "token").write_text("another", "utf-8")
    assert result.read_token() == "another"


def test_a_token_file_that_cannot_be_read_gives_no_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe\xff")
    assert accounts.token_file(tmp_path / "token")() == ""
    assert accounts.token_file(tmp_path)() == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no account: write"),
        ("accounts = 5", "names no account: write"),
        ("[accounts]", "names no account: write"),
        ("not toml", "cannot be read"),
        ("[accounts.a]", "'a' of .* has neither pat nor pat_file"),
        ('[accounts.a]\npat = "x"', "a: pat is no token: it has fewer than 12 characters"),
        ("[accounts]\na = 5", "'a' of .* is not a table, or has a reserved name"),
        (f'[accounts.demonstration]\npat = "{TOKEN}"', "'demonstration' of .* reserved name"),
        (
            f'[accounts.a]\npat = "{TOKEN}"\napi_url = "ftp://a"',
            "account 'a': api_url has to begin with https",
        ),
        (f'[accounts.a]\npat = "{TOKEN}"\napi_url = ""', "account 'a': api_url has to begin with"),
        (
            f'[accounts.a]\npat = "{TOKEN}"\nconsole_url = "a.example"',
            "account 'a': console_url has to begin",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(AccountsError, match=words):
        from_text(tmp_path, text)


def test_a_file_that_is_missing_or_no_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match=r"QODER_ACCOUNTS_FILE .*missing.* cannot be read"):
        accounts.from_file(tmp_path / "missing", api_url=API, console_url=CONSOLE)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(AccountsError, match="cannot be read"):
        accounts.from_file(tmp_path / "bytes", api_url=API, console_url=CONSOLE)


@pytest.mark.parametrize(
    ("url", "expected"),
    [(CONSOLE, CONSOLE), (f"{API}///", API), ("http://127.0.0.1:8000/", "http://127.0.0.1:8000")],
)
def test_an_address_loses_the_slash_at_its_end(url: str, expected: str) -> None:
    account = accounts.account("a", url, url, "QODER_PAT", lambda: TOKEN)
    assert (account.api_url, account.console_url) == (expected, expected)


def test_an_address_that_is_not_of_the_web_is_refused() -> None:
    for name, pair in {
        "api_url": ("a.example/b", CONSOLE),
        "console_url": (API, "javascript:alert(1)"),
    }.items():
        with pytest.raises(AccountsError, match=f"account 'a': {name} has to begin with https://"):
            accounts.account("a", *pair, "QODER_PAT", lambda: TOKEN)


def test_the_demonstration_is_kept_apart_by_its_name() -> None:
    demonstration = accounts.demonstration()
    assert (demonstration.name, demonstration.simulated) == (accounts.DEMONSTRATION, True)
    assert demonstration.read_token() == ""


def test_an_account_never_shows_its_token() -> None:
    made_account = accounts.account("a", API, CONSOLE, "QODER_PAT", lambda: TOKEN)
    assert TOKEN not in repr(made_account)
    assert "read_token" not in repr(made_account)


@pytest.mark.parametrize(
    ("console", "session", "expected"),
    [
        (CONSOLE, "sess_a", f"{CONSOLE}/sessions/sess_a"),
        (CONSOLE, "", ""),
        (CONSOLE, None, ""),
        ("", "sess_a", ""),
    ],
)
def test_a_session_has_a_link_where_there_is_one_to_give(
    console: str, session: str | None, expected: str
) -> None:
    made_account = accounts.account("a", API, console, "QODER_PAT", lambda: TOKEN)
    assert made_account.session_url(session) == expected


@pytest.mark.parametrize("session", ["../../pat-keys", "a/b", "a?b", "a#b", 'a"b'])
def test_a_session_id_stays_one_step_of_the_address(session: str) -> None:
    url = accounts.account("a", API, CONSOLE, "QODER_PAT", lambda: TOKEN).session_url(session)
    assert url.startswith(f"{CONSOLE}/sessions/")
    assert not set('/?#"') & set(url.removeprefix(f"{CONSOLE}/sessions/"))


def test_a_file_that_holds_no_token_is_refused_and_an_empty_one_may_be_filled_later(tmp_path: Path) -> None:
    file = tmp_path / "token"
    read = accounts.token_file(file)
    for content in ("", " \n"):
        file.write_text(content, "ascii")
        assert accounts.account("a", API, CONSOLE, "QODER_PAT_FILE", read).read_token() == ""
    file.write_text("eleven-long\n", "ascii")
    with pytest.raises(AccountsError, match="QODER_PAT_FILE is no token: it has fewer than 12 characters"):
        accounts.account("a", API, CONSOLE, "QODER_PAT_FILE", read)
