"""What is on every page: where one is, what fails, whose data it is."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from dashboard import __version__
from dashboard.models import Deployment
from dashboard.services.layout import Failing, layout, person, tab_signal
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def test_a_calm_frame_says_where_one_is_and_nothing_of_failing() -> None:
    live()
    framed = layout("runs", "Runs", Snapshot(NOW), person("reader"))
    assert (framed.title, framed.failing, framed.now, framed.person) == ("Runs", None, NOW, "reader")
    assert [(link.word, link.url, link.current) for link in framed.links] == [
        ("Overview", "/", False),
        ("Deployments", "/deployments/", False),
        ("Runs", "/runs/", True),
        ("Failures", "/failures/", False),
        ("Calendar", "/calendar/", False),
    ]
    assert framed.version == __version__
    assert [view.account for view in framed.feeds] == ["default"]


def test_the_title_begins_with_how_many_deployments_fail() -> None:
    live()
    stored_deployments(*(deployment_record(name) for name in "abc"))
    Deployment.objects.exclude(name="c").update(streak=2)
    framed = layout("deployments", "Deployments", Snapshot(NOW))
    assert framed.title == "(2!) Deployments"
    assert framed.failing == Failing(2, "/deployments/?health=failing")


def test_the_zone_named_is_the_one_in_force() -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert layout("runs", "Runs", Snapshot(NOW)).zone == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("healths", "feeds", "state", "prefix"),
    [
        ({}, [], "calm", ""),
        ({"ok": 9, "paused": 2, "never": 1, "archived": 4}, ["live"], "calm", ""),
        ({"failing": 3, "missed": 2}, ["live"], "failing", "(3!) "),
        ({"failing": 3}, ["live", "stale"], "failing", "(3!, stale) "),
        ({"missed": 2, "late": 5}, ["live"], "attention", "(2 missed) "),
        ({"paused-error": 1}, ["reading"], "attention", "(1 paused by error) "),
        ({"unknown": 1}, ["live"], "attention", "(1 not seen) "),
        ({"late": 1}, ["stale"], "stale", "(1 late, stale) "),
        ({"ok": 1}, ["stale", "live"], "stale", "(stale) "),
        ({}, ["never"], "attention", "(first reading) "),
        ({"failing": 1}, ["live", "never"], "failing", "(1!, first reading) "),
    ],
)
def test_the_worst_comes_first(healths: dict[str, int], feeds: list[str], state: str, prefix: str) -> None:
    result = tab_signal(healths, feeds)
    assert (result.state, result.prefix) == (state, prefix)
    assert result.failing == healths.get("failing", 0)


def test_each_state_has_an_icon_of_its_own() -> None:
    folder = Path(settings.BASE_DIR) / "static"
    names = ("favicon", "favicon-failing", "favicon-attention", "favicon-stale")
    assert len({(folder / f"{name}.svg").read_text() for name in names}) == 4
