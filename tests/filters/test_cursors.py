"""Places in a list, as one opaque word of the URL."""

from __future__ import annotations

import base64
import json
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import cursors
from dashboard.filters.cursors import NO_PLACE, Cursor
from dashboard.filters.timespans import Unusable

AT = datetime(2026, 6, 16, 9, 42, 3, 141592, tzinfo=UTC)
KINDS = (datetime, str, int)
PLACE = Cursor("-triggered_at", False, (AT, "drun_a", 7))


def written(value: Any) -> str:
    """Any JSON value in the clothes of a cursor."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("backwards", [False, True])
def test_a_cursor_is_read_back_as_it_was_written(backwards: bool) -> None:
    place = Cursor("-triggered_at", backwards, PLACE.values)
    assert cursors.parse(str(place), "-triggered_at", KINDS) == place


def test_a_row_without_a_value_has_a_place_too() -> None:
    place = Cursor("name", False, (None, "dep_a", None))
    assert cursors.parse(str(place), "name", KINDS) == place


instants = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
numbers = st.integers(1 - 2**63, 2**63 - 1)


@given(instants, texts, numbers, st.booleans())
def test_every_place_survives_the_way_through_a_url(at: datetime, text: str, n: int, backwards: bool) -> None:
    place = Cursor("-name", backwards, (at, text, n))
    word = str(place)
    assert set(word) <= set(string.ascii_letters + string.digits + "-_")
    assert cursors.parse(word, "-name", KINDS) == place


@pytest.mark.parametrize(
    "name",
    [
        "n" * 256,
        "名" * 256,
        "🦜" * 256,
    ],
)
def test_the_longest_name_has_a_place(name: str) -> None:
    place = Cursor("name", False, (name, "dep_" + "0" * 32))
    assert cursors.parse(str(place), "name", (str, str)) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "!!!", "é", "bm90IGpzb24", str(PLACE)[:-3], str(PLACE) + "====x"),
        *map(written, (None, 5, "text", {}, [], {"0": "-triggered_at"})),
        written(["-triggered_at", False, AT.isoformat(), "drun_a"]),
        written(["-triggered_at", False, AT.isoformat(), "drun_a", 7, 8]),
        written(["triggered_at", False, AT.isoformat(), "drun_a", 7]),
        written(["-triggered_at", False, "yesterday", "drun_a", 7]),
        written(["-triggered_at", False, "2026-06-16T09:42:03", "drun_a", 7]),
        written(["-triggered_at", False, 5, "drun_a", 7]),
        written(["-triggered_at", False, AT.isoformat(), 5, 7]),
        written(["-triggered_at", False, AT.isoformat(), "nul\x00", 7]),
        written(["-triggered_at", False, AT.isoformat(), "drun_a", "7"]),
        written(["-triggered_at", False, AT.isoformat(), "drun_a", True]),
        written(["-triggered_at", False, AT.isoformat(), "drun_a", 1.5]),
        written(["-triggered_at", False, AT.isoformat(), "drun_a", float("nan")]),
        written(["-triggered_at", False, AT.isoformat(), "drun_a", 2**63]),
        written(["-triggered_at", False, AT.isoformat(), ["drun_a"], 7]),
        written([AT.isoformat(), *PLACE.values[1:]]),
        base64.urlsafe_b64encode(b"[" * 1400).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe{").decode(),
    ],
)
def test_what_is_no_place_in_this_list_is_unusable(text: str) -> None:
    with pytest.raises(Unusable, match=f"^{NO_PLACE}$"):
        cursors.parse(text, "-triggered_at", KINDS)


def test_nesting_deeper_than_python_reads_is_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "_LONGEST", 1_000_000)
    with pytest.raises(Unusable):
        cursors.parse(base64.urlsafe_b64encode(b"[" * 500_000).decode(), "name", KINDS)


def test_more_than_any_cursor_is_long_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Cursor("name", False, ("n" * 7000,))
    with pytest.raises(Unusable):
        cursors.parse(str(place), "name", (str,))
    monkeypatch.setattr(cursors, "_LONGEST", 16_000)
    assert cursors.parse(str(place), "name", (str,)) == place


def test_only_a_plain_true_leads_backwards() -> None:
    assert not cursors.parse(written(["name", 1, "a"]), "name", (str,)).backwards


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_a_place_or_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        cursors.parse(text, "-triggered_at", KINDS)


def test_half_a_character_is_unusable() -> None:
    with pytest.raises(Unusable):
        cursors.parse(written(["name", False, "\ud800"]), "name", (str,))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_an_instant_that_has_no_utc_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        cursors.parse(written(["name", False, text]), "name", (datetime,))


def test_a_cursor_says_instants_with_their_offset() -> None:
    at = AT.astimezone(tz=None) + timedelta(hours=1)
    cursor = cursors.parse(str(Cursor("s", False, (at,))), "s", (datetime,))
    assert cursor.values == (at,)
