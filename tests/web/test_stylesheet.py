"""One stylesheet out of many files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import resolve

from dashboard.web import stylesheet


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """The sheet is put together once per process; here once per test."""
    stylesheet.sheet.cache_clear()
    yield
    stylesheet.sheet.cache_clear()


def site(tmp_path: Path, order: str, **files: str) -> None:
    folder = tmp_path / "static" / "css"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.order").write_text(order, "utf-8")
    for name, text in files.items():
        (folder / f"{name}.css").write_text(text, "utf-8")


def test_the_files_stand_in_the_order_that_is_written_down(tmp_path: Path, settings: object) -> None:
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined] # the fixture takes any setting
    site(tmp_path, "b.css\na.css\n", a=".a {}", b=".b {}", c=".c {}")
    assert stylesheet.sheet()[0] == ".b {}\n.a {}"


def test_another_text_has_another_name_and_the_same_text_the_same(tmp_path: Path, settings: object) -> None:
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined] # the fixture takes any setting
    names = []
    for text in ("one", "two", "one"):
        site(tmp_path, "a.css", a=text)
        stylesheet.sheet.cache_clear()
        names.append(stylesheet.sheet()[1])
    assert names[0] == names[2] != names[1]
    assert re.fullmatch(r"[0-9a-f]{12}", names[0])


def test_the_sheet_holds_every_component_of_the_site() -> None:
    text, _ = stylesheet.sheet()
    for file in (settings.BASE_DIR / "static" / "css").glob("*.css"):
        assert file.read_text("utf-8") in text


def test_its_address_leads_to_it() -> None:
    text, name = stylesheet.sheet()
    match = resolve(stylesheet.url())
    assert match.kwargs == {"version": name} or match.args == (name,)
    answer = match.func(RequestFactory().get(stylesheet.url()), name)
    assert answer.content.decode() == text
