"""Listed keys of metadata on pages: as filters; without any listed, nothing is different."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.test import Client

from dashboard.models import Deployment
from dashboard.services.alerts import rules
from dashboard.services.alerts.rules import RuleRefused
from dashboard.services.deployments import groups
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HOSTILE = '<img src=x onerror="go()"> & "\''


@pytest.fixture(autouse=True)
def fleet(settings: LazySettings) -> None:
    """Deployments of two teams, one of them named by a hostile text, and of none; each with a run."""
    settings.METADATA_KEYS = ("team", "cost-center")
    live()
    teams = {"a": {"team": "data", "cost-center": 7}, "b": {"team": HOSTILE}, "c": {"team": "data"}, "d": {}}
    stored_deployments(*(deployment_record(name, metadata=given) for name, given in teams.items()))
    stored_runs(*(run_record(n, NOW - HOUR, deployment_id=f"dep_{name}") for n, name in enumerate(teams)))


def page(reader: Client, path: str, **asked: str | list[str]) -> Element:
    response = reader.get(f"{path}?{urlencode(asked, doseq=True)}")
    assert response.status_code == 200
    return read(response)


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"meta.team": "data"}, "ac"),
        ({"meta.team": ["data", "no team"]}, "acd"),
        ({"meta.team": f"data\n{HOSTILE}"}, "abc"),
        ({"meta.team": "no team"}, "d"),
        ({"meta.team": "dat"}, ""),
        ({"meta.team": "data", "meta.cost-center": "7"}, "a"),
        ({"meta.team": "data", "meta.cost-center": "no cost-center"}, "c"),
    ],
)
def test_a_list_is_about_those_whose_metadata_is_asked_for(
    reader: Client, asked: dict[str, str | list[str]], ids: str
) -> None:
    shown = page(reader, "/deployments/", **asked)
    listed = shown.ids("deployments") if ids else []
    assert listed == [f"deployment-dep_{name}" for name in ids]
    runs = page(reader, "/runs/", **{f"deployment_{name}": values for name, values in asked.items()})
    assert len(runs.ids("runs") if ids else []) == len(ids)


def test_what_is_chosen_is_a_check_box_a_chip_and_a_list_to_choose_more_from(reader: Client) -> None:
    shown = page(reader, "/deployments/", **{"meta.team": ["data", HOSTILE]})
    combo = shown.one("span", id="f-meta.team-all")
    assert combo.attrs["data-choices"] == "/choices/meta.team/"
    boxes = [box.attrs["value"] for box in combo.all("input") if box.attrs.get("type") == "checkbox"]
    assert boxes == [HOSTILE, "data"]
    assert combo.one("input", id="f-meta.team").attrs["aria-label"] == "Team, 2 selected"
    assert not shown.all("img")
    offered = read(reader.get("/choices/meta.team/?q=A"))
    assert [item.words() for item in offered.all("li")] == ["data 2 deployments", "no team"]
    assert offered.one("p").words() == "2 teams"
    assert read(reader.get("/choices/meta.team/?q=zz")).one("p").words() == "No team has that in it"
    assert [reader.get(f"/choices/{name}/").status_code for name in ("meta.owner", "team")] == [404, 404]


def test_a_key_that_is_not_listed_is_no_filter(reader: Client, settings: LazySettings) -> None:
    settings.METADATA_KEYS = ()
    shown = page(reader, "/deployments/", **{"meta.team": "data"})
    assert len(shown.ids("deployments")) == 4
    assert "meta.team" in shown.one("main").words()
    assert not [item for item in shown.all("span") if item.attrs.get("data-name") == "meta.team"]


def test_other_pages_of_deployments_take_the_same_filters(reader: Client) -> None:
    for path in ("/calendar/", "/timeline/", "/handover/", "/wallboard/", "/deployments.csv", "/metrics"):
        text = reader.get(f"{path}?meta.team=data").getvalue().decode()
        assert "no such parameter" not in text, path
    assert reader.get("/metrics?meta.team=data").content.decode().count("qoder_deployment_info{") == 2


def test_a_rule_is_about_the_deployments_of_a_team_until_the_key_is_listed_no_more(
    settings: LazySettings,
) -> None:
    query = rules.question("/deployments/?meta.team=data", Snapshot(NOW))
    assert {row.deployment_id for row in Deployment.objects.matching(query)} == {"dep_a", "dep_c"}
    settings.METADATA_KEYS = ()
    with pytest.raises(RuleRefused, match=r"meta\.team=data means nothing"):
        rules.question("/deployments/?meta.team=data", Snapshot(NOW))


def test_a_list_in_groups_has_a_heading_above_each_that_counts_it_and_leads_to_it(
    reader: Client,
) -> None:
    stored_runs(run_record(9, NOW, "failed", deployment_id="dep_c"))
    shown = page(reader, "/deployments/", group="team", sort="name")
    ids = shown.ids("deployments")
    assert [row.removeprefix("deployment-dep_")[:1] for row in ids] == ["g", "b", "g", "a", "c", "g", "d"]
    heads = [shown.one("tr", id=row) for row in ids if row.startswith("group-")]
    assert [head.words() for head in heads] == [
        f"{HOSTILE} 1 deployment 1 ok",
        "data 2 deployments 1 failing",
        "no team 1 deployment 1 ok",
    ]
    assert heads[1].one("a").attrs["href"] == "/deployments/?meta.team=data&sort=name"
    assert shown.one("select", id="f-group").attrs["name"] == "group"
    first = page(reader, "/deployments/", group="team", sort="name", limit="10")
    assert first.ids("deployments") == ids


def test_a_row_says_whom_it_belongs_to_and_each_value_leads_to_its_list(reader: Client) -> None:
    shown = page(reader, "/deployments/")
    row = shown.one("tr", id="deployment-dep_a").one("td", class_="c-own")
    assert row.words() == "team data cost-center 7"
    hrefs = [link.attrs["href"] for link in row.all("a")]
    assert hrefs == ["/deployments/?meta.team=data", "/deployments/?meta.cost-center=7"]
    hostile = shown.one("tr", id="deployment-dep_b").one("td", class_="c-own")
    assert (hostile.words(), hostile.all("img")) == (f"team {HOSTILE}", [])


def test_files_and_metrics_have_the_values(reader: Client) -> None:
    head, *rows = reader.get("/deployments.csv?group=team&sort=name").getvalue().decode().splitlines()
    assert head.endswith(",judged_at,meta.team,meta.cost-center")
    assert [row.partition(",")[0] for row in rows] == ["dep_b", "dep_a", "dep_c", "dep_d"]
    assert [row.endswith(",data,7") for row in rows] == [False, True, False, False]
    info = [line for line in reader.get("/metrics").content.decode().splitlines() if "_info{" in line]
    assert ['meta_cost_center="7"' in line and 'meta_team="data"' in line for line in info].count(True) == 1


def test_a_wall_in_groups_has_a_place_for_each_heading_which_leads_nobody_but_its_reader(
    reader: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_runs(run_record(9, NOW, "failed", deployment_id="dep_c"))
    grid = page(reader, "/wallboard/", group="team", sort="name").one("ol")
    names = [HOSTILE, "b", "data", "a", "c", "no team", "d"]
    assert [item.one("h2").words() for item in grid.all("li")] == names
    data = grid.all("li")[2]
    assert data.words() == "data 1 failing 2 deployments"
    assert data.one("a").attrs["href"] == "/wallboard/?meta.team=data&sort=name"
    settings.DASHBOARD_AUTH = "login"
    monkeypatch.setattr("dashboard.views.wallboard.sees_every_page", lambda _request: False)
    assert page(reader, "/wallboard/", group="team").one("ol").all("a") == []
    monkeypatch.setattr(groups, "MOST_ON_A_WALL", 2)
    shown = page(reader, "/wallboard/", group="team")
    assert len(shown.one("ol").all("li")) == 4
    assert "there is room for 2 groups, and there are 3" in shown.one("footer").words()


BOOK = "https://wiki.example/runbooks/a?b=c#d"


@pytest.mark.parametrize("book", [BOOK, "javascript:go()", HOSTILE])
def test_a_runbook_is_beside_each_failure_a_link_where_it_is_an_address_and_else_a_text(
    reader: Client, settings: LazySettings, book: str
) -> None:
    settings.METADATA_KEYS = ("runbook",)
    stored_deployments(deployment_record("e", metadata={"runbook": book}))
    [run] = stored_runs(run_record(9, NOW, "failed", deployment_id="dep_e"))
    for path in ("/", "/deployments/dep_e/", f"/runs/{run.run_id}/", "/deployments/"):
        shown = page(reader, path)
        leading = [link for link in shown.all("a") if link.attrs["href"] == book]
        assert bool(leading) == (book == BOOK), path
        assert {link.attrs["rel"] for link in leading} <= {"noopener noreferrer nofollow"}, path
        assert book == BOOK or book in shown.words(), path
        assert not [link for link in shown.all("a") if link.attrs["href"].startswith("javascript:")]
        assert not shown.all("img"), path


def test_without_a_runbook_nothing_stands_in_its_place(reader: Client, settings: LazySettings) -> None:
    settings.METADATA_KEYS = ("runbook",)
    stored_runs(run_record(9, NOW, "failed", deployment_id="dep_a"))
    assert "runbook" not in page(reader, f"/runs/drun_{9:032x}/").words()
