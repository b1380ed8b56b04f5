"""The timeline of the fleet: whose bars, in which order, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.domain.states import Health
from dashboard.models import Deployment, HealthChange
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.timeline.page import HealthTimeline, timeline
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live
from tests.health_bars import changed, watched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def ask(query: str = "") -> HealthTimeline:
    snapshot = Snapshot(NOW)
    return timeline(read_question("timeline", QueryDict(query), snapshot), snapshot)


def fleet(number: int) -> None:
    live()
    watched()
    stored_deployments(*(deployment_record(f"{n:02}") for n in range(number)))
    Deployment.objects.filter(name__in=("03", "05")).update(streak=2)
    for n in range(number):
        changed((Health.OK, 99), (Health.FAILING, 12), key=f"{n:02}")


def test_what_needs_attention_comes_first_and_the_rest_by_name() -> None:
    fleet(8)
    assert [bar.name for bar in ask().rows] == ["03", "05", "00", "01", "02", "04", "06", "07"]
    assert ask("sort=-name").rows[0].name == "07"


def test_the_filters_of_the_list_of_deployments_choose_the_bars() -> None:
    fleet(8)
    page = ask("health=failing&span=7d&limit=20")
    assert [bar.name for bar in page.rows] == ["03", "05"]
    assert [link.url for link in page.beside] == [
        "/deployments/?health=failing",
        "/handover/?health=failing&since=7d",
    ]
    assert (page.count.number, page.total.number) == (2, 8)


def test_the_span_is_a_choice_that_keeps_the_filters() -> None:
    fleet(2)
    page = ask("q=0&span=7d")
    assert [(span.word, span.url, span.current) for span in page.spans] == [
        ("24h", "/timeline/?q=0", False),
        ("7d", "/timeline/?q=0&span=7d", True),
        ("30d", "/timeline/?q=0&span=30d", False),
    ]


def test_a_page_has_so_many_bars_and_a_way_to_more() -> None:
    fleet(23)
    page = ask("limit=20")
    assert len(page.rows) == 20
    assert [size.word for size in page.pager.sizes] == ["20", "50"]
    assert len(ask(page.pager.older_url.partition("?")[2]).rows) == 3


def test_it_takes_as_many_queries_for_many_changes_as_for_none() -> None:
    fleet(1)
    HealthChange.objects.all().delete()
    few = queries()
    fleet_more = [(Health.OK if n % 2 else Health.FAILING, 20 - n / 10) for n in range(150)]
    stored_deployments(*(deployment_record(f"{n:02}") for n in range(40)))
    for n in range(40):
        changed(*fleet_more, key=f"{n:02}")
    assert queries() == few <= 7


def queries() -> int:
    snapshot = Snapshot(NOW + timedelta(seconds=1))
    with CaptureQueriesContext(connection) as captured:
        timeline(read_question("timeline", QueryDict(), snapshot), snapshot)
    return len(captured)
