"""Listed keys of metadata on pages: as filters; without any listed, nothing is different."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.test import Client

from dashboard.models import Deployment
from dashboard.services.alerts import rules
from dashboard.services.alerts.rules import RuleRefused
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOSTILE = '<img src=x onerror="go()"> & "\''


@pytest.fixture(autouse=True)
def fleet(settings: LazySettings) -> None:
    """Deployments of two teams, one of them named by a hostile text, and of none; each with a run."""
    settings.METADATA_KEYS = ("team", "cost-center")
    live()
    teams = {"a": {"team": "data", "cost-center": 7}, "b": {"team": HOSTILE}, "c": {"team": "data"}, "d": {}}
    stored_deployments(*(deployment_record(name, metadata=given) for name, given in teams.items()))
    stored_runs(*(run_record(n, NOW, deployment_id=f"dep_{name}") for n, name in enumerate(teams)))


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
