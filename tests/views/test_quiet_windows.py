"""Quiet windows on their page, on the overview and on the wall."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.domain.states import Deed
from dashboard.models import AuditEntry, QuietWindow
from dashboard.services.alerts import quiet
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
NIGHT = {
    "name": "Release night",
    "address": "/deployments/?q=a",
    "zone": "Europe/Berlin",
    "from_time": "11:00",
    "to_time": "13:00",
}
QUIET = "Quiet until Tue 16 Jun 11:00: nothing is sent for 1 deployment (Release night)"


@pytest.fixture
def administrator() -> Client:
    live()
    stored_deployments(deployment_record("a"), deployment_record("b"))
    client = Client()
    client.force_login(User.objects.create_superuser("administrator"))
    return client


def words_of(response: Any) -> str:
    return " ".join(read(response).words().split())


def test_a_window_is_made_shown_while_it_is_in_force_and_removed(administrator: Client) -> None:
    assert QUIET not in words_of(administrator.get("/"))
    assert administrator.post("/quiet/", NIGHT)["Location"] == "/quiet/"
    window = QuietWindow.objects.get()
    assert (window.made_by, window.days, window.covers) == ("administrator", "0123456", 1)
    assert QUIET in words_of(administrator.get("/"))
    assert QUIET in words_of(administrator.get("/wallboard/"))
    listed = words_of(administrator.get("/quiet/"))
    assert "daily, 11:00 to 13:00 (Europe/Berlin) Quiet until Tue 16 Jun 11:00 1 deployment" in listed
    assert administrator.post("/quiet/Release%20night/")["Location"] == "/quiet/"
    assert QUIET not in words_of(administrator.get("/"))
    assert administrator.post("/quiet/Release%20night/").status_code == 404
    deeds = AuditEntry.objects.exclude(kind=Deed.SIGNED_IN).order_by("pk")
    assert list(deeds.values_list("kind", "who", "what")) == [
        (Deed.WINDOW_MADE, "administrator", "Release night"),
        (Deed.WINDOW_REMOVED, "administrator", "Release night"),
    ]


def test_a_window_may_come_once_or_on_some_days(administrator: Client) -> None:
    once = {"begins": "2026-06-16T20:00", "ends": "2026-06-17T06:00", "from_time": "", "to_time": ""}
    administrator.post("/quiet/", NIGHT | once)
    administrator.post("/quiet/", NIGHT | {"name": "Weekends", "days": ["sat", "sun"], "zone": "UTC"})
    assert QuietWindow.objects.get(name="Release night").begins_at == NOW.replace(hour=18, minute=0)
    listed = words_of(administrator.get("/quiet/"))
    assert "once, Tue 16 Jun 20:00 to Wed 17 Jun 06:00 (Europe/Berlin) Next Tue 16 Jun 18:00" in listed
    assert "Sat, Sun, 11:00 to 13:00 (UTC) Next Sat 20 Jun 11:00" in listed
    QuietWindow.objects.filter(name="Release night").update(ends_at=NOW)
    assert "Over" in words_of(administrator.get("/quiet/"))


def test_a_window_whose_filters_mean_nothing_any_more_is_nowhere_shown_as_in_force(
    administrator: Client,
) -> None:
    administrator.post("/quiet/", NIGHT)
    QuietWindow.objects.update(address="/deployments/?health=odd")
    quiet.covered(Snapshot(NOW))  # as the sync looks
    for address in ("/", "/wallboard/"):
        assert "Quiet until" not in words_of(administrator.get(address))
    listed = words_of(administrator.get("/quiet/"))
    assert "It holds nothing back: the filter health=odd means nothing" in listed
    assert "Quiet until" not in listed


def test_what_cannot_work_is_named(administrator: Client) -> None:
    page = administrator.post("/quiet/", NIGHT | {"address": "/deployments/?health=failing"})
    assert "It is about deployments however they stand: leave out health." in words_of(page)
    assert "This field is required." in words_of(administrator.post("/quiet/", NIGHT | {"name": ""}))


def test_others_see_windows_and_change_nothing(administrator: Client, reader: Client) -> None:
    administrator.post("/quiet/", NIGHT)
    assert "Administrators make quiet windows here" in words_of(reader.get("/quiet/"))
    assert reader.post("/quiet/", NIGHT | {"name": "Mine"}).status_code == 403
    assert reader.post("/quiet/Release%20night/").status_code == 403
    assert QuietWindow.objects.count() == 1
