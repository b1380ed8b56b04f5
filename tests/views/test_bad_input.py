"""What cannot be used is named on the page and dropped: never an error, never silently, never as markup."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.domain.fingerprints import fingerprint
from dashboard.services import failures
from dashboard.services.deployments import list as deployment_list
from dashboard.services.runs import list as run_list
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import Element, read

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
HTMX = {"HX-Request": "true"}
SCRIPT = "<script>alert(1)</script>"
NONSENSE = {
    "nonsense": "no such thing",
    "markup": SCRIPT,
    "breaking out": "\"'><img src=x onerror=alert(1)>",
    "endless": "9" * 10_000,
    "a NUL": "a\x00b",
    "an emoji": "🙂",
    "right to left": "\u202eevil\u2066",
    "a template": "{{ 7 * 7 }}{% raise %}",
    "SQL": "') OR 1=1 --",
}
LINES = "a\r\nX-Forged: 1"
# Parameters that take only some words or forms: nothing of the above can be any of them.
STRICT = {
    "/runs/": [
        *(
            "account",
            "status",
            "trigger_type",
            "has_error",
            "since",
            "until",
            "min_duration",
            "sort",
            "limit",
        ),
        *("cursor", "deployment"),
    ],
    "/failures/": ["account", "deployment", "since", "until", "sort", "limit", "cursor"],
    "/deployments/": [
        "account",
        "status",
        "include_archived",
        "health",
        "schedule",
        "sort",
        "limit",
        "cursor",
    ],
}
# Those that take any id or text: what can be one is looked for, and not found.
OPEN = {
    "/runs/": ["deployment_id", "agent_id", "error", "fingerprint", "q"],
    "/failures/": ["deployment_id", "agent_id", "error", "q"],
    "/deployments/": ["agent_id", "environment_id", "q"],
}


@pytest.fixture(autouse=True)
def kept() -> None:
    """One deployment and one run, so that a filter that was dropped shows."""
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "failed"))


def answered(reader: Client, url: str) -> list[Element]:
    """The page and the fragment, both answered well and both free of what was not written by us."""
    pages = []
    for headers in ({}, HTMX):
        response = reader.get(url, headers=headers)
        assert response.status_code == 200
        assert SCRIPT not in response.content.decode()
        assert "X-Forged" not in response
        page = read(response)
        assert all(script.attrs.get("src", "").startswith("/script/") for script in page.all("script"))
        assert not page.all("img")
        assert not [element for element in page.inner if any(name.startswith("on") for name in element.attrs)]
        pages.append(page)
    return pages


def ignored(page: Element) -> list[tuple[str, str]]:
    """What the banner names, as parameter and the beginning of its value."""
    named = [item.all("code")[0].text for item in page.all("li") if item.all("b")]
    return [(text.partition("=")[0], text.partition("=")[2]) for text in named]


def rows(page: Element) -> int:
    return len(page.ids("runs") + page.ids("deployments") + page.ids("failures"))


# The parser's own table (tests/filters) has each kind of bad value; here each list shows what came of them.


@pytest.mark.parametrize("path", STRICT)
def test_what_a_parameter_cannot_be_is_named_and_dropped(reader: Client, path: str) -> None:
    for value in NONSENSE.values():
        shown = value if len(value) <= 80 else value[:79] + "…"
        for page in answered(reader, f"{path}?{urlencode([(name, value) for name in STRICT[path]])}"):
            assert sorted(ignored(page)) == [(name, shown) for name in sorted(STRICT[path])]
            assert rows(page) == 1
            assert not page.all("span", class_="chip")


@pytest.mark.parametrize("path", OPEN)
def test_any_text_is_searched_for_or_named(reader: Client, path: str) -> None:
    for value in NONSENSE.values():
        address = f"{path}?{urlencode([(name, value) for name in OPEN[path]])}"
        for page in answered(reader, address):
            named = [name.removesuffix("_id") for name, _ in ignored(page)]
            words = [chip.all("span")[0].words() for chip in page.all("span", class_="chip")]
            sought = ["q" if word == "matching" else word for word in words]
            # In force or named: never both, never neither.
            assert sorted(named + sought) == sorted(name.removesuffix("_id") for name in OPEN[path])
            assert rows(page) == (0 if sought else 1)


def test_each_line_of_a_value_is_a_value_where_there_may_be_several(reader: Client) -> None:
    for page in answered(reader, f"/runs/?{urlencode({'status': LINES, 'agent_id': LINES, 'since': LINES})}"):
        assert sorted(ignored(page)) == [("since", LINES), ("status", "X-Forged: 1"), ("status", "a")]
        chips = [chip.words() for chip in page.all("span", class_="chip")]
        assert chips == ["agentX-Forged: 1", "agenta"]


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        (
            "/runs/",
            ("limit=9", "limit=50.0", "since=4000d", "since=2026-13-01", "min_duration=-5m", "page=2"),
        ),
        ("/failures/", ("status=failed", "limit=201")),
        ("/deployments/", ("limit=9", "include_archived=perhaps", "since=24h", "health=missing")),
        ("/timeline/", ("limit=51", "span=1h", "since=24h", "health=missing")),
        ("/handover/", ("limit=50", "since=4000d", "until=soon", "health=missing", "cursor=x")),
    ],
)
def test_what_is_out_of_range_or_no_parameter_of_the_list_is_named(
    reader: Client, path: str, queries: tuple[str, ...]
) -> None:
    for query in queries:
        for page in answered(reader, f"{path}?{query}"):
            assert ignored(page) == [tuple(query.split("="))]


def test_of_several_values_only_the_unusable_one_is_named(reader: Client) -> None:
    for page in answered(reader, "/runs/?status=failed&status=nonsense&sort=duration&sort=-duration"):
        assert sorted(ignored(page)) == [("sort", "-duration"), ("status", "nonsense")]


def test_an_empty_span_lists_nothing_and_says_so(reader: Client) -> None:
    for page in answered(reader, "/runs/?since=1h&until=2d"):
        assert (ignored(page), rows(page)) == ([], 0)
        assert page.one("div", class_="banner").words() == "Nothing lies between since=1h and until=2d."


def test_a_value_that_is_only_repeated_is_the_same_value(reader: Client) -> None:
    for page in answered(reader, "/runs/?status=failed&status=failed&sort=duration&sort=duration"):
        assert ignored(page) == []
        assert len(page.all("span", class_="chip")) == 1


def test_an_empty_value_is_none(reader: Client) -> None:
    for page in answered(reader, "/runs/?status=&q=&since=&limit=&cursor=&has_error="):
        assert ignored(page) == []


def test_values_beyond_what_a_person_picks_are_named_and_counted(reader: Client) -> None:
    query = urlencode([("deployment_id", f"dep_{n}") for n in range(500)])
    for page in answered(reader, f"/runs/?{query}"):
        assert len(page.all("span", class_="chip")) == 50
        named = ignored(page)
        assert len(named) == 21
        assert named[-1] == ("…", "430 more")


def test_parameters_beyond_what_is_read_are_refused_with_a_page(reader: Client) -> None:
    response = reader.get("/runs/?" + "&".join(f"a{n}=1" for n in range(2_000)))
    assert response.status_code == 400
    assert read(response).one("h1").words() == "That request cannot be answered"


@pytest.mark.parametrize("path", ["/runs/", "/deployments/", "/failures/"])
def test_a_name_that_is_markup_is_text(reader: Client, path: str) -> None:
    query = urlencode({SCRIPT: SCRIPT, "\x00": "x", "é🙂": "1"})
    for page in answered(reader, f"{path}?{query}"):
        assert (SCRIPT, SCRIPT) in ignored(page)
        assert len(ignored(page)) == 3


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_a_distant_time_is_only_a_time(reader: Client, zone: str) -> None:
    reader.cookies["zone"] = zone
    distant = ("since=0001-01-02", "since=9999-12-30", "since=2026-06-15T09:00%2B02:00", "until=9999-12-30")
    for path, query in itertools.product(("/runs/", "/failures/"), distant):
        answered(reader, f"{path}?{query}")


@pytest.mark.parametrize(
    ("zone", "query"),
    [
        ("Asia/Shanghai", "since=0001-01-01"),
        ("Asia/Shanghai", "since=0001-01-01T00:00"),
        ("America/New_York", "until=9999-12-31T23:59"),
        ("America/New_York", "since=9999-12-31T23:59:59"),
    ],
)
def test_a_time_beyond_the_calendar_is_named(reader: Client, zone: str, query: str) -> None:
    reader.cookies["zone"] = zone
    for page in answered(reader, f"/runs/?{query}"):
        assert len(ignored(page)) == 1


NAME = (SCRIPT + "&amp;\"'`{{x}}🙂\u202e\u0645\u0631\n\tline 2 ").ljust(256, "x")


def test_a_name_full_of_everything_is_text_wherever_it_stands(reader: Client) -> None:
    assert len(NAME) == 256
    odd = deployment_record(description=NAME, status=NAME[:90]) | {"name": NAME, "environment_id": NAME}
    stored_deployments(odd)
    error = {"type": NAME, "message": NAME * 4}
    word = {"trigger_context": {"type": NAME[:90]}, "session_id": NAME, "agent": {"id": NAME, "version": 1}}
    stored_runs(run_record(1, NOW, "failed", error=error, **word))
    shown = " ".join(NAME.split())
    group = f"/failures/{fingerprint(NAME, NAME * 4)}/"
    for url in (
        "/runs/",
        f"/runs/drun_{1:032x}/",
        "/deployments/",
        "/deployments/dep_a/",
        "/failures/",
        group,
    ):
        [page, _] = answered(reader, url)
        assert shown in page.words()
    assert answered(reader, "/deployments/dep_a/")[0].one("h1").words() == shown


@pytest.mark.parametrize("odd", ["a b", SCRIPT, "\"'><img src=x onerror=alert(1)>", "é🙂\u202e", "#x&y=1?"])
def test_an_id_full_of_everything_is_text_and_an_address(reader: Client, odd: str) -> None:
    stored_deployments(deployment_record() | {"id": odd})
    stored_runs(run_record(2, NOW, deployment_id=odd) | {"id": odd})
    assert f"run-{odd}" in answered(reader, "/runs/")[0].ids("runs")
    for page in answered(reader, f"/runs/?{urlencode({'q': odd})}"):
        assert f"run-{odd}" in page.ids("runs") or "\u202e" in odd
    for url in (f"/runs/{quote(odd, safe='')}/", f"/deployments/{quote(odd, safe='')}/"):
        answered(reader, url)


names = st.sampled_from(
    [
        *(
            "account",
            "status",
            "trigger_type",
            "has_error",
            "since",
            "until",
            "min_duration",
            "sort",
            "limit",
        ),
        *(
            "cursor",
            "deployment_id",
            "agent_id",
            "error",
            "fingerprint",
            "q",
            "health",
            "schedule",
            "include_archived",
        ),
        "environment_id",
    ]
)
usual = st.sampled_from(
    [
        *("failed", "true", "24h", "7d", "today", "2026-06-15", "10", "200", "-duration", "health", "a"),
        *(
            "failing",
            "daily",
            "default",
            "schedule",
            "dep_a",
            "5m",
            "0",
            "-1",
            "2026-06-15T09:00Z",
            "%",
            "\\",
        ),
    ]
)
anything = st.one_of(names, st.text(max_size=12))
values = st.one_of(usual, st.text(max_size=40))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/runs/", "/deployments/", "/failures/"]),
    query=st.lists(st.tuples(anything, values), max_size=6),
)
def test_no_address_of_a_list_breaks_it(reader: Client, path: str, query: list[tuple[str, str]]) -> None:
    address = f"{path}?{urlencode(query, errors='replace')}"
    response = reader.get(address, headers=HTMX)
    assert response.status_code == 200
    # Its clean address asks for the same, and is as clean as it gets.
    again = reader.get(response["HX-Push-Url"], headers=HTMX)
    assert again["HX-Push-Url"] == response["HX-Push-Url"]
    assert ignored(read(again)) == []


@pytest.mark.parametrize(
    ("path", "orders"),
    [("/runs/", run_list.ORDERS), ("/deployments/", deployment_list.ORDERS), ("/failures/", failures.ORDERS)],
)
def test_every_order_of_the_address_can_be_had(reader: Client, path: str, orders: dict[str, Any]) -> None:
    for sort in orders:
        assert [rows(page) for page in answered(reader, f"{path}?sort={sort}")] == [1, 1]
