"""The health of one deployment over time: three bands, and why it changed."""

from __future__ import annotations

import pytest

from dashboard.domain.states import Health, HealthCause
from dashboard.models import Deployment
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.timeline.one import HealthHistory, health_history
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live
from tests.health_bars import HOUR, changed, watched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def history() -> HealthHistory:
    snapshot = Snapshot(NOW)
    return health_history(Deployment.objects.get(), snapshot)


def test_a_day_a_week_and_a_month_are_drawn_from_the_same_changes() -> None:
    live()
    watched()
    stored_deployments(deployment_record())
    changed((Health.OK, 500), (Health.FAILING, 100), (Health.LATE, 12))
    words = {band.span: [part.badge.word for part in band.bar.stretches] for band in history().bands}
    assert words == {
        "24h": ["failing", "late"],
        "7d": ["ok", "failing", "late"],
        "30d": ["not known", "ok", "failing", "late"],
    }


@pytest.mark.parametrize(
    ("hours", "bands"),
    [
        ([], []),
        ([(20, 0)], ["24h"]),
        ([(30, 0)], ["24h", "7d"]),
        ([(400, 390), (2, 0)], ["24h", "30d"]),
        ([(900, 0)], ["24h", "7d", "30d"]),
    ],
)
def test_a_longer_band_is_drawn_where_it_shows_what_a_shorter_one_does_not(
    hours: list[tuple[float, float]], bands: list[str]
) -> None:
    live()
    stored_deployments(deployment_record())
    for span in hours:
        watched(span)
    changed((Health.OK, 700))
    assert [band.span for band in history().bands] == bands


def test_each_change_says_what_it_came_from() -> None:
    live()
    stored_deployments(deployment_record())
    changed((Health.OK, 9), cause=HealthCause.FIRST)
    changed((Health.FAILING, 8), cause=HealthCause.RUN, run_id="drun_1", before=Health.OK)
    changed((Health.LATE, 7), cause=HealthCause.CLOCK, before=Health.FAILING)
    late, failing, first = history().changes
    assert (late.after.word, late.cause, late.url) == ("late", "the clock", "")
    assert late.moment == NOW - 7 * HOUR - HOUR / 60
    assert (failing.cause, failing.url, failing.moment) == ("a run", "/runs/drun_1/", None)
    assert (failing.before.word if failing.before else "", first.before) == ("ok", None)
