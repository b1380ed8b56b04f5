"""The jump box as a page, and as the list of the box on every page."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import read

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def fleet() -> None:
    """A deployment and a run."""
    live()
    stored_deployments(deployment_record("a", name="Nightly <b>report"))
    stored_runs(run_record(1, NOW, "failed"))


def test_without_scripts_it_is_a_page_of_links(reader: Client) -> None:
    page = read(reader.get("/jump/?q=nightly"))
    [link] = [link for link in page.one("main").all("a") if "row-link" in link.attrs.get("class", "")]
    assert (link.attrs["href"], "Nightly <b>report" in link.words()) == ("/deployments/dep_a/", True)
    assert page.all("input", id="jump-text")[0].attrs["value"] == "nightly"
    assert "Nothing has this name" in read(reader.get("/jump/?q=nowhere")).one("main").words()
    assert page.one("a", class_="jump-link").attrs["href"] == "/jump/"


def test_the_box_is_given_options_that_lead_somewhere(reader: Client) -> None:
    answer = reader.get("/jump/?q=nightly", headers=HTMX)
    options = read(answer).all("li", role="option")
    assert [option.attrs["data-url"] for option in options] == ["/deployments/dep_a/"]
    assert "<html" not in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert read(answer).one("p", role="status").words().startswith("1 match")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_id_of_one_thing_opens_it(reader: Client, headers: dict[str, str]) -> None:
    answer = reader.get(f"/jump/?q=drun_{1:032x}", headers=headers)
    assert (answer.status_code, answer["Location"]) == (302, f"/runs/drun_{1:032x}/")


def test_whatever_is_typed_is_answered(reader: Client) -> None:
    for text in ("%00", "%F0%9F%98%80" * 300, "%25_%5C", "'%22*(", "%20%20"):
        assert reader.get(f"/jump/?q={text}").status_code == 200, text
