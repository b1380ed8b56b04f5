"""Readers of the environment: each gives a value that can work, or refuses it in one sentence with its name.

Every setting can be set by the environment variable of its name, or by a file that `NAME_FILE` names.
Space around a value is no part of it. All readers raise ImproperlyConfigured.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import re
import stat
import zoneinfo
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import dj_email_url
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

from dashboard.domain import metadata, web_addresses

LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")  # hosts that only this machine reaches
_ENV = FileAwareEnv(strip_whitespace=True)
_HOST_NAME = re.compile(r"(?!-)[\w-]+(\.[\w-]+)*\.?")
_SUB_PATH = re.compile(r"(/[A-Za-z0-9_-]+)+")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
_SECRET_FILES = (
    "QODER_ACCOUNTS_FILE",
    "QODER_PAT_FILE",
    "SECRET_KEY_FILE",
    "OIDC_CLIENT_SECRET_FILE",
    "EMAIL_URL_FILE",
)
_MOST_KEYS = 10
_OWNER_ALONE = 0o600
_LOOPBACK_HTTP = ("http://127.0.0.1:", "http://localhost:")


def refuse(name: str, why: str) -> NoReturn:
    """End the start with a sentence about a setting."""
    raise ImproperlyConfigured(f"{name} {why}")


def text(name: str, default: str = "") -> str:
    """Any text."""
    try:
        return _ENV.str(name, default).strip()
    except (OSError, ValueError) as error:
        refuse(f"{name}_FILE", f"names a file that cannot be read: {error.__cause__ or error}")


def secret_files() -> list[tuple[str, Path]]:
    """The files of secrets that settings name, with the name of each; those that are there."""
    named = ((name, Path(os.environ.get(name, ""))) for name in _SECRET_FILES)
    return [(name, file) for name, file in named if file.is_file()]


def names(name: str) -> list[str]:
    """A list whose items are separated by commas; an empty item is none."""
    return [item.strip() for item in text(name).split(",") if item.strip()]


def number(name: str, default: float, *, least: float, most: float) -> float:
    """A number within bounds, both included."""
    given = text(name, str(default))
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        refuse(name, f"has to be a number from {least:g} to {most:g}; it is {given!r}")
    return value


def whole_number(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within bounds, both included."""
    given = text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", given) or not least <= int(given) <= most:
        refuse(name, f"has to be a whole number from {least} to {most}; it is {given!r}")
    return int(given)


def choice(name: str, *choices: str) -> str:
    """One of a few words; the first is the default."""
    given = text(name, choices[0])
    if given not in choices:
        *others, last = map(repr, choices)
        refuse(name, f"has to be {', '.join(others)} or {last}; it is {given!r}")
    return given


def web_address(name: str, default: str = "", *, optional: bool = False) -> str:
    """An http or https address; an optional one may be empty."""
    given = text(name, default)
    if (given or not optional) and (why := web_addresses.complaint(given)):
        refuse(name, why)
    return given


def secure_address(name: str) -> str:
    """An https address, or one on this machine; empty where it is not set."""
    given = web_address(name, optional=True)
    if given and not given.startswith(("https://", *_LOOPBACK_HTTP)):
        refuse(name, f"has to begin with https://; it is {given!r}")
    return given


def origins(name: str) -> list[str]:
    """A list of origins, `https://dashboard.example`: a scheme and a host, no path."""
    given = names(name)
    for origin in given:
        # Django lets a star stand for the first part of a host.
        if web_addresses.complaint(origin.replace("://*.", "://")) or origin.count("/") != 2:
            refuse(
                name, f"lists origins such as https://dashboard.example, without a path; {origin!r} is none"
            )
    return given


def host_names(name: str) -> list[str]:
    """A list of the host names under which the site is asked for: no scheme, no port; `*` for any."""
    given = names(name)
    for host in given:
        if host != "*" and not is_host(host.removeprefix(".")):
            refuse(name, f"lists host names without a scheme or a port; {host!r} is none")
    return given


def host(name: str, default: str) -> str:
    """A host name or an IP address, without a port; one of IPv6 in brackets, given so or not."""
    given = text(name, default)
    if not is_host(given):
        refuse(name, f"has to be a host name or an address without a port; it is {given!r}")
    return f"[{given}]" if ":" in given and not given.startswith("[") else given


def is_host(given: str) -> bool:
    """Whether a text is a host name or an IP address."""
    return _is_ip(re.sub(r"^\[(.*:.*)\]$", r"\1", given)) or bool(_HOST_NAME.fullmatch(given))


