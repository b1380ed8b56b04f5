"""The calendar's page and its feed, as a browser and a calendar program get them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
import vobject  # type: ignore[import-untyped] # it has none
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.models import Deployment, Feed, Slot, Watch
from dashboard.web.timezone import COOKIE
from tests.calendars import plan, scheduled, slot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import Element, read

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
HTMX = {"HX-Request": "true"}
VIEWS = ["week", "month", "day", "agenda"]


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A feed that is up to date."""
    live()


def page(reader: Client, query: str = "", **headers: str) -> Element:
    response = reader.get(f"/calendar/{query}", headers=headers)
    assert response.status_code == 200
    return read(response)


def rows(reader: Client, url: str) -> list[str]:
    """The runs that a link leads to."""
    response = reader.get(url)
    assert response.status_code == 200
    document = read(response)
    assert "Ignored:" not in document.words()
    return document.ids("runs")


def entries(document: Element) -> list[tuple[str, str, str]]:
    """The chips of a page: state, title, where it leads."""
    return [
        (chip.attrs["data-s"], chip.attrs["title"], chip.attrs["href"])
        for chip in document.all("a", class_="ev")
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_a_heading_with_its_days_and_its_zone(reader: Client, view: str) -> None:
    stored_deployments(*(scheduled(f"{n}", "0 9 * * *", NINE + DAY) for n in range(4)))
    document = page(reader, f"?view={view}&tz=Asia/Kathmandu")
    heading = document.one("h1").words()
    assert "June 2026" in heading
    assert heading.endswith("Asia/Kathmandu UTC+05:45")
    assert document.one("title").words() == "Calendar"
    assert document.one("section", class_="card cal").attrs["data-view"] == view
    current = [
        link.attrs["id"] for link in document.one("span", aria_label="View").all("a", aria_current="true")
    ]
    assert current == [f"view-{view}"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_calendar_of_nothing_says_so(reader: Client, view: str) -> None:
    words = page(reader, f"?view={view}").words()
    assert "Nothing in view" in words
    assert "No deployment exists yet" in words


def test_the_readers_own_zone_is_the_default(reader: Client) -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE))
    reader.cookies["zone"] = "Europe/Berlin"
    document = page(reader)
    assert document.one("h1").words().endswith("Europe/Berlin UTC+02:00")
    assert entries(document)[0][1] == "a, Tue 16 Jun 11:00 CEST: completed"


@pytest.mark.parametrize(
    ("now", "state", "text"),
    [
        (datetime(2026, 6, 14, 9, tzinfo=UTC), "due", "promised"),
        (
            datetime(2026, 11, 22, 9, tzinfo=UTC),
            "unobserved",
            "not seen: nobody was looking, and no run is known",
        ),
    ],
)
def test_the_documented_deployment_is_at_nine_in_shanghai(
    reader: Client,
    django_user_model: Any,
    clock: time_machine.Traveller,
    now: datetime,
    state: str,
    text: str,
) -> None:
    promised = [datetime(2026, 6, day, 1, tzinfo=UTC) for day in range(15, 20)]
    plan("a", "0 9 * * *", *promised, zone="Asia/Shanghai")
    clock.move_to(now)
    reader.force_login(django_user_model.objects.get())  # who was signed in for months is no more
    document = entries(page(reader, "?date=2026-06-15&tz=Asia/Shanghai"))
    days = ("Mon 15", "Tue 16", "Wed 17", "Thu 18", "Fri 19")
    assert document[:5] == [(state, f"a, {day} Jun 09:00 CST: {text}", "/deployments/dep_a/") for day in days]
    assert {state for state, *_ in document[5:]} <= {"projected"}


WRONG = [
    *("date=2026-02-30", "date=0000-01-01", "date=9999-12-31", "date=1999-12-31", "date=2100-01-01"),
    *(
        "date=nonsense",
        "date=2026-06",
        "date=2026-06-15T09:00:00Z",
        "date=%00",
        "date=-1",
        "date=20266-06-15",
    ),
    *("from=1", "to=4", "page=2", "from=25"),
    *("tz=Mars/Olympus", "tz=../../etc/passwd", "tz=europe", "tz=%00", "tz=Job", "tz=+02:00"),
    *("view=nonsense", "view=weekly", "view=year", "view=%3Cscript%3E", "limit=20", "sort=name"),
    *("health=ill", "schedule=never", "include_archived=maybe", "account=stranger"),
    *("date=2026-06-15&date=2026-06-16", "tz=UTC&tz=Asia/Tokyo", f"tz={'x' * 5000}"),
]


