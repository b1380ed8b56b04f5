"""The timeline's page, and the bands on a deployment's page."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client

from dashboard.domain.states import Health, HealthCause
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live
from tests.health_bars import changed, watched
from tests.markup import Element, read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept() -> None:
    live()
    watched()
    stored_deployments(deployment_record(name="<b>Walk"), deployment_record("b"))
    changed((Health.OK, 99), (Health.FAILING, 12), (Health.OK, 6), cause=HealthCause.RUN, run_id="drun_1")


def page(reader: Client, url: str) -> Element:
    with time_machine.travel(NOW, tick=False):
        return read(reader.get(url))


def bar(reader: Client, key: str = "a") -> Element:
    return page(reader, "/timeline/").one("li", id=f"bar-dep_{key}")


def test_every_stretch_is_a_link_with_a_name(reader: Client) -> None:
    links = bar(reader).one("svg", role="group").all("a")
    assert [link.one("title").words().partition(",")[0] for link in links] == ["ok", "failing", "ok"]
    assert all(link.attrs["href"].startswith("/runs/?deployment_id=dep_a&since=") for link in links)
    assert [link.attrs["tabindex"] for link in links] == ["-1", "-1", "0"]
    assert "failing 6 h" in bar(reader).words()


def test_the_words_of_a_deployment_are_text(reader: Client) -> None:
    assert "<b>Walk" in bar(reader).words()


def test_what_nobody_knows_is_drawn_as_that(reader: Client) -> None:
    [link] = bar(reader, "b").one("svg", role="group").all("a")
    assert link.one("title").words().startswith("not known, ")


def test_deployments_lead_to_their_timeline_with_the_same_filters(reader: Client) -> None:
    assert page(reader, "/deployments/?q=walk").all("a", href="/timeline/?q=walk")


def test_a_deployment_has_its_bands_and_what_each_change_came_from(reader: Client) -> None:
    card = page(reader, "/deployments/dep_a/").one("section", id="health")
    assert len(card.all("svg", role="group")) == 2  # a month would show no more than the week
    assert "from failing, by a run" in card.words()
    assert card.one("details").all("a", href="/runs/drun_1/")


def test_nothing_matches_is_what_the_page_says(reader: Client) -> None:
    assert "No deployment matches these filters" in page(reader, "/timeline/?q=zzz").words()


def test_an_unusable_span_is_named(reader: Client) -> None:
    shown = page(reader, "/timeline/?span=9y")
    assert "9y" in shown.one("div", id="list").words()
