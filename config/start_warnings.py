"""What the server warns of when it starts: settings that work, and give somebody more than was meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import environment

_ENOUGH = 32  # characters of a SECRET_KEY


def unsafe(settings: Any) -> list[str]:
    """A line for each setting that gives more than was meant; none where all is well."""
    return [
        *_of_accounts(settings.ACCOUNTS),
        *_of_secrets(settings.SECRET_KEY),
        *_of_listening(settings),
        *_of_visitors(settings),
    ]


def _of_accounts(accounts: Iterable[Any]) -> Iterator[str]:
    for account in accounts:
        url = urlsplit(account.api_url)
        if url.scheme == "http" and url.hostname not in environment.LOOPBACK:
            yield f"Account {account.name}: its token travels unencrypted to {url.hostname}. Use https://."
        if account.token_file and account.token_file.is_file():
            yield from _of_file(f"Account {account.name}", account.token_file)


def _of_secrets(key: str) -> Iterator[str]:
    if len(key) < _ENOUGH:
        yield f"SECRET_KEY has fewer than {_ENOUGH} characters: sessions could be forged. Use a longer one."
    for name, file in environment.secret_files():
        yield from _of_file(name, file)


def _of_file(whose: str, file: Path) -> Iterator[str]:
    if environment.is_open_to_others(file):
        yield f"{whose}: others on this machine may read {file}. Let its owner alone read it (chmod 600)."


def _of_listening(settings: Any) -> Iterator[str]:
    if settings.HOST not in environment.LOOPBACK and not settings.TRUSTED_PROXY:
        yield (
            f"HOST={settings.HOST} listens beyond this machine, and TRUSTED_PROXY is not set: without a proxy"
            " that speaks TLS, passwords and pages travel unencrypted."
        )
    if settings.BEHIND_TLS and not settings.TRUSTED_PROXY:
        yield (
            "CSRF_TRUSTED_ORIGINS lists an https:// origin, but TRUSTED_PROXY is not set: no proxy that"
            " reports https is believed. Set it to the address that the proxy connects from."
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS=* answers under any name that somebody points here. List the names it has."


def _of_visitors(settings: Any) -> Iterator[str]:
    if settings.DASHBOARD_AUTH != "none":
        return
    yield "DASHBOARD_AUTH=none: whoever reaches this address may look."
    if public := [name for name in settings.ALLOWED_HOSTS if name not in environment.LOOPBACK]:
        yield f"DASHBOARD_AUTH=none: that includes whoever reaches it as {', '.join(public)}."