@pytest.mark.parametrize("query", WRONG)
def test_an_unusable_parameter_is_named_and_dropped(reader: Client, query: str) -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE))
    for headers in ({}, HTMX):
        response = reader.get(f"/calendar/?{query}", headers=headers)
        assert response.status_code == 200
        document = read(response)
        assert "Ignored:" in document.words()
        assert f"{query.split('=')[0]}=" in document.words()
        assert "Content-Security-Policy" in response
    assert reader.get(f"/calendar.ics?{query}").status_code == 400
    pushed = reader.get(f"/calendar/?{query}", headers=HTMX)["HX-Push-Url"]
    kept = "" if query.count("&") == 0 else "?" + urlencode(dict([query.split("&")[0].split("=")]))
    assert pushed == f"/calendar/{kept}"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "upcoming",
    [
        None,
        "2026-06-17T09:00:00Z",
        [],
        {"a": 1},
        [None, 7, {}, [], "soon", "2026-06-17"],
        [f"2026-06-{day}T09:00:00Z" for day in (19, 17, 17, 18, 19)],
        ["2020-01-01T00:00:00Z", "2026-06-16T08:00:00Z"],
    ],
)
def test_promises_of_any_shape_break_no_page(reader: Client, upcoming: Any, view: str) -> None:
    schedule = {"type": "cron", "expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": upcoming}
    stored_deployments(
        deployment_record(schedule=schedule), scheduled("b", "61 25 * * *", zone="Mars/Olympus")
    )
    stored_runs(run_record(1, NINE), run_record(2, NINE, deployment_id="dep_b"))
    document = page(reader, f"?view={view}")
    if view == "day":
        assert {lane.one("a", class_="clip").words() for lane in document.all("li", class_="lane")} == {
            "a",
            "b",
        }
    else:
        assert {title[0] for _, title, _ in entries(document)} == {"a", "b"}
    assert reader.get("/calendar.ics").status_code == 200


def test_previous_next_and_today_are_links_that_keep_the_question(reader: Client) -> None:
    plan("a", "0 10 * * *", NINE + HOUR)
    document = page(reader, "?view=day&date=2026-07-01&q=a")
    assert document.one("a", rel="prev").attrs["href"] == "/calendar/?view=day&date=2026-06-30&q=a"
    assert document.one("a", rel="next").attrs["href"] == "/calendar/?view=day&date=2026-07-02&q=a"
    assert document.one("a", id="today").attrs["href"] == "/calendar/?view=day&q=a"
    assert page(reader, "?view=day").one("a", id="today").attrs["href"] == "#now"
    edge = page(reader, "?view=day&date=2000-01-01")
    assert not edge.all("a", rel="prev")
    assert edge.one("a", id="prev").attrs["aria-disabled"] == "true"


@pytest.mark.parametrize("view", ["week", "agenda"])
def test_now_is_between_the_past_and_the_future(reader: Client, view: str) -> None:
    plan("a", "0 9,10 * * *", NINE + HOUR)
    stored_runs(run_record(1, NINE))
    words = page(reader, f"?view={view}").words()
    assert words.index("09:00") < words.index("now 09:42") < words.rindex("promised")


def test_defaults_are_never_in_a_link(reader: Client) -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    document = page(reader, "?view=week&date=2026-06-16&include_archived=false")
    links = [a.attrs["href"] for a in document.all("a") if a.attrs.get("href", "").startswith("/calendar/")]
    assert links
    assert not [link for link in links if "view=week" in link or "include_archived" in link]


def test_an_answer_to_htmx_is_the_page_and_names_its_clean_address(reader: Client) -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    response = reader.get("/calendar/?view=week&q=a&date=", headers=HTMX)
    assert response["HX-Push-Url"] == "/calendar/?q=a"
    document = read(response)
    assert document.all("title")[0].words() == "Calendar: matching a"
    assert document.one("div", id="list").attrs["data-summary"].startswith("15 to 21 June 2026: ")


