"""What a page prints can be pasted into its field: dates, instants, distances, lengths, words of state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard import filters
from dashboard.domain.states import Health, Outcome, RunTime
from dashboard.domain.times import to_the_second
from dashboard.filters import timespans
from dashboard.filters.printed_dates import as_iso
from dashboard.filters.timespans import Unusable
from dashboard.services.lists import badges
from dashboard.services.status.coverage import Coverage
from dashboard.web import formatting, jinja
from tests.vocabulary import Words

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 16, 9, 42, tzinfo=BERLIN)  # a Tuesday
# Of the year before, in seconds.
instants = st.integers(0, 360 * 86_400).map(lambda seconds: NOW.astimezone(UTC) - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Tue 16 Jun 09:22", "2026-06-16T09:22:00+02:00"),
        ("Tue 16 Jun 23:59", "2026-06-16T23:59:00+02:00"),  # later today
        ("Wed 17 Jun 09:22", "2026-06-17T09:22:00+02:00"),  # to come: no Wednesday before was a 17th of June
        ("Tue 17 Jun 09:22", "2025-06-17T09:22:00+02:00"),
        ("3 Nov 14:00", "2025-11-03T14:00:00+01:00"),
        ("17 Jun", "2025-06-17"),
        ("Tue 16 Jun", "2026-06-16"),
        ("Tuesday 16 June 2026", "2026-06-16"),
        ("1 May 2027", "2027-05-01"),
        ("09:22", "2026-06-16T09:22:00+02:00"),
        ("09:42:01", "2026-06-15T09:42:01+02:00"),  # today it has not come yet
        ("09:22 UTC", "2026-06-15T09:22:00+00:00"),
        ("09:22 PDT", ""),
        ("29 Feb 12:00", ""),  # neither this year nor beside it
        ("29 Feb 2024", "2024-02-29"),
        ("Tue 16 Jun 2026, 09:22:03 CEST", "2026-06-16T09:22:03+02:00"),
        ("Tue 16 Jun 2026, 09:22:03 UTC", "2026-06-16T09:22:03+00:00"),
        ("Sun 25 Oct 2026, 02:30:00 CEST", "2026-10-25T02:30:00+02:00"),
        ("Sun 25 Oct 2026, 02:30:00 CET", "2026-10-25T02:30:00+01:00"),
        ("Tue 16 Jun 2026, 09:22:03 PDT", ""),
        ("Mon 16 Jun 2026", ""),
        ("Mon 16 Jun 09:22", "2025-06-16T09:22:00+02:00"),
        ("Fri 16 Jun 09:22", ""),
        ("Xyz 16 Jun", ""),
        ("16 Xyz", ""),
        ("31 Jun 09:22", ""),
        ("0 Jun", ""),
        ("16 Jun 0000", ""),
        ("June", ""),
        ("", ""),
    ],
)
def test_a_printed_date_is_the_latest_that_has_begun(text: str, iso: str) -> None:
    assert as_iso(text, NOW) == iso


def test_a_time_that_is_none_is_named() -> None:
    for text in ("16 Jun 25:00", "25:00"):
        with pytest.raises(Unusable):
            timespans.since(text, NOW)


@given(instants)
def test_an_instant_is_read_as_pages_print_it(at: datetime) -> None:
    local = at.astimezone(BERLIN)
    with timezone.override("Europe/Berlin"):
        assert timespans.since(jinja.exact(at), NOW) == local.replace(microsecond=0)
        if (
            local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()
        ):  # else there are two of them
            assert timespans.since(jinja.moment(at), NOW) == local.replace(second=0, microsecond=0)
        assert timespans.since(to_the_second(at), NOW) == local.replace(microsecond=0)


def test_an_instant_of_the_coverage_is_read_as_pages_print_it() -> None:
    since = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
    with timezone.override("Europe/Berlin"), time_machine.travel(NOW, tick=False):
        text = Coverage(since, NOW - timedelta(days=90), begun=True).text.removeprefix("complete since ")
    assert timespans.since(text, NOW) == since


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 3_599, 3_660, 86_400, 172_799, 172_800, 30 * 86_400])
def test_a_distance_is_read_as_pages_print_it(seconds: int) -> None:
    text = formatting.distance(NOW - timedelta(seconds=seconds), NOW)
    assert formatting.distance(timespans.since(text, NOW), NOW) == text
    query = filters.runs(QueryDict(urlencode({"since": text})), Words(NOW))
    assert query.ignored == ()
    assert filters.runs(QueryDict(query.here.partition("?")[2]), Words(NOW)).here == query.here


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("in 3 h", "in 3h"),
        ("in 3 h 18 min", "in 198m"),
        ("read 3 min ago", "3m"),
        ("data 41 min old", "41m"),
        ("for 5 d", "5d"),
        ("since Tue 16 Jun 09:22", "2026-06-16T09:22:00+02:00"),
        ("as of 09:22", "2026-06-16T09:22:00+02:00"),
        ("since today", "today"),
    ],
)
def test_an_instant_is_read_with_what_pages_put_around_it(text: str, canonical: str) -> None:
    assert timespans.canonical_instant(text, NOW) == canonical
    assert timespans.canonical_instant(canonical, NOW) == canonical
    assert timespans.since(text, NOW) == timespans.since(canonical, NOW)


def test_a_distance_to_come_lies_ahead() -> None:
    assert timespans.until("in 3 h", NOW) == NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("3 min 41 s, slow", "221s"),
        ("usual 18 s (of 20 runs)", "18s"),
        ("over the limit 10 min", "10m"),
        ("12 min so far, over the limit 10 min", "12m"),
        ("median 1 min 1 s (of 7 completed runs)", "61s"),
    ],
)
def test_a_length_is_read_with_what_pages_put_around_it(text: str, canonical: str) -> None:
    assert timespans.canonical_length(text) == canonical


def test_a_pasted_date_stays_the_same_date_in_the_address() -> None:
    query = filters.runs(QueryDict("since=Mon 15 Jun&until=Tue 16 Jun 09:22"), Words(NOW))
    assert query.here == "/runs/?since=2026-06-15&until=2026-06-16T09%3A22%3A00%2B02%3A00"
    assert timespans.until("Mon 15 Jun", NOW).date() == date(2026, 6, 16)  # a day counts to its end


@pytest.mark.parametrize("health", Health.ORDER)
def test_a_health_is_read_as_pages_call_it(health: str) -> None:
    for text in (badges.health(health).word, badges.health(health).word.capitalize(), health):
        query = filters.deployments(QueryDict(urlencode({"health": text})), Words(NOW))
        assert query.many("health") == (health,)


@pytest.mark.parametrize(
    ("page", "parameter", "text", "value"),
    [
        (filters.deployments, "health", "not seen", Health.UNKNOWN),
        (filters.deployments, "health", "failing, running", Health.FAILING),
        (filters.deployments, "health", "paused by hand", Health.PAUSED),
        (filters.deployments, "health", "paused: quota_exceeded", Health.PAUSED),
        (filters.deployments, "health", "started, outcome not reported", Health.OUTCOME_UNKNOWN),
        (filters.deployments, "schedule", "more than hourly", "minutes"),
        (filters.deployments, "schedule", "by hand only", "manual"),
        (filters.deployments, "agent_id", "agent_a v3", "agent_a"),
        (filters.runs, "agent_id", "agent_a v3", "agent_a"),
        (filters.runs, "time", "clock of the source is off", RunTime.AHEAD),
        (filters.runs, "time", "no time given", RunTime.UNKNOWN),
        (filters.failures, "error", "no error type", filters.NO_ERROR_TYPE),
    ],
)
def test_a_word_is_read_as_pages_have_it(
    page: Callable[..., filters.Query], parameter: str, text: str, value: str
) -> None:
    query = page(QueryDict(urlencode({parameter: text})), Words(NOW))
    assert query.many(parameter) == (value,)
    assert query.ignored == ()


@pytest.mark.parametrize("status", Outcome.KNOWN)
def test_a_status_is_read_in_any_letters(status: str) -> None:
    for text in (badges.outcome(status).word, status.upper()):
        query = filters.runs(QueryDict(urlencode({"status": text})), Words(NOW))
        assert query.many("status") == (status,)


def test_of_two_words_that_differ_in_letters_alone_each_is_itself_and_no_third_is_either() -> None:
    words = Words(NOW, accounts=("Prod", "prod"))
    assert filters.runs(QueryDict("account=prod"), words).many("account") == ("prod",)
    assert filters.runs(QueryDict("account=PROD"), words).ignored[0].value == "PROD"
