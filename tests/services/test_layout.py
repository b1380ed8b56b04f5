"""What is on every page: where one is, what fails, whose data it is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from dashboard import __version__
from dashboard.models import Deployment
from dashboard.services.layout import Failing, frame
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def test_a_calm_frame_says_where_one_is_and_nothing_of_failing() -> None:
    live()
    framed = frame("runs", "Runs", NOW, "reader")
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
    stored_deployments(*(deployment_record(name) for name in "abc"))
    Deployment.objects.exclude(name="c").update(streak=2)
    framed = frame("deployments", "Deployments", NOW, "")
    assert framed.title == "(2!) Deployments"
    assert framed.failing == Failing(2, "/deployments/?health=failing")


def test_the_zone_named_is_the_one_in_force() -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert frame("runs", "Runs", NOW, "").zone == "Asia/Shanghai"