def test_a_page_may_only_be_read(reader: Client) -> None:
    assert reader.post("/calendar/").status_code == 405
    assert reader.post("/calendar.ics").status_code == 405
    assert reader.head("/calendar/").status_code == 200


def test_names_never_become_markup(reader: Client) -> None:
    evil = "<script>alert(1)</script>"
    stored_deployments(
        scheduled("a", "0 9 * * *", NINE + DAY, name=evil), scheduled("b", "*/5 * * * *", name=f"{evil}b")
    )
    slot(NINE, "withdrawn", reason="moved")
    for view in VIEWS:
        body = reader.get(f"/calendar/?view={view}").content.decode()
        assert evil not in body


# Where the links lead.


def _since_monday(zone: str) -> int:
    """How many of the hours before now lie in this week."""
    monday = datetime(2026, 6, 15, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return int((NOW - monday) / HOUR) + 1


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Europe/Berlin"])
@pytest.mark.parametrize("view", ["month", "week"])
def test_a_days_link_leads_to_exactly_the_runs_of_that_day(reader: Client, zone: str, view: str) -> None:
    plan("a", "")
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed") for n in range(40)))
    document = page(reader, f"?view={view}&tz={zone}")
    tallies = {link.attrs["href"]: link for link in document.all("a", class_="tally")}
    numbers = {href: int(link.attrs["title"].split(": ")[1].split()[0]) for href, link in tallies.items()}
    assert sum(numbers.values()) == (40 if view == "month" else _since_monday(zone))
    for href, number in numbers.items():
        assert len(rows(reader, href)) == number


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Europe/Berlin"])
def test_an_entry_of_a_month_leads_to_exactly_its_runs(reader: Client, zone: str) -> None:
    stored_deployments(scheduled("a", ""), scheduled("b", ""))
    stored_runs(
        *(run_record(n, NOW - n * HOUR, "failed") for n in range(30)),
        *(run_record(100 + n, NOW - n * HOUR, deployment_id="dep_b") for n in range(30)),
    )
    document = page(reader, f"?view=month&tz={zone}")
    links = {href: title for _, title, href in entries(document)}
    ids: list[str] = []
    for href, title in links.items():
        led = rows(reader, href)
        assert len(led) == int(title.split(": ")[1].split()[0])
        ids += led
    assert len(ids) == len(set(ids)) == 60


def test_an_entry_of_a_week_leads_to_its_run(reader: Client) -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE, "failed"), run_record(2, NINE))
    links = [href for _, _, href in entries(page(reader))]
    assert [reader.get(href).status_code for href in links] == [200, 200]
    assert {href.split("/")[2] for href in links} == {f"drun_{n:032x}" for n in (1, 2)}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_a_bar_leads_to_the_runs_of_its_hour_and_the_band_to_its_day(reader: Client, zone: str) -> None:
    plan("a", "*/5 * * * *", status="paused")
    stored_runs(*(run_record(n, NOW - n * 7 * MINUTE) for n in range(40)))
    document = page(reader, f"?view=agenda&tz={zone}")
    today = document.one("section", class_="day-col today").one("div", class_="density")
    bars = [(link.attrs["href"], link.one("title").words()) for link in today.all("a", tabindex="-1")]
    assert len(bars) == 24
    total = 0
    for href, text in bars:
        number = 0 if text.endswith("nothing") else int(text.split(": ")[1].split()[0])
        assert len(rows(reader, href)) == number
        total += number
    day = today.one("a", class_="density-text")
    assert len(rows(reader, day.attrs["href"])) == total == int(day.words().split(": ")[1].split()[0])


def test_a_slots_entry_leads_to_its_deployment(reader: Client) -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    slot(NINE, "missed")
    for _, _, href in entries(page(reader)):
        assert reader.get(href).status_code == 200
        assert href == "/deployments/dep_a/"


@pytest.mark.parametrize("deployment_id", ["a/b?c#d e", "é/&", "<b>"])
@pytest.mark.parametrize("view", ["week", "month"])
def test_an_entry_leads_to_its_deployment_whatever_its_id(
    reader: Client, deployment_id: str, view: str
) -> None:
    stored_deployments(scheduled("a", "0 9 * * *", NINE + DAY) | {"id": deployment_id})
    [href] = {href for _, _, href in entries(page(reader, f"?view={view}"))}
    assert read(reader.get(href)).one("p", class_="crumbs").words().endswith(deployment_id)


