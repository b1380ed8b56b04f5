"""A list's query as one object, read from a URL and written back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard import filters
from dashboard.filters import Query
from dashboard.filters.parameters import (
    DEPLOYMENT_SORTS,
    FAILURE_SORTS,
    PAGE_SIZES,
    RUN_SORTS,
    SCHEDULES,
)
from dashboard.filters.query import MOST_IGNORED, MOST_VALUES
from dashboard.web.components import Chip, Ignored
from tests.vocabulary import Words

NOW = datetime(2026, 6, 16, 9, 42, tzinfo=UTC)
STATUSES = ("pending", "running", "completed", "failed", "skipped")
WORDS = Words(NOW, ("default", "night"), STATUSES, ("manual", "schedule", "retry"))
NO_STATUS = "it is none of " + ", ".join(STATUSES)
NO_INSTANT = "use 15m, 24h, 7d, today, yesterday, a date or an ISO 8601 instant"
NO_LENGTH = "it is not a length of time such as 90s, 15m or 2h"
Pairs = list[tuple[str, str]]


def of(url: str | bytes) -> QueryDict:
    """The parameters of an address, or of a bare query string."""
    return QueryDict(urlsplit(url).query if isinstance(url, str) and url.startswith("/") else url)


def runs(url: str | bytes = "") -> Query:
    return filters.runs(of(url), WORDS)


def deployments(url: str | bytes = "") -> Query:
    return filters.deployments(of(url), WORDS)


def failures(url: str | bytes = "") -> Query:
    return filters.failures(of(url), WORDS)


READ = {"runs": runs, "deployments": deployments, "failures": failures}
lists = st.sampled_from(sorted(READ))

# -- Reading ----------------------------------------------------------------------------------------

GOOD = {
    "failures": [
        *(("account", "night"), ("deployment_id", "dep_a"), ("agent_id", "agent_a"), ("q", "timed out")),
        *(("since", "24h"), ("until", "1h"), ("error", "timeout_error"), ("sort", "-runs"), ("limit", "20")),
    ],
    "runs": [
        *(("account", "night"), ("deployment_id", "dep_a"), ("status", "failed"), ("trigger_type", "retry")),
        *(("has_error", "true"), ("agent_id", "agent_a"), ("q", "timed out"), ("since", "24h")),
        *(("until", "1h"), ("min_duration", "90s"), ("error", "timeout_error"), ("sort", "-duration")),
        ("limit", "20"),
    ],
    "deployments": [
        *(("account", "night"), ("status", "paused"), ("include_archived", "true"), ("agent_id", "agent_a")),
        *(("environment_id", "env_a"), ("q", "report"), ("health", "failing"), ("schedule", "daily")),
        *(("sort", "-name"), ("limit", "200")),
    ],
}


@pytest.mark.parametrize("name", GOOD)
def test_every_parameter_of_the_list_is_read_and_written_back(name: str) -> None:
    url = f"/{name}/?{urlencode(GOOD[name])}"
    query = READ[name](url)
    assert query.here == url
    assert query.values == {key: (value,) for key, value in GOOD[name]}
    assert query.ignored == ()


@pytest.mark.parametrize("name", GOOD)
def test_every_parameter_but_order_and_size_is_a_filter(name: str) -> None:
    for key in {key for key, _ in GOOD[name]} - {"sort", "limit"}:
        query = READ[name](urlencode([given for given in GOOD[name] if given[0] == key]))
        assert query.active, key
        assert [chip.name for chip in query.chips] == [key]
        assert query.clear_url == f"/{name}/", key


@pytest.mark.parametrize("name", GOOD)
def test_order_and_size_narrow_nothing_and_stay_when_the_filters_go(name: str) -> None:
    kept = [pair for pair in GOOD[name] if pair[0] in ("sort", "limit")]
    query = READ[name](urlencode(GOOD[name]))
    assert query.clear_url == f"/{name}/?{urlencode(kept)}"
    assert not READ[name](query.clear_url).active


@pytest.mark.parametrize("name", READ)
def test_a_bare_list_has_defaults_and_says_nothing(name: str) -> None:
    query = READ[name]()
    assert query.here == query.clear_url == f"/{name}/"
    assert (query.chips, query.active, query.words, query.ignored) == ((), False, "", ())
    assert query.one("limit") == "50"
    assert query.many("status") == ()
    assert query.one("q") == ""


def test_the_defaults_are_the_newest_runs_and_the_worst_deployments_without_archived_ones() -> None:
    assert runs().one("sort") == "-triggered_at"
    assert deployments().one("sort") == "health"
    assert deployments().one("include_archived") == "false"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runs", "limit=50&sort=-triggered_at"),
        ("runs", "limit=0050"),
        ("runs", "status=&q=&since="),
        ("deployments", "sort=health&include_archived=false&limit=50"),
        ("deployments", "include_archived=0"),
    ],
)
def test_a_default_and_an_empty_control_never_show(name: str, text: str) -> None:
    query = READ[name](text)
    assert query.here == f"/{name}/"
    assert query.ignored == ()


@pytest.mark.parametrize("size", PAGE_SIZES)
def test_every_page_size_that_is_offered_can_be_used(size: int) -> None:
    for name in READ:
        assert READ[name](f"limit={size}").one("limit") == str(size)


def test_every_order_that_is_offered_can_be_used() -> None:
    for name, sorts in (
        ("runs", RUN_SORTS),
        ("deployments", DEPLOYMENT_SORTS),
        ("failures", FAILURE_SORTS),
    ):
        for sort in sorts:
            assert READ[name](urlencode({"sort": sort})).one("sort") == sort
    for schedule in SCHEDULES:
        assert deployments(f"schedule={schedule}").many("schedule") == (schedule,)


def test_repeated_values_are_kept_once_and_in_one_order() -> None:
    query = runs("status=skipped&status=failed&status=skipped")
    assert query.many("status") == ("failed", "skipped")
    assert query.here == "/runs/?status=failed&status=skipped"
    assert query.ignored == ()


# -- What cannot be used ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept", "ignored"),
    [
        ("status=nope", "", ("status", "nope", NO_STATUS)),
        ("status=nope&status=failed", "status=failed", ("status", "nope", NO_STATUS)),
        ("has_error=perhaps", "", ("has_error", "perhaps", "it is neither true nor false")),
        ("limit=1000", "", ("limit", "1000", "it is not a number from 10 to 200")),
        ("q=%20", "", ("q", " ", "there is nothing in it to search for")),
        ("q=one&q=two", "q=one", ("q", "two", "it is given more than once")),
        ("limit=50&limit=100", "", ("limit", "100", "it is given more than once")),
        ("since=soon", "", ("since", "soon", NO_INSTANT)),
        ("min_duration=long", "", ("min_duration", "long", NO_LENGTH)),
        ("deployment_id=%00", "", ("deployment_id", "\x00", "it holds characters that no id has")),
        ("colour=red", "", ("colour", "red", "this list has no such parameter")),
        ("colour=red&colour=blue", "", ("colour", "blue", "this list has no such parameter")),
        ("agent_id=" + "a" * 257, "", ("agent_id", "a" * 79 + "…", "it is longer than 256 characters")),
        ("x" * 90 + "=1", "", ("x" * 79 + "…", "1", "this list has no such parameter")),
    ],
)
def test_what_cannot_be_used_is_named_and_dropped(
    text: str, kept: str, ignored: tuple[str, str, str]
) -> None:
    query = runs(text)
    assert query.here == (f"/runs/?{kept}" if kept else "/runs/")
    assert query.ignored == (Ignored(*ignored),)


@pytest.mark.parametrize(
    ("since", "until"), [("1h", "24h"), ("1h", "1h"), ("2026-06-02", "2026-06-01"), ("5m", "2026-06-01")]
)
def test_an_empty_span_is_kept_with_a_remark(since: str, until: str) -> None:
    query = runs(f"since={since}&until={until}")
    assert (query.one("since"), query.one("until"), query.ignored) == (since, until, ())
    assert query.remarks == (f"Nothing lies between since={since} and until={until}",)
    assert query.with_values(until="").remarks == ()


def test_the_longest_id_can_be_used() -> None:
    assert runs("agent_id=" + "a" * 256).many("agent_id") == ("a" * 256,)


def test_the_same_value_twice_is_nothing_to_complain_of() -> None:
    assert runs("q=one&q=%20one").ignored == ()


def test_a_day_may_begin_and_end_a_span() -> None:
    assert runs("since=today&until=today").many("until") == ("today",)


@pytest.mark.parametrize("text", ["until=24h", "since=24h", "since=24h&until=1h", "until=1h&since=24h"])
def test_a_span_that_ends_after_it_begins_is_kept_whole(text: str) -> None:
    query = runs(text)
    assert query.ignored == ()
    assert sorted(query.here.removeprefix("/runs/?").split("&")) == sorted(text.split("&"))


def test_a_span_over_the_hour_that_comes_twice_is_kept_whole() -> None:
    query = filters.runs(
        QueryDict("since=2026-10-25T00:30:00Z&until=2026-10-25T01:15:00Z"),
        Words(now=NOW.astimezone(ZoneInfo("Europe/Berlin"))),
    )
    assert query.ignored == ()


def test_no_more_values_are_taken_than_a_database_minds() -> None:
    ids = [f"dep_{n:03}" for n in range(MOST_VALUES + 2)]
    query = runs(urlencode([("deployment_id", value) for value in [*ids, ids[0]]]))
    assert query.many("deployment_id") == tuple(ids[:MOST_VALUES])
    why = f"more than {MOST_VALUES} are given"
    assert query.ignored == tuple(Ignored("deployment_id", value, why) for value in ids[MOST_VALUES:])


def test_only_some_are_named_and_the_rest_is_counted() -> None:
    exactly = runs(urlencode([(f"p{n}", "x") for n in range(MOST_IGNORED)]))
    assert [dropped.name for dropped in exactly.ignored] == [f"p{n}" for n in range(MOST_IGNORED)]
    more = runs(urlencode([(f"p{n}", "x") for n in range(MOST_IGNORED + 7)]))
    assert more.ignored[:-1] == exactly.ignored
    assert more.ignored[-1] == Ignored("…", "7 more", "they could not be used either")


# -- Changing ---------------------------------------------------------------------------------------


def test_a_chip_for_each_value_leads_to_the_list_without_it() -> None:
    query = runs("status=failed&status=skipped&since=24h&limit=20")
    assert query.chips == (
        Chip("status", "failed", "/runs/?status=skipped&since=24h&limit=20"),
        Chip("status", "skipped", "/runs/?status=failed&since=24h&limit=20"),
        Chip("since", "24h", "/runs/?status=failed&status=skipped&limit=20"),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"q": "x"}, "/runs/?status=failed&q=x"),
        ({"status": ""}, "/runs/"),
        ({"status": []}, "/runs/"),
        ({"status": ["skipped", "failed", "failed"]}, "/runs/?status=failed&status=skipped"),
        ({"limit": "50"}, "/runs/?status=failed"),
        ({"limit": "20", "q": "a&b=c d"}, "/runs/?status=failed&q=a%26b%3Dc+d&limit=20"),
    ],
)
def test_a_change_gives_the_clean_url_of_the_changed_list(changes: dict[str, Any], expected: str) -> None:
    assert runs("status=failed&cursor=abc").url(**changes) == expected


def test_a_changed_query_begins_at_the_first_page_and_has_nothing_to_complain_of() -> None:
    changed = runs("status=failed&colour=red&cursor=abc").with_values(q="x")
    assert (changed.cursor, changed.ignored) == ("", ())


def test_a_repeatable_value_is_switched_on_and_off() -> None:
    query = runs("status=failed")
    assert query.toggled("status", "skipped") == "/runs/?status=failed&status=skipped"
    assert query.toggled("status", "failed") == "/runs/"


def test_a_cursor_is_kept_as_it_came_and_is_the_last_of_the_url() -> None:
    query = runs("cursor=a%2Bb&status=failed")
    assert query.cursor == "a+b"
    assert query.here == "/runs/?status=failed&cursor=a%2Bb"
    assert query.at("z") == "/runs/?status=failed&cursor=z"
    assert query.at("") == "/runs/?status=failed"
    assert query.ignored == ()
    assert not runs("cursor=a").active


def test_dropping_a_parameter_names_it() -> None:
    query = runs("status=failed&cursor=abc&q=x").dropping("cursor", "abc", "no place")
    assert query.here == "/runs/?status=failed&q=x"
    assert query.ignored == (Ignored("cursor", "abc", "no place"),)
    further = query.dropping("q", "x" * 100, "too vague")
    assert further.here == "/runs/?status=failed"
    assert further.ignored[1:] == (Ignored("q", "x" * 79 + "…", "too vague"),)


def test_dropping_a_filter_stays_on_the_page() -> None:
    assert runs("q=x&cursor=abc").dropping("q", "x", "").cursor == "abc"


def test_failures_are_those_of_a_week_unless_asked_otherwise() -> None:
    assert (failures().one("since"), failures().chips, failures("since=7d").here) == ("7d", (), "/failures/")
    assert failures("until=2026-05-01").remarks == ("Nothing lies between since=7d and until=2026-05-01",)
    assert failures("since=90d&until=2026-05-01").remarks == ()


def test_a_form_carries_along_what_it_has_no_control_for() -> None:
    query = runs("status=failed&status=skipped&q=x&limit=20&cursor=abc")
    assert query.hidden(["q"]) == (("status", "failed"), ("status", "skipped"), ("limit", "20"))
    assert query.hidden(iter(["status", "q", "limit"])) == ()


def test_the_filters_in_force_are_shown_for_a_title() -> None:
    query = runs("since=24h&status=skipped&status=failed&limit=20&sort=duration")
    assert query.words == "status failed or skipped, since 24h"


# -- Rules that hold for every query ----------------------------------------------------------------

names = st.sampled_from(sorted({key for pairs in GOOD.values() for key, _ in pairs} | {"cursor", "colour"}))
values = st.sampled_from(
    [*STATUSES, *(value for pairs in GOOD.values() for _, value in pairs), "50", "false", "health", "7d", ""]
) | st.text(max_size=20)
given_pairs = st.lists(st.tuples(names, values), max_size=12)


def written(pairs: Pairs) -> str:
    return urlencode([(key, value.encode("utf-8", "replace").decode()) for key, value in pairs])


@given(lists, given_pairs)
def test_a_querys_own_url_gives_an_equal_query(name: str, pairs: Pairs) -> None:
    query = READ[name](written(pairs))
    again = READ[name](query.here)
    assert (again.values, again.cursor, again.here) == (query.values, query.cursor, query.here)
    assert again.ignored == ()


@given(lists, given_pairs)
def test_a_default_never_appears_in_a_url(name: str, pairs: Pairs) -> None:
    query = READ[name](written(pairs))
    shown = QueryDict(urlsplit(query.here).query)
    for field in query.fields:
        assert not field.default or field.default not in shown.getlist(field.name)


@given(lists, st.data())
def test_the_order_of_parameters_and_of_values_never_matters(name: str, data: st.DataObject) -> None:
    choices = [
        *GOOD[name],
        *[("status", word) for word in STATUSES],
        ("account", "default"),
        ("agent_id", "b"),
    ]
    pairs = data.draw(st.lists(st.sampled_from(choices), max_size=10))
    other = data.draw(st.permutations(pairs))
    assert READ[name](urlencode(pairs)).here == READ[name](urlencode(other)).here


@given(lists, given_pairs)
def test_every_chips_link_is_the_url_without_it(name: str, pairs: Pairs) -> None:
    query = READ[name](written(pairs))
    for chip in query.chips:
        rest = parse_qsl(urlsplit(chip.remove_url).query)
        assert sorted([*rest, (chip.name, chip.text)]) == sorted(parse_qsl(urlsplit(query.url()).query))
    assert query.active == bool(query.chips)


@given(lists, given_pairs)
def test_whatever_is_given_is_in_force_or_a_default_or_named(name: str, pairs: Pairs) -> None:
    query = READ[name](written(pairs))
    named = {dropped.name for dropped in query.ignored}
    defaults = {field.name for field in query.fields if field.default}
    for key, value in pairs:
        assert not value or key in named or key in query.values or key in defaults or key == "cursor"


@given(lists, given_pairs, st.sampled_from(["default", "night"]))
def test_switching_a_value_twice_leads_back(name: str, pairs: Pairs, value: str) -> None:
    query = READ[name](written(pairs))
    once = READ[name](query.toggled("account", value))
    assert (value in once.many("account")) != (value in query.many("account"))
    assert once.toggled("account", value) == query.url()


@given(lists, st.binary(max_size=300) | st.lists(st.tuples(names, st.binary(max_size=30))).map(urlencode))
def test_no_bytes_make_it_raise(name: str, raw: bytes | str) -> None:
    query = READ[name](raw)
    assert READ[name](query.here).here == query.here
    assert all(len(dropped.value) <= 80 and dropped.why for dropped in query.ignored)
    assert isinstance(query.words, str)
    assert isinstance(query.clear_url, str)


@pytest.mark.parametrize(
    ("sent", "here"),
    [
        ("since=24h&since=", "since=24h"),  # the field shows nothing of a relative one
        ("since=24h&since=2026-06-15T09:00", "since=2026-06-15T09%3A00"),
        ("since=2026-06-15&since=2026-06-15T00:00", "since=2026-06-15"),  # as it was shown
        ("since=2026-06-15&since=2026-06-15T00:01", "since=2026-06-15T00%3A01"),
        ("since=2026-06-15&since=", ""),  # emptied
        ("until=2026-06-15&until=2026-06-16T00:00", "until=2026-06-15"),
        ("since=2026-06-15T09:22:33.5Z&since=2026-06-15T09:22:33.500", "since=2026-06-15T09%3A22%3A33.5Z"),
        ("since=nonsense&since=2026-06-15T09:00", "since=2026-06-15T09%3A00"),
    ],
)
def test_the_field_of_a_form_counts_where_it_was_changed(sent: str, here: str) -> None:
    query = runs(sent)
    assert (query.here.partition("?")[2], query.ignored) == (here, ())


def test_two_spans_of_an_address_are_not_a_form() -> None:
    [ignored] = runs("since=24h&since=7d").ignored
    assert ignored.why == "it is given more than once"
    assert [ignored.value for ignored in runs("since=nonsense&since=").ignored] == ["nonsense"]


def test_the_runs_of_one_deployment_are_its_own_also_where_it_is_archived() -> None:
    asked = filters.ask_deployments(deployment_id="dep_a", health="failing")
    assert filters.runs_of(asked) == [
        ("deployment_id", "dep_a"),
        ("deployment_health", "failing"),
        ("deployment_include_archived", "true"),
    ]


def test_beside_other_parts_of_a_page_a_list_has_fewer_rows() -> None:
    asked = filters.runs_of_deployment(of(""), WORDS, path="/deployments/dep_a/")
    assert (asked.one("limit"), asked.url(limit="50")) == ("20", "/deployments/dep_a/?limit=50")
    assert runs().one("limit") == "50"


def test_an_address_is_the_same_whether_a_value_is_short_or_long() -> None:
    for text in ("a b", "a b" * 100):
        assert filters.ask_runs(q=text).here == f"/runs/?q={quote_plus(text)}"
