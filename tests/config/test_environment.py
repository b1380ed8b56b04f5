"""The readers of the environment: what each accepts, and how it refuses the rest."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

Reader = Callable[[str], Any]


def seconds(name: str) -> float:
    return environment.number(name, 10, least=1, most=60)


def port(name: str) -> int:
    return environment.whole_number(name, 8000, least=1, most=65_535)


def console(name: str) -> str:
    return environment.web_address(name, "https://a.example", optional=True)


def host(name: str) -> str:
    return environment.host(name, "localhost")


def header(name: str) -> str:
    return environment.header(name, "X-User")


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (environment.text, " a ", "a"),
        (environment.names, "a, b,,", ["a", "b"]),
        (seconds, "2.5", 2.5),
        (port, "65535", 65_535),
        (console, "", ""),
        (console, "http://b.example/c", "http://b.example/c"),
        (environment.secure_address, "https://a.example", "https://a.example"),
        (environment.secure_address, "http://localhost:9000", "http://localhost:9000"),
        (environment.origins, "https://a.example,http://b:81", ["https://a.example", "http://b:81"]),
        (environment.origins, "https://*.example", ["https://*.example"]),
        (environment.host_names, "a.example,.b.example,*,[::1]", ["a.example", ".b.example", "*", "[::1]"]),
        (host, "0.0.0.0", "0.0.0.0"),  # noqa: S104
        (host, "::", "[::]"),
        (environment.networks, " 2001:db8::1 , 10.0.0.0/8", "2001:db8::1,10.0.0.0/8"),
        (header, "Remote-User", "Remote-User"),
    ],
)
def test_a_reader_accepts(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, value: str, expected: object
) -> None:
    monkeypatch.setenv("SOME_NAME", value)
    assert reader("SOME_NAME") == expected


@pytest.mark.parametrize(
    ("reader", "values"),
    [
        (seconds, ["", "abc", "0.9", "61", "nan", "inf", "1e99"]),
        (port, ["", "abc", "0", "-1", "8000.5", "65536", "٣", "9" * 5000]),
        (console, ["a.example", "https://a b"]),
        (environment.secure_address, ["http://a.example", "https://", "http://localhost.a.example"]),
        (environment.origins, ["a.example", "https://a.example/", "https://a.example,b", "https://*"]),
        (environment.host_names, ["https://a.example", "a.example:8000", "a b", "a.example/"]),
        (host, ["", "127.0.0.1:80", "[::1]:80", "http://a", "unix:/a", "a b", "-a", "[127.0.0.1]"]),
        (environment.networks, ["localhost", "192.0.2.1/24", "192.0.2.1 192.0.2.2", "192.0.2.1:80", "::1,x"]),
        (header, ["", "X User", "X-User:", "X_User"]),
    ],
)
def test_a_reader_refuses(monkeypatch: pytest.MonkeyPatch, reader: Reader, values: list[str]) -> None:
    for value in values:
        monkeypatch.setenv("SOME_NAME", value)
        with pytest.raises(ImproperlyConfigured, match=r"^SOME_NAME (has to|lists) "):
            reader("SOME_NAME")


@pytest.mark.parametrize(
    "value", ["agents", "/a b", "/a/../b", "//agents", "/agents?x", "https://host/agents", "/%61"]
)
def test_a_sub_path_is_a_plain_path(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SUB_PATH", value)
    with pytest.raises(ImproperlyConfigured, match=r"^SUB_PATH has to be a path .* such as /agents; it is"):
        environment.sub_path("SUB_PATH")


def test_an_unset_name_gives_the_default() -> None:
    assert (seconds("UNSET"), port("UNSET"), host("UNSET"), header("UNSET")) == (
        *(10, 8000),
        *("localhost", "X-User"),
    )
    assert environment.networks("UNSET") == environment.secure_address("UNSET") == ""


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_NAME_FILE", str(tmp_path / "value"))
    with pytest.raises(ImproperlyConfigured, match=r"^SOME_NAME_FILE names a file .* cannot be read"):
        environment.text("SOME_NAME")
    (tmp_path / "value").write_text("from a file\n", "ascii")
    assert environment.text("SOME_NAME") == "from a file"
    (tmp_path / "value").write_bytes(b"\xff")
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        environment.text("SOME_NAME")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("sqlite:////proc/nowhere/file", "needs the folder /proc/nowhere, which cannot be made: "),
        (
            "postgres://user:secret@host/name",
            "names a PostgreSQL server, which needs the extra: pip",
        ),
        ("postgres://user:secret@host", "has to be sqlite:"),
        ("mysql://user:secret@host/name", "has to be sqlite:"),
        ("nothing", "has to be sqlite:"),
        ("", "has to be sqlite:"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str, sentence: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("DATABASE_URL", value)
    with pytest.raises(ImproperlyConfigured, match=f"^DATABASE_URL {sentence}") as refusal:
        environment.database("DATABASE_URL", tmp_path / "file")
    assert "secret" not in str(refusal.value)


def mode(file: Path) -> str:
    return oct(file.stat().st_mode & 0o777)


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
def test_a_database_file_is_read_by_its_owner_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, umask: int
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    before = os.umask(umask)
    try:
        environment.database("DATABASE_URL", tmp_path / "mirror")
        with closing(sqlite3.connect(tmp_path / "mirror")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE kept (x)")
            assert [mode(file) for file in sorted(tmp_path.iterdir())] == ["0o600"] * 3
    finally:
        os.umask(before)


def test_a_database_file_that_others_could_read_until_now_is_closed_to_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name in ("mirror", "mirror-wal", "mirror-shm", "neighbour"):
        (tmp_path / name).touch(mode=0o644)
        (tmp_path / name).chmod(0o644)
    environment.database("DATABASE_URL", tmp_path / "mirror")
    modes = {file.name: mode(file) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("mirror", "mirror-wal", "mirror-shm"), "0o600") | {"neighbour": "0o644"}


def test_a_database_file_that_is_somebody_elses_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "mirror").touch()
    monkeypatch.setattr(Path, "chmod", refuse)
    assert environment.database("DATABASE_URL", tmp_path / "mirror")["NAME"] == str(tmp_path / "mirror")


def test_the_folder_of_a_database_file_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings = environment.database("DATABASE_URL", tmp_path / "new" / "file")
    assert settings["NAME"] == str(tmp_path / "new" / "file")
    assert (tmp_path / "new").is_dir()


def test_mail_is_kept_as_files_until_a_server_is_named(tmp_path: Path) -> None:
    assert environment.mail("GIVEN", tmp_path)["EMAIL_FILE_PATH"] == tmp_path


def test_a_mail_server_is_named_by_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIVEN", "submission://user:secret@mail.example")
    read = environment.mail("GIVEN", tmp_path)
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"], read["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
    assert (read["EMAIL_HOST_USER"], read["EMAIL_HOST_PASSWORD"]) == ("user", "secret")


@pytest.mark.parametrize(
    "given", ["mail.example", "http://mail.example", "smtp://", "console://", "smtp://x:y"]
)
def test_what_names_no_mail_server_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    monkeypatch.setenv("GIVEN", given)
    with pytest.raises(ImproperlyConfigured, match="GIVEN has to be an address such as submission"):
        environment.mail("GIVEN", tmp_path)