def test_a_days_heading_leads_to_the_day(reader: Client) -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE))
    document = page(reader, "?tz=UTC")
    [link] = document.one("h2", id="day-2026-06-16").all("a", aria_current="date")
    assert link.attrs["href"] == "/calendar/?view=day&date=2026-06-16&tz=UTC"
    assert read(reader.get(link.attrs["href"])).one("h1").words().startswith("Tuesday 16 June 2026")


# Notes above the days.


def test_moved_promises_silent_deployments_and_gaps_are_noted(reader: Client) -> None:
    stored_deployments(scheduled("a", "0 9 * * *", NINE + DAY), scheduled("b", "0 9 * * *"))
    slot(NINE, "withdrawn", reason="moved", moved_to=NINE + DAY)
    Watch.objects.create(account="default", since=NINE - 5 * HOUR, until=NINE - 2 * HOUR)
    Watch.objects.create(account="default", since=NINE - HOUR, until=NINE)
    notes = page(reader).one("ul", class_="cal-notes").words()
    assert "Next run of a moved from Tue 16 Jun 09:00 to Wed 17 Jun 09:00, nothing ran" in notes
    assert "b is active, and nothing is promised" in notes
    assert "Not watched from Tue 16 Jun 07:00 to Tue 16 Jun 08:00: runs promised then may be missing" in notes
    assert "Promised until Wed 17 Jun 09:00; projected from then on" in notes


def test_a_day_whose_clock_changes_has_a_note(reader: Client) -> None:
    plan("a", "0 9 * * *")
    for date, note in (("2026-10-25", "25 hours, the clocks go back"), ("2027-03-28", "23 hours")):
        for view in ("week", "month", "agenda"):
            words = page(reader, f"?view={view}&date={date}&tz=Europe/Berlin").words()
            assert note in words


# The feed.


def test_the_page_links_to_the_feed_of_the_same_deployments(reader: Client) -> None:
    stored_deployments(scheduled("a", "0 9 * * *", NINE + DAY), scheduled("b", "0 9 * * *", NINE + DAY))
    link = page(reader, "?view=month&q=b&tz=UTC").one("a", type="text/calendar")
    assert link.attrs["href"] == "/calendar.ics?q=b"
    response = reader.get(link.attrs["href"])
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "private, no-cache"
    events = vobject.readOne(response.content.decode()).contents["vevent"]
    assert {event.url.value for event in events} == {"http://testserver/deployments/dep_b/"}


@pytest.mark.parametrize("path", ["/calendar.ics", "/calendar.ics?q=a", "/calendar/"])
def test_an_anonymous_reader_gets_neither_page_nor_feed(client: Client, path: str) -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    response = client.get(path)
    assert response.status_code == 302
    assert "BEGIN:VCALENDAR" not in response.content.decode()


