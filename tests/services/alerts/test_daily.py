"""The daily summary: one message for each local day, with figures that a plain count gives."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.models import AlertIncident, AlertMessage, AlertRule, Slot, Watch
from dashboard.services.alerts import daily, rules, texts
from dashboard.services.alerts.rules import RuleDraft, RuleRefused
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.judging import judge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = NOW.replace(hour=8, minute=0)  # 1 h 42 min before


def rule(daily_at: str = "08:00", made_at: datetime = NOW - DAY, **more: str) -> AlertRule:
    draft = RuleDraft("On call", "/deployments/?health=failing", "ops@example.org", daily=daily_at, **more)
    return rules.make(draft, "", Snapshot(made_at))


def written(now: datetime) -> list[str]:
    """The subjects of what is written at that instant."""
    before = AlertMessage.objects.count()
    daily.write_due(now)
    return [texts.subject(message) for message in AlertMessage.objects.order_by("pk")[before:]]


def watched(since: datetime, until: datetime) -> None:
    Watch.objects.create(account="default", since=since, until=until)


def test_a_day_is_summed_up_once_with_figures_and_how_completely_it_was_read() -> None:
    live()
    made = rule()
    stored_deployments(deployment_record("a"), deployment_record("b"))
    for number, (hours, status) in enumerate(
        ((1, "failed"), (2, "completed"), (30, "failed"), (-1, "failed"))
    ):
        stored_runs(run_record(number, DUE - hours * HOUR, status), now=NOW)
    judge(NOW)
    for hours, outcome in (
        (3, "missed"),
        (4, "on time"),
        (5, "unobserved"),
        (6, "withdrawn"),
        (30, "missed"),
    ):
        at = DUE - hours * HOUR
        Slot.objects.create(account="default", deployment_id="dep_b", at=at, outcome=outcome, seen_at=at)
    at = DUE - HOUR  # of a deployment that is none of the rule's
    Slot.objects.create(account="default", deployment_id="dep_z", at=at, outcome="missed", seen_at=at)
    for opened, closed in ((DUE - HOUR, None), (DUE - 30 * HOUR, DUE - HOUR), (DUE + HOUR, None)):
        AlertIncident.objects.create(rule=made, cause="x", label="x", opened_at=opened, closed_at=closed)
    AlertIncident.objects.create(rule=made, cause="blind:default", label="x", opened_at=DUE - HOUR)
    watched(DUE - 30 * HOUR, DUE - 3 * HOUR)
    watched(DUE - 2 * HOUR, NOW)
    assert written(NOW) == ["[On call] daily summary, Tue 16 Jun: 1 failing, 1 of 2 runs failed"]
    assert written(NOW + MINUTE) == []
    message = AlertMessage.objects.get()
    assert texts.as_text(message) == (
        "Mon 15 Jun 08:00 to Tue 16 Jun 08:00 (UTC).\n"
        "The API was read for 23 h of 24 h.\n"
        "Runs: 2, 1 failed, 1 completed; all read.\n"
        "Promised firings: 3, 1 came to nothing, 1 while nobody was looking.\n"
        "Alerts of this rule: 1 opened, 1 closed, 2 open now.\n"
        "Deployments now: 1 failing, 1 never ran.\n"
        "\n"
        "/deployments/"
    )
    body = json.loads(texts.as_json(message))
    assert (body["type"], body["data"]["figures"]["outcomes"]) == (
        "alert.summary",
        {"completed": 1, "failed": 1},
    )
    assert (body["data"]["figures"]["read_s"], body["data"]["figures"]["of_s"]) == (82_800, 86_400)


def test_a_quiet_day_is_sent_and_a_day_that_nobody_could_see_says_so() -> None:
    live()
    rule(zone="Europe/Berlin")
    watched(NOW - 2 * DAY, NOW)
    assert written(NOW) == ["[On call] daily summary, Tue 16 Jun: 0 failing, 0 of 0 runs failed"]
    assert written(NOW + DAY) == ["[On call] daily summary, Wed 17 Jun: 0 failing, 0 of 0 runs failed"]
    assert written(NOW + 2 * DAY) == ["[On call] daily summary, Thu 18 Jun: 0 failing, 0 of 0 runs failed"]
    bodies = [texts.as_text(message).splitlines() for message in AlertMessage.objects.order_by("pk")]
    assert [lines[1] for lines in bodies] == [
        "The API was read all day.",
        "The API was read for 3 h 42 min of 24 h.",
        "Nobody could see this day: the API was not read. Figures are of what was read since.",
    ]
    assert bodies[0][0] == "Mon 15 Jun 08:00 to Tue 16 Jun 08:00 (Europe/Berlin)."
    assert bodies[0][-3] == "Deployments now: none."


def test_nothing_is_summed_up_without_a_time_before_there_was_a_rule_or_of_a_filter_that_means_nothing(
    settings: Any,
) -> None:
    live()
    made = rule("")
    assert written(NOW) == []
    AlertRule.objects.update(daily_at="08:00", made_at=NOW)
    assert written(NOW) == []
    assert len(written(NOW + DAY)) == 1
    AlertRule.objects.update(address="/deployments/?health=odd")
    assert written(NOW + 2 * DAY) == []
    made.delete()


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(RuleRefused, match="has to be like 08:00"):
        rule("8 o'clock")
