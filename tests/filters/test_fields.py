"""How one parameter is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import fields, timespans
from dashboard.filters.fields import Field, Reader
from dashboard.filters.timespans import Unusable

NOW = datetime(2026, 6, 16, 9, 42, tzinfo=UTC)
READERS: dict[str, Reader] = {
    "word": fields.word(("failed", "skipped")),
    "opaque": fields.opaque,
    "free": fields.free,
    "truth": fields.truth,
    "hour": fields.hour(0, 23),
    "renamed": fields.word(("day", "week"), also={"clashes": "day"}),
    "number": fields.number(10, 200),
    "span": fields.span(timespans.since, NOW),
    "duration": fields.duration,
    "day": fields.day(NOW),
    "agent": fields.agent,
}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("word", "failed", "failed"),
        ("word", "Failed", "failed"),
        ("opaque", "dep_019ec556114c78f8b60ee34fcb98bf59", "dep_019ec556114c78f8b60ee34fcb98bf59"),
        ("opaque", "anything <b> é 名", "anything <b> é 名"),
        ("free", "  two \t\n words  ", "two words"),
        ("free", "<script>", "<script>"),
        ("truth", "true", "true"),
        ("truth", "TRUE", "true"),
        ("hour", "1", "1"),
        ("hour", "01", "1"),
        ("hour", "01:00", "1"),
        ("hour", "0", "0"),
        ("hour", "23:00", "23"),
        ("renamed", "clashes", "day"),
        ("renamed", "Week", "week"),
        ("truth", "1", "true"),
        ("truth", "on", "true"),
        ("truth", "False", "false"),
        ("truth", "0", "false"),
        ("number", "10", "10"),
        ("number", "200", "200"),
        ("number", "00050", "50"),
        ("span", "24h", "24h"),
        ("span", "1d", "24h"),
        ("span", "2026-06-16", "2026-06-16"),
        ("agent", "agent_a v3", "agent_a"),
        ("agent", "agent_a", "agent_a"),
        ("agent", "an agent", "an agent"),
        ("free", "the beginning of a long na…", "the beginning of a long na"),
        ("day", "Tue 16 Jun", "2026-06-16"),
        ("day", "Tue 16 Jun 09:22", "2026-06-16"),
        ("duration", "90", "90s"),
        ("duration", "15m", "15m"),
        ("duration", "10 min", "10m"),
    ],
)
def test_a_usable_text_has_one_canonical_text(kind: str, text: str, expected: str) -> None:
    assert READERS[kind](text) == expected


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("word", "fail", "it is none of failed, skipped"),
        ("word", "", "it is none of failed, skipped"),
        ("opaque", "a\x00b", "it holds characters that no id has"),
        ("opaque", "a\nb", "it holds characters that no id has"),
        ("opaque", "a\u202eb", "it holds characters that no id has"),
        ("opaque", "\ud800", "it holds characters that no id has"),
        ("free", " \t ", "there is nothing in it to search for"),
        ("free", "a\x00b", "there is nothing in it to search for"),
        ("truth", "yes", "it is neither true nor false"),
        ("truth", "", "it is neither true nor false"),
        ("hour", "24", "it is not an hour from 0 to 23, such as 1 or 01:00"),
        ("hour", "-1", "it is not an hour from 0 to 23, such as 1 or 01:00"),
        ("hour", "1:30", "it is not an hour from 0 to 23, such as 1 or 01:00"),
        ("hour", "١", "it is not an hour from 0 to 23, such as 1 or 01:00"),
        ("hour", "", "it is not an hour from 0 to 23, such as 1 or 01:00"),
        ("hour", "001", "it is not an hour from 0 to 23, such as 1 or 01:00"),
        ("renamed", "clash", "it is none of day, week"),
        ("number", "9", "it is not a number from 10 to 200"),
        ("number", "201", "it is not a number from 10 to 200"),
        ("number", "-50", "it is not a number from 10 to 200"),
        ("number", "5e1", "it is not a number from 10 to 200"),
        ("number", "٥٠", "it is not a number from 10 to 200"),
        ("number", "²", "it is not a number from 10 to 200"),
        ("number", "000000050", "it is not a number from 10 to 200"),
        ("number", "", "it is not a number from 10 to 200"),
        ("span", "90", "use 15m, 24h, 7d, today, yesterday, a date or an ISO 8601 instant"),
        ("duration", "today", "it is not a length of time such as 90s, 15m or 2h"),
        ("day", "today", "it is no day such as 2026-06-15"),
        ("day", "1999-12-31", f"it is not between {fields.FIRST_YEAR} and {fields.LAST_YEAR}"),
        ("duration", "9999d", "it is more than ten years"),
    ],
)
def test_an_unusable_text_is_refused_in_words(kind: str, text: str, why: str) -> None:
    with pytest.raises(Unusable, match=f"^{why}$"):
        READERS[kind](text)


@pytest.mark.parametrize("kind", READERS)
@given(text=st.text(max_size=60))
def test_a_canonical_text_is_read_as_itself(kind: str, text: str) -> None:
    try:
        once = READERS[kind](text)
    except Unusable:
        return
    assert READERS[kind](once) == once


@pytest.mark.parametrize(("one", "other"), [("90", "90s"), ("90s", "090s"), ("60m", "1h"), ("7d", "1w")])
def test_equal_lengths_have_one_canonical_text(one: str, other: str) -> None:
    assert timespans.length(one) == timespans.length(other)
    assert fields.duration(one) == fields.duration(other)


def test_a_span_is_resolved_by_what_it_is_given() -> None:
    seen: list[tuple[str, datetime]] = []

    def resolve(text: str, now: datetime) -> datetime:
        seen.append((text, now))
        return now - timedelta(days=1)

    assert fields.span(resolve, NOW)("anything") == "anything"
    assert seen == [("anything", NOW)]


def test_a_field_is_given_once_has_no_default_and_narrows_unless_it_says_otherwise() -> None:
    assert Field("q", fields.free) == Field("q", fields.free, many=False, default="", chip=True)