def networks(name: str) -> str:
    """IP addresses and networks, as `192.0.2.1,10.0.0.0/8`; empty where it is not set."""
    given = names(name)
    for network in given:
        try:
            ip_network(network)
        except ValueError:
            refuse(
                name, f"lists IP addresses and networks, such as 192.0.2.1,10.0.0.0/8; {network!r} is none"
            )
    return ",".join(given)


def metadata_keys(name: str, default: str) -> tuple[str, ...]:
    """Keys of a deployment's metadata, each once: letters, digits, `-`, `_` and `.`, ten at most."""
    given = tuple(dict.fromkeys(names(name) or filter(None, default.split(","))))
    if len(given) > _MOST_KEYS:
        refuse(name, f"lists {len(given)} keys; at most {_MOST_KEYS} can be used")
    for key in given:
        if not metadata.is_key(key):
            refuse(name, f"lists keys of at most 40 letters, digits, '-', '_' and '.'; {key!r} is none")
    if len({metadata.label_name(key) for key in given}) < len(given):
        refuse(name, "lists keys that would be one label of a metric: '-', '.' and '_' count as the same")
    return given


def mail(name: str, folder: Path) -> dict[str, Any]:
    """Django's settings of mail, from `submission://user:password@host` or `smtp://host:25`.

    folder: where mails are kept as files instead, where it is not set
    """
    given = text(name)
    if not given:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
        }
    wrong = "has to be an address such as submission://user:password@host, or smtp://host:25 without TLS"
    try:
        parts, read = urlsplit(given), dj_email_url.parse(given)
    except (KeyError, ValueError):
        refuse(name, wrong)
    if parts.scheme not in ("smtp", "submission") or not parts.hostname:
        refuse(name, wrong)
    return {key: value for key, value in read.items() if value is not None}


def _is_ip(given: str) -> bool:
    try:
        ip_address(given)
    except ValueError:
        return False
    return True


def sub_path(name: str) -> str:
    """A path that a site is served under, such as `/agents`, without a slash at its end; empty for none."""
    given = text(name).rstrip("/")
    if given and not _SUB_PATH.fullmatch(given):
        refuse(name, f"has to be a path of letters, digits, '-' and '_', such as /agents; it is {given!r}")
    return given


def header(name: str, default: str) -> str:
    """The name of an HTTP header."""
    given = text(name, default)
    if not _HEADER_NAME.fullmatch(given):
        refuse(name, f"has to be the name of a header, such as {default}; it is {given!r}")
    return given


def time_zone(name: str, default: str) -> str:
    """The name of a time zone."""
    given = text(name, default)
    if given not in zoneinfo.available_timezones():
        refuse(name, f"has to be the name of a zone, such as Europe/Berlin; it is {given!r}")
    return given


def database(name: str, default: Path) -> dict[str, Any]:
    """Django's settings of a database: SQLite, its folder made, or PostgreSQL, its driver installed.

    A value that is refused is not shown: it may hold a password.
    """
    try:
        settings = dict(_ENV.dj_db_url(name, f"sqlite:///{default}"))
    except (EnvError, ValueError):
        settings = {}
    if settings.get("ENGINE") not in _ENGINES or not settings.get("NAME"):
        refuse(name, "has to be sqlite:////path/to/file or postgres://user:password@host/name")
    if settings["ENGINE"] == _ENGINES[0]:
        file = Path(settings["NAME"])
        make_folder(name, file.parent)
        keep_from_others(file)
    elif not any(map(importlib.util.find_spec, ("psycopg", "psycopg2"))):
        refuse(name, "names a PostgreSQL server, which needs the extra: pip install 'psycopg[binary]~=3.3'")
    return settings


def make_folder(name: str, folder: Path) -> None:
    """Make a folder that a setting needs, where it is not there yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(name, f"needs the folder {folder}, which cannot be made: {error.strerror}")


def keep_from_others(file: Path) -> None:
    """Let a database file of SQLite, made where it is not there yet, be read by its owner alone.

    The files beside it take over its mode. Somebody else's file stays as it is: it is theirs to guard.
    """
    with contextlib.suppress(OSError):
        file.touch(mode=_OWNER_ALONE)
        for part in (file, *(Path(f"{file}{ending}") for ending in ("-wal", "-shm"))):
            if part.exists() and is_open_to_others(part):
                part.chmod(_OWNER_ALONE)


def is_open_to_others(file: Path) -> bool:
    """Whether others than its owner may read a file."""
    return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
