"""The wallboard as a document: what stands on it, for a person, for a script, and without one."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import __version__
from dashboard.access import share_links
from dashboard.models import Deployment
from dashboard.services.cloud.accounts import demonstration
from dashboard.services.status import feeds
from dashboard.web import bundles
from tests import walls
from tests.factories import NOW
from tests.feeds import live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db


def page(reader: Client, query: str = "") -> Element:
    response = reader.get(f"/wallboard/{query}")
    assert response.status_code == 200
    return read(response)


def test_it_is_a_document_without_the_bar_with_a_way_back_and_share_at_its_foot(reader: Client) -> None:
    live()
    walls.deployments(2, NOW)
    shown = page(reader)
    assert not shown.all("nav")
    assert [(link.attrs["href"], link.words()) for link in shown.all("a")] == [
        ("/", "Overview"),
        ("/links/?of=%2Fwallboard%2F%3Ftz%3DUTC", "Make a read-only link"),
    ]
    assert [button.attrs["data-copy"] for button in shown.all("button")] == [
        "/wallboard/?tz=UTC",
        "/wallboard/?tz=UTC&at=2026-06-16T09%3A42%3A00Z",
    ]
    assert [script.attrs["src"] for script in shown.all("script")] == [bundles.script_url("wall")]
    assert shown.one("h1").words() == "Nothing needs you 2 ok"


def test_a_tile_says_who_it_is_and_how_it_is(reader: Client) -> None:
    live()
    walls.failing(1, NOW)
    Deployment.objects.update(open_since=NOW, running_since=NOW)
    result = page(reader).one("li", class_="w")
    assert result.attrs["data-id"] == "dep_019ec53e9420warehouse-reconcile-0000"
    assert result.attrs["data-health"] == "failing"
    assert "data-running" in result.attrs
    assert "data-stale" not in result.attrs
    assert result.words() == (
        "warehouse-reconcile-0000 56 in a row for 28 h environment archived "
        f"{walls.ERROR} running, 0 s last good 29 h ago"
    )
    assert result.one("svg", class_="strip").attrs["aria-label"] == "no runs yet"


def test_a_chip_still_says_its_state_in_a_word(reader: Client) -> None:
    live()
    walls.failing(1, NOW)
    chip = page(reader, "?columns=20").one("li", class_="w")
    assert chip.words() == "ware…0000 56 in a row"
    assert chip.one("h2").attrs["aria-label"] == "warehouse-reconcile-0000"


def test_the_foot_adds_up(reader: Client) -> None:
    live()
    walls.failing(2, NOW)
    walls.deployments(100, NOW)
    result = page(reader).one("footer")
    assert result.one("p", class_="w-tally").words() == "2 failing 100 ok"
    assert result.one("div", class_="w-more").words().startswith("102 deployments +22 more, all ok Overview")


def test_the_rotation_says_which_page_it_is(reader: Client) -> None:
    live()
    walls.deployments(100, NOW)
    assert "of 2" in page(reader, "?rotate=30").one("div", class_="w-more").words()
    assert "of 2" not in page(reader).one("div", class_="w-more").words()


def test_the_tab_says_what_fails_and_what_is_asked_for(reader: Client) -> None:
    live()
    walls.failing(2, NOW)
    shown = page(reader, "?health=failing")
    assert shown.one("title").words() == "(2!) Wallboard: health failing"
    assert shown.one("link", rel="icon").attrs["href"].endswith("favicon-failing.svg")
    assert "Only: health failing" in shown.one("footer").words()


def test_a_script_is_shown_the_version_the_clock_and_the_pace(reader: Client) -> None:
    live()
    shown = page(reader, "?refresh=20")
    assert shown.one("html").attrs["data-version"] == f"{__version__}-{bundles.version()}"
    assert shown.one("html").attrs["data-zone"] == "UTC"
    main = shown.one("main", id="wall")
    assert (main.attrs["data-now"], main.attrs["data-refresh"]) == ("2026-06-16T09:42:00Z", "20")


def test_without_a_script_the_document_asks_for_itself(reader: Client) -> None:
    live()
    result = page(reader, "?refresh=20").one("noscript").one("meta")
    assert (result.attrs["http-equiv"], result.attrs["content"]) == ("refresh", "20")


@pytest.mark.parametrize(
    ("query", "theme"),
    [("", "dark"), ("?theme=light", "light"), ("?theme=auto", None), ("?theme=pink", "dark")],
)
def test_the_theme_is_in_the_address(reader: Client, query: str, theme: str | None) -> None:
    assert page(reader, query).one("html").attrs.get("data-theme") == theme


def test_clock_and_age_are_the_servers(reader: Client) -> None:
    live()
    reader.cookies["zone"] = "Asia/Shanghai"
    first, second = page(reader).one("header").all("p", class_="w-clock")
    assert (first.words(), first.one("b").attrs["data-age"]) == ("4 s age of data", "4")
    assert second.words() == "17:42 Tue 16 Jun, Asia/Shanghai"


def test_the_zone_of_a_screen_can_be_named_in_its_address(reader: Client) -> None:
    live()
    reader.cookies["zone"] = "Asia/Shanghai"
    shown = page(reader, "?tz=Europe/Berlin")
    assert shown.one("html").attrs["data-zone"] == "Europe/Berlin"
    assert shown.one("header").all("p", class_="w-clock")[1].words() == "11:42 Tue 16 Jun, Europe/Berlin"
    assert (
        "tz=nowhere, it is no zone such as Europe/Berlin" in page(reader, "?tz=nowhere").one("footer").words()
    )


def test_who_holds_a_link_to_the_wall_alone_is_not_led_elsewhere(reader: Client) -> None:
    live()
    _, token = share_links.make("Hall", "wallboard", "/wallboard/", made_by="reader", now=NOW, lasts=None)
    assert not read(Client().get(f"/l/{token}/")).all("a")


def test_stale_data_is_shown_with_its_reason_and_its_tiles_are_marked(reader: Client) -> None:
    live()
    walls.deployments(1, NOW)
    walls.stale(NOW)
    shown = page(reader)
    lost, late = shown.all("p", class_="w-band")
    assert "hidden" in lost.attrs
    assert late.words() == "STALE DATA last complete read 09:12:00: the API answers 503, next try 09:43:00"
    assert "data-stale" in shown.one("li", class_="w").attrs


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("columns=9", "columns"),
        ("refresh=4", "refresh"),
        ("refresh=301", "refresh"),
        ("rotate=9", "rotate"),
        ("theme=<script>", "theme"),
        ("sort=nonsense", "sort"),
        ("health=nonsense", "health"),
        ("cursor=x", "cursor"),
        ("limit=10", "limit"),
        ("%00=%00", "\x00"),
    ],
)
def test_what_cannot_be_used_is_named_at_the_foot(reader: Client, query: str, name: str) -> None:
    live()
    walls.deployments(1, NOW)
    shown = page(reader, f"?{query}")
    [ignored] = [paragraph for paragraph in shown.one("footer").all("p") if "data-ignored" in paragraph.attrs]
    assert [element.text for element in ignored.all("b")] == [name]
    assert len(shown.all("li", class_="w")) == 1


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["columns", "refresh", "rotate", "theme", "sort", "q", "account", "status", "health"]
            )
            | st.text(max_size=9),
            st.sampled_from(["1", "20", "300", "auto", "name", "failing", "default"]) | st.text(max_size=30),
        ),
        max_size=6,
    )
)
def test_no_address_of_the_wall_breaks_it(reader: Client, query: list[tuple[str, str]]) -> None:
    assert reader.get(f"/wallboard/?{urlencode(query, errors='replace')}").status_code == 200


def test_what_may_not_be_whole_or_real_says_so(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "accounts", lambda: (demonstration(),))
    shown = page(reader)
    assert "demonstration, all made up" in shown.one("footer").words()
    assert shown.one("div", class_="w-empty").one("h2").words() == "Not read yet"
    assert shown.one("header").all("p", class_="w-clock")[0].words() == "– not all read"


def test_a_name_that_is_markup_is_text(reader: Client) -> None:
    live()
    walls.deployments(1, NOW, name="<script>alert(1)</script>")
    assert page(reader).one("h2").words() == "<script>alert(1)</script>"
    assert page(reader, "?columns=20").one("h2").attrs["aria-label"] == "<script>alert(1)</script>"


def test_a_thousand_deployments_are_less_than_three_hundred_kilobytes(reader: Client) -> None:
    live()
    walls.failing(1_000, NOW)
    response = reader.get("/wallboard/")
    assert response.content.count(b'<li class="w"') == 1_000
    assert len(response.content) < 300_000


def test_the_bar_leads_to_it(reader: Client) -> None:
    live()
    [link] = read(reader.get("/runs/")).all("a", class_="desk")
    assert (link.attrs["href"], link.words()) == ("/wallboard/", "Wallboard")
