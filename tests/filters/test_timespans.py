"""Instants and lengths of time as URLs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import timespans
from dashboard.filters.timespans import Unusable
from dashboard.web import formatting

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 16, 9, 42, 3, 250, tzinfo=BERLIN)
EXAMPLES = "use 15m, 24h, 7d, today, yesterday, a date or an ISO 8601 instant"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("1 h", timedelta(hours=1)),
        ("10 min", timedelta(minutes=10)),
        ("3 min 41 s", timedelta(seconds=221)),
        ("1h30m", timedelta(minutes=90)),
        ("4 d 3 h", timedelta(hours=99)),
        ("17.3 s", timedelta(seconds=17.3)),
        ("250 ms", timedelta(milliseconds=250)),
        ("0s", timedelta()),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_a_length_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert timespans.length(text) == expected


@given(st.integers(0, 400 * 86_400_000))
def test_a_length_is_read_as_pages_write_it(milliseconds: int) -> None:
    shown = formatting.duration_ms(milliseconds)
    assert formatting.duration(timespans.length(shown)) == shown
    assert formatting.duration(timespans.length(timespans.canonical_length(shown))) == shown


@pytest.mark.parametrize(
    ("texts", "canonical"),
    [
        (("1d", "24h", "1440m", "86400s", "1 d"), "24h"),
        (("7d", "1w", "168h"), "7d"),
        (("2d", "48h"), "2d"),
        (("36h",), "36h"),
        (("90m", "1h30m"), "90m"),
    ],
)
def test_a_relative_instant_has_one_text_and_it_is_the_plainest(
    texts: tuple[str, ...], canonical: str
) -> None:
    assert {timespans.canonical_instant(text, NOW) for text in texts} == {canonical}


@pytest.mark.parametrize("text", ["today", "2026-06-16", "2026-06-16T07:00:00Z"])
def test_an_instant_that_is_not_relative_stays_as_it_is(text: str) -> None:
    assert timespans.canonical_instant(text, NOW) == text


def test_a_bare_number_is_seconds() -> None:
    assert timespans.length("90") == timedelta(seconds=90)


@pytest.mark.parametrize(
    "text", ["", "h", "1.5h", "1.5ms", "-1h", "1  h", "1 h ", "1H", "1h\n", "1y", "1h30", "1234567890s"]
)
def test_what_is_no_length_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Unusable, match=r"^it is not a length of time such as 90s, 15m or 2h$"):
        timespans.length(text)


@pytest.mark.parametrize("text", ["3651d", "522w", "87601h", "999999999"])
def test_a_length_beyond_ten_years_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="it is more than ten years"):
        timespans.length(text)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("today", "2026-06-16T00:00:00+02:00", "2026-06-17T00:00:00+02:00"),
        ("yesterday", "2026-06-15T00:00:00+02:00", "2026-06-16T00:00:00+02:00"),
        ("last-night", "2026-06-15T18:00:00+02:00", "2026-06-16T08:00:00+02:00"),
        ("last night", "2026-06-15T18:00:00+02:00", "2026-06-16T08:00:00+02:00"),
        ("2026-06-01", "2026-06-01T00:00:00+02:00", "2026-06-02T00:00:00+02:00"),
        ("2026-01-31", "2026-01-31T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ],
)
def test_a_day_is_the_readers_and_counts_from_its_start_to_its_end(text: str, begins: str, ends: str) -> None:
    assert timespans.since(text, NOW) == datetime.fromisoformat(begins)
    assert timespans.until(text, NOW) == datetime.fromisoformat(ends)


@pytest.mark.parametrize(("text", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-16", 24)])
def test_a_day_on_which_the_clocks_change_has_the_hours_it_has(text: str, hours: int) -> None:
    begins = timespans.since(text, NOW).astimezone(UTC)
    assert timespans.until(text, NOW).astimezone(UTC) - begins == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-16T07:00:00Z", "2026-06-16T07:00:00Z"),
        ("2026-06-16T07:00:00.123456Z", "2026-06-16T07:00:00.123456Z"),
        ("2026-06-16T07:00:00-05:00", "2026-06-16T12:00:00Z"),
        ("20260616T070000Z", "2026-06-16T07:00:00Z"),
        ("2026-06-16T09:00", "2026-06-16T07:00:00Z"),  # without an offset it is the reader's
        ("2026-06-16T09:00:00 02:00", "2026-06-16T07:00:00Z"),  # what a URL makes of a + that is not escaped
    ],
)
def test_an_instant_is_itself_and_is_shown_in_the_readers_zone(text: str, expected: str) -> None:
    for resolve in (timespans.since, timespans.until):
        resolved = resolve(text, NOW)
        assert resolved == datetime.fromisoformat(expected)
        assert resolved.tzinfo is BERLIN


@pytest.mark.parametrize(("text", "ago"), [("15m", 900), ("24h", 86_400), ("500ms", 0.5), ("1w", 604_800)])
def test_a_length_is_that_long_ago(text: str, ago: float) -> None:
    for resolve in (timespans.since, timespans.until):
        assert resolve(text, NOW) == NOW - timedelta(seconds=ago)


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("15m", "2026-03-29T01:10:00Z"),  # comes out after now
        ("15m", "2026-10-25T01:10:00Z"),
        ("24h", "2026-03-29T20:00:00Z"),
        ("24h", "2026-10-25T20:00:00Z"),
    ],
)
def test_a_length_is_that_long_ago_also_across_a_change_of_the_clocks(text: str, now: str) -> None:
    at = datetime.fromisoformat(now).astimezone(BERLIN)
    elapsed = at.astimezone(UTC) - timespans.since(text, at).astimezone(UTC)
    assert elapsed == timespans.length(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "90", "in 3 y", "tomorrow", "soon", "-1h", "2026-06", "2026-6-1", "2026-13-01", "2026-02-30"),
        *("2026-06-16 07:00", "T", "2026-06-16T25:00", "9999-12-31T23:59:59-12:00", "٢٠٢٦-٠٦-١٦"),
        "2026-06-16T07:00:00" + " " * 30,
    ],
)
def test_what_is_no_instant_is_refused_with_examples(text: str) -> None:
    for resolve in (timespans.since, timespans.until):
        with pytest.raises(Unusable, match=f"^{EXAMPLES}$"):
            resolve(text, NOW)


def test_too_long_ago_says_so() -> None:
    with pytest.raises(Unusable, match="it is more than ten years"):
        timespans.since("9999d", NOW)


def test_the_last_day_there_is_has_no_end() -> None:
    with pytest.raises(Unusable, match=EXAMPLES):
        timespans.until("9999-12-31", NOW)


def test_before_there_was_a_clock_is_refused() -> None:
    with pytest.raises(Unusable, match=EXAMPLES):
        timespans.since("yesterday", datetime(1, 1, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("0001-01-01", "Europe/Berlin"),
        ("0001-01-01T00:00", "Europe/Berlin"),
        ("9999-12-31T23:59", "America/New_York"),
    ],
)
def test_an_instant_that_has_no_utc_is_refused(text: str, zone: str) -> None:
    with pytest.raises(Unusable):
        timespans.since(text, NOW.astimezone(ZoneInfo(zone)))


@given(st.text(max_size=60))
def test_any_text_is_an_aware_instant_or_unusable(text: str) -> None:
    for resolve in (timespans.since, timespans.until):
        try:
            resolved = resolve(text, NOW)
        except Unusable:
            continue
        assert resolved.tzinfo is BERLIN


@given(
    st.timedeltas(timedelta(days=-700_000), timedelta(days=2_800_000)),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]),
)
def test_any_instant_is_read_back_as_the_same_instant(distance: timedelta, zone: str) -> None:
    at = NOW.astimezone(UTC) + distance
    text = at.astimezone(ZoneInfo(zone)).isoformat()
    assert timespans.since(text, NOW) == at
    assert timespans.until(text.replace("+", " "), NOW) == at


@given(st.dates())
def test_a_day_never_ends_before_it_begins(day: object) -> None:
    try:
        assert timespans.since(str(day), NOW) < timespans.until(str(day), NOW)
    except Unusable:
        assert str(day) == "9999-12-31"
