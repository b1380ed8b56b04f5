"""The accounts whose deployments are shown, and where the token of each is read from.

An account is what one personal access token (PAT) can see. The token itself is read only when the
sync asks for it, so it never sits in Django's settings, where an error page could print it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dashboard.domain import web_addresses
from dashboard.domain.tokens import SHORTEST

DEMONSTRATION = "demonstration"


class AccountsError(ValueError):
    """The accounts file cannot be used; the message says which entry and what to do."""


PastPromise = tuple[str, datetime, datetime | None]  # id of the deployment, when, and moved to when


@dataclass(frozen=True)
class Account:
    """One account of the API.

    name: what the pages call it; also the `account` of every row kept for it
    api_url: where its two lists are, without a slash at the end
    console_url: where its sessions can be opened; empty for no links
    token_from: says where the token is set ("QODER_PAT"), never the token
    read_token: gives the token, anew each time, so that a replaced file is noticed
    promised: what was promised between two instants, one deployment after the other, before it was first
        read; only the demonstration can say
    token_file: the file that an accounts file names for it; None where it names none
    """

    name: str
    api_url: str
    console_url: str
    token_from: str
    read_token: Callable[[], str] = field(repr=False)
    promised: Callable[[datetime, datetime], Iterable[PastPromise]] | None = field(default=None, repr=False)
    token_file: Path | None = None

    @property
    def simulated(self) -> bool:
        """Whether this is the demonstration, served by our own stand-in API."""
        return self.name == DEMONSTRATION

    def session_url(self, session_id: str | None) -> str:
        """The console's page of a session; empty when there is none or links are off."""
        if not session_id or not self.console_url:
            return ""
        return f"{self.console_url}/sessions/{quote(session_id, safe='')}"


def demonstration() -> Account:
    """The account that is shown when no token is configured."""
    return Account(DEMONSTRATION, "", "", "the stand-in API", lambda: "")


def account(
    name: str,
    api_url: str,
    console_url: str,
    token_from: str,
    read: Callable[[], str],
    file: Path | None = None,
) -> Account:
    """An account, its addresses checked and without a slash at the end; that of the console may be empty.

    Raises AccountsError for an address that cannot be used, and for a text too short to be a token; a file
    that holds nothing yet may be filled later.
    """
    api = _checked_url(api_url, f"account {name!r}: api_url")
    console = console_url and _checked_url(console_url, f"account {name!r}: console_url")
    if 0 < len(read()) < SHORTEST:
        raise AccountsError(f"{token_from} is no token: it has fewer than {SHORTEST} characters")
    return Account(name, api, console, token_from, read, token_file=file)


def from_file(path: Path, *, api_url: str, console_url: str) -> tuple[Account, ...]:
    """The accounts of a TOML file, one table each: `[accounts.NAME]` with `pat` or `pat_file`.

    `api_url` and `console_url` of a table win over the ones given here.
    Raises AccountsError when the file cannot be read or an entry lacks its token.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("accounts", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AccountsError(f"QODER_ACCOUNTS_FILE {path} cannot be read: {error}") from error
    if not isinstance(tables, dict) or not tables:
        raise AccountsError(f"QODER_ACCOUNTS_FILE {path} names no account: write [accounts.NAME]")
    return tuple(_from_table(name, table, path, api_url, console_url) for name, table in tables.items())


def _from_table(name: str, table: Any, path: Path, api_url: str, console_url: str) -> Account:
    if name == DEMONSTRATION or not isinstance(table, dict):
        raise AccountsError(f"account {name!r} of {path} is not a table, or has a reserved name")
    console = str(table.get("console_url", console_url))
    file = path.parent / str(table["pat_file"]) if "pat_file" in table else None
    if file:
        source, read = f"{name}: pat_file", token_file(file)
    elif "pat" in table:
        source, read = f"{name}: pat", _constant(str(table["pat"]))
    else:
        raise AccountsError(f"account {name!r} of {path} has neither pat nor pat_file")
    return account(name, str(table.get("api_url", api_url)), console, source, read, file)


def token_file(path: Path) -> Callable[[], str]:
    """A reader of the token kept in a file: read anew each time, empty when it cannot be."""

    def read() -> str:
        try:
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    return read


def _constant(token: str) -> Callable[[], str]:
    return lambda: token


def _checked_url(url: str, subject: str) -> str:
    if why := web_addresses.complaint(url):
        raise AccountsError(f"{subject} {why}")
    return url.rstrip("/")