def test_a_calendar_program_that_has_the_file_already_is_sent_nothing(reader: Client) -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    with time_machine.travel(NOW, tick=False):
        tag = reader.get("/calendar.ics")["ETag"]
        again = reader.get("/calendar.ics", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        Feed.objects.update(version=F("version") + 1)
        Deployment.objects.update(name="b")
        changed = reader.get("/calendar.ics", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert b"SUMMARY:b" in changed.content


def test_a_feed_is_never_in_pages(reader: Client) -> None:
    stored_deployments(*(scheduled(f"{n:03}", "", *(NINE + m * DAY for m in range(1, 6))) for n in range(60)))
    body = reader.get("/calendar.ics").content.decode()
    assert body.count("BEGIN:VEVENT") == 300


# What it costs.


def queries_of(reader: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(url).status_code == 200
    return len(queries)


def fill(number: int) -> None:
    expressions = ("0 9 * * *", "*/5 * * * *", "0 9 * * 1")
    stored_deployments(
        *(scheduled(f"{n:03}", expressions[n % 3], NINE + DAY, NINE + 2 * DAY) for n in range(number))
    )
    stored_runs(*(run_record(n, NINE - n * HOUR, deployment_id=f"dep_{n:03}") for n in range(number)))
    Slot.objects.all().delete()
    for n in range(number):
        slot(NINE - n * HOUR, ("missed", "late", "withdrawn")[n % 3], f"{n:03}", reason="moved")


@pytest.mark.parametrize("url", [*(f"/calendar/?view={view}" for view in VIEWS), "/calendar.ics"])
def test_sixty_deployments_cost_as_many_queries_as_three(reader: Client, url: str) -> None:
    fill(3)
    reader.get(url)  # what is asked once per process is not asked of a page
    few = queries_of(reader, url)
    fill(60)
    assert queries_of(reader, url) == few
    assert few <= 25


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_of_a_large_fleet_stays_small(reader: Client, view: str) -> None:
    hours = [",".join(str((n + 3 * step) % 24) for step in range(7)) for n in range(24)]
    stored_deployments(
        *(
            scheduled(f"{n:03}", f"{n % 60} {hours[n % 24]} * * *", name=f"a nightly export {n}")
            for n in range(120)
        ),
        *(scheduled(f"f{n:03}", "*/5 * * * *", name=f"a frequent job {n}") for n in range(20)),
    )
    stored_runs(*(run_record(n, NOW - n * 7 * MINUTE, deployment_id="dep_f001") for n in range(300)))
    body = reader.get(f"/calendar/?view={view}").content
    assert len(body) < 200_000
    assert body.count(b'class="ev"') <= 200 + 7 * 4  # a month lists one of its weeks again, for phones


# The health of what was not met, on the list of deployments.


@pytest.mark.parametrize(
    ("health", "columns", "detail"),
    [
        ("missed", {"missed_at": NINE}, "since Tue 16 Jun 09:00 · promised, and nothing started"),
        ("late", {"due_at": NINE}, "42 min over"),
        ("unknown", {"unseen_at": NINE}, "since Tue 16 Jun 09:00 · a slot passed while nobody was looking"),
    ],
)
def test_an_unmet_slot_is_a_health_with_its_detail_and_a_filter(
    reader: Client, health: str, columns: dict[str, datetime], detail: str
) -> None:
    stored_deployments(scheduled("a", "0 9 * * *", NINE + DAY), scheduled("b", "0 9 * * *", NINE + DAY))
    stored_runs(run_record(1, NINE - DAY), run_record(2, NINE, deployment_id="dep_b"))
    Deployment.objects.filter(deployment_id="dep_a").update(**columns)
    row = read(reader.get("/deployments/")).one("tr", id="deployment-dep_a")
    assert row.attrs["data-health"] == health
    assert detail in row.words()
    document = read(reader.get(f"/deployments/?health={health}"))
    assert document.ids("deployments") == ["deployment-dep_a"]
    assert [state for state, *_ in entries(page(reader, f"?health={health}&date=2026-06-15"))][:1] == [
        "completed"
    ]
    assert entries(page(reader, "?health=stuck")) == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("health=nonsense", "health=nonsense: "),
        ("colour=red", "colour=red: this list has no such parameter."),
        ("q=a&schedule=odd", "schedule=odd: "),
    ],
)
def test_a_feed_of_other_deployments_than_were_asked_for_is_refused(
    reader: Client, query: str, sentence: str
) -> None:
    response = reader.get(f"/calendar.ics?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert sentence in response.content.decode()


@pytest.mark.parametrize(
    ("address", "copied"),
    [
        ("/calendar/", "/calendar/?tz=UTC"),
        ("/calendar/?view=day&date=2026-06-15&q=a", "/calendar/?view=day&date=2026-06-15&tz=UTC&q=a"),
        ("/calendar/?tz=Asia%2FTokyo", "/calendar/?tz=Asia%2FTokyo"),
        ("/calendar/?tz=job", "/calendar/?tz=job"),
    ],
)
def test_a_copied_link_names_the_zone(reader: Client, address: str, copied: str) -> None:
    [button, *_] = [
        button for button in read(reader.get(address)).all("button") if "data-copy" in button.attrs
    ]
    assert button.attrs["data-copy"] == copied


def test_a_copied_link_names_the_zone_of_who_copies_it(reader: Client) -> None:
    reader.cookies[COOKIE] = "Europe/Berlin"
    [button, *_] = [b for b in read(reader.get("/calendar/")).all("button") if "data-copy" in b.attrs]
    assert button.attrs["data-copy"] == "/calendar/?tz=Europe%2FBerlin"
