"""What a reading opens, goes on with and closes of each rule, and what is written into the outbox of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.thresholds import ALERT_WELL_FOR, BLIND_AFTER, SAME_INCIDENT
from dashboard.models import AlertIncident, AlertMessage, AlertRule, Deployment
from dashboard.services.alerts import rules, texts, watching
from dashboard.services.alerts.rules import RuleDraft, RuleRefused
from dashboard.services.cloud.accounts import Account
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing, live
from tests.judging import judge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE = timedelta(minutes=1)
RATE_LIMITED = {"type": "session_rate_limited_error", "message": "Rate limit reached: 12 a minute"}


def rule(address: str = "/deployments/?health=failing", name: str = "On call", **more: str) -> AlertRule:
    draft = RuleDraft(name, address, more.pop("target", "ops@example.org"), **more)
    return rules.make(draft, "somebody", Snapshot(NOW))


def deployments(*keys: str, account: str = "default") -> None:
    stored_deployments(*(deployment_record(key) for key in keys), account=account)


def ran(number: int, status: str, key: str, at: datetime, account: str = "default", **changes: Any) -> None:
    record = run_record(number, at, status, deployment_id=f"dep_{key}", **changes)
    stored_runs(record, account=account, now=at)


def look(at: datetime, account: str = "default") -> list[str]:
    """Look at that instant; the subjects of the messages that are written."""
    before = AlertMessage.objects.count()
    judge(at)
    watching.look(account, at)
    return [texts.subject(message) for message in AlertMessage.objects.order_by("pk")[before:]]


def test_twelve_deployments_with_one_cause_are_one_message_and_one_end() -> None:
    live()
    rule()
    keys = [f"{n:02}" for n in range(12)]
    deployments(*keys)
    for number, key in enumerate(keys):
        ran(number, "failed", key, NOW, error=RATE_LIMITED)
    assert look(NOW) == ["[On call] 12 deployments: session_rate_limited_error"]
    assert look(NOW + MINUTE) == []
    for number, key in enumerate(keys):
        ran(100 + number, "completed", key, NOW + 2 * MINUTE)
    assert look(NOW + 3 * MINUTE) == []
    assert look(NOW + 3 * MINUTE + ALERT_WELL_FOR) == [
        "[On call] over: session_rate_limited_error, 12 deployments"
    ]
    assert look(NOW + 2 * ALERT_WELL_FOR) == []


def test_a_message_says_what_why_since_when_and_where() -> None:
    live()
    rule(zone="Asia/Kolkata")
    deployments("a")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    look(NOW)
    text = texts.as_text(AlertMessage.objects.get())
    assert text == (
        "Since Tue 16 Jun 15:12 (Asia/Kolkata).\n"
        "- a: failing: session_rate_limited_error Rate limit reached: 12 a minute\n"
        "  /deployments/dep_a/\n"
        "As of the reading of Tue 16 Jun 15:11.\n"
        "\n"
        "/deployments/?health=failing"
    )


def test_a_token_in_an_error_is_not_sent() -> None:
    live()
    rule()
    deployments("a")
    ran(1, "failed", "a", NOW, error={"type": "", "message": "refused: pt-0123456789abcdef"})
    [subject] = look(NOW)
    message = AlertMessage.objects.get()
    assert "pt-0123456789abcdef" not in f"{subject} {texts.as_text(message)} {texts.as_json(message)!r}"
    assert "refused: pt-" in subject


def test_a_message_names_deployments_in_the_order_of_their_ids_whatever_order_they_are_stored_in() -> None:
    live()
    rule()
    for key in ("c", "a", "d", "b"):
        deployments(key)
        ran(ord(key), "failed", key, NOW, error=RATE_LIMITED)
    look(NOW)
    [message] = AlertMessage.objects.all()
    assert [row["id"] for row in message.content["deployments"]] == ["dep_a", "dep_b", "dep_c", "dep_d"]


def test_a_message_has_the_runbook_of_those_that_have_one_and_a_rule_may_be_of_a_team(settings: Any) -> None:
    settings.METADATA_KEYS = ("team", "runbook")
    live()
    rule("/deployments/?health=failing&meta.team=data")
    data = {"team": "data", "runbook": "https://wiki.example/a"}
    for key, own in {"a": data, "b": {"team": "data"}, "c": {"team": "web"}}.items():
        stored_deployments(deployment_record(key, metadata=own))
        ran(ord(key), "failed", key, NOW, error=RATE_LIMITED)
    assert look(NOW) == ["[On call] 2 deployments: session_rate_limited_error"]
    [message] = AlertMessage.objects.all()
    assert [row.get("runbook") for row in message.content["deployments"]] == ["https://wiki.example/a", None]
    assert texts.as_text(message).count("  Runbook: https://wiki.example/a\n") == 1


def test_addresses_are_in_full_where_the_site_is_known(settings: Any) -> None:
    settings.SITE_URL = "https://dashboard.example/"
    live()
    rule()
    deployments("a")
    ran(1, "failed", "a", NOW)
    look(NOW)
    message = AlertMessage.objects.get()
    assert "https://dashboard.example/deployments/dep_a/" in texts.as_text(message)
    assert b'"url":"https://dashboard.example/deployments/?health=failing"' in texts.as_json(message)


def test_more_of_the_same_wait_a_little_and_are_then_one_message() -> None:
    live()
    rule()
    deployments("a", "b", "c")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    look(NOW)
    ran(2, "failed", "b", NOW + MINUTE, error=RATE_LIMITED)
    ran(3, "failed", "c", NOW + MINUTE, error=RATE_LIMITED)
    assert look(NOW + 2 * MINUTE) == []
    assert look(NOW + SAME_INCIDENT) == ["[On call] 2 deployments: session_rate_limited_error"]


def test_a_message_that_is_dated_later_than_now_holds_back_none() -> None:
    live()
    rule()
    deployments("a", "b")
    for number, (key, at) in enumerate((("a", NOW), ("b", NOW - 60 * MINUTE))):
        ran(number, "failed", key, at, error=RATE_LIMITED)
        assert look(at) == ["[On call] 1 deployment: session_rate_limited_error"]


def test_a_message_is_as_of_the_reading_of_the_account_that_was_read_least_lately(
    settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live("other", NOW - 20 * MINUTE)
    live("default", NOW)
    rule()
    for number, name in enumerate(("other", "default")):
        deployments("a", account=name)
        message = f"Rate limit reached: {20 - number} a minute"
        ran(number, "failed", "a", NOW - 30 * MINUTE, name, error={"type": "", "message": message})
        judge(NOW)
    for minutes, name in ((0, "other"), (61, "default"), (62, "default")):
        watching.look(name, NOW + minutes * MINUTE)
    messages = AlertMessage.objects.order_by("pk")
    assert [(message.kind, texts.as_text(message).splitlines()[-3][-6:]) for message in messages] == [
        ("opened", "09:21."),
        ("opened", "09:41."),
        ("still", "09:21."),
    ]


def test_of_texts_that_differ_in_numbers_the_first_one_is_quoted() -> None:
    live()
    rule()
    deployments("a", "b", "c")
    for number, key in enumerate("abc"):
        error = {"type": "", "message": f"Rate limit reached: {(5 + number) % 3} a minute"}
        ran(number, "failed", key, NOW, error=error)
    assert look(NOW) == ["[On call] 3 deployments: Rate limit reached: 0 a minute"]


def test_another_error_is_another_message_also_of_the_same_deployment() -> None:
    live()
    rule()
    deployments("a")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    look(NOW)
    ran(2, "failed", "a", NOW + MINUTE, error={"type": "timeout_error", "message": "late"})
    assert look(NOW + MINUTE) == [
        "[On call] over: session_rate_limited_error, 1 deployment",
        "[On call] 1 deployment: timeout_error",
    ]


def test_what_fails_every_other_time_is_one_alert() -> None:
    live()
    rule()
    deployments("a")
    written: list[str] = []
    for number in range(6):
        at = NOW + number * MINUTE
        ran(number, "failed" if number % 2 == 0 else "completed", "a", at, error=RATE_LIMITED)
        written += look(at)
    assert written == ["[On call] 1 deployment: session_rate_limited_error"]


def test_what_was_never_sent_ends_without_a_word() -> None:
    live()
    rule()
    deployments("a", "b")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    look(NOW)
    ran(2, "failed", "b", NOW + MINUTE, error=RATE_LIMITED)
    look(NOW + MINUTE)
    ran(3, "completed", "b", NOW + 2 * MINUTE)
    ran(4, "completed", "a", NOW + 2 * MINUTE)
    look(NOW + 2 * MINUTE)
    assert look(NOW + 2 * MINUTE + ALERT_WELL_FOR) == [
        "[On call] over: session_rate_limited_error, 1 deployment"
    ]


def test_an_incident_of_which_nothing_was_sent_closes_without_a_word() -> None:
    live()
    made = rule()
    incident = AlertIncident.objects.create(rule=made, cause="x", label="x", opened_at=NOW)
    assert look(NOW) == []
    incident.refresh_from_db()
    assert incident.closed_at == NOW


def test_what_goes_on_is_sent_again_after_an_hour_and_then_daily() -> None:
    live()
    rule()
    deployments("a")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    look(NOW)
    hour, day = timedelta(hours=1), timedelta(days=1)
    still = ["[On call] still 1 deployment: session_rate_limited_error"]
    assert look(NOW + hour - MINUTE) == []
    assert look(NOW + hour) == still
    assert look(NOW + hour + MINUTE) == []
    assert look(NOW + hour + day) == still


def test_other_healths_are_causes_of_their_own() -> None:
    live()
    rule("/deployments/?health=never&health=failing")
    deployments("a", "b")
    ran(1, "failed", "a", NOW, error={"type": "", "message": ""})
    assert sorted(look(NOW)) == ["[On call] 1 deployment: failing", "[On call] 1 deployment: never ran"]


def test_a_rule_of_one_account_is_about_no_other(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, Account("lab", "", "", "", lambda: ""))
    live()
    live("lab")
    rule("/deployments/?health=failing&account=lab")
    deployments("a")
    deployments("b", account="lab")
    ran(1, "failed", "a", NOW)
    ran(2, "failed", "b", NOW, account="lab")
    assert look(NOW) == []
    assert look(NOW, "lab") == ["[On call] 1 deployment: timeout_error"]
    [named] = AlertMessage.objects.get().content["deployments"]
    assert named["url"] == "/deployments/dep_b/?account=lab"


def test_an_account_that_cannot_be_read_is_its_own_message_and_nothing_else_is_sent() -> None:
    feed = failing(error_status=401, failing_since=NOW)
    rule()
    watching.cannot_see(feed, NOW + BLIND_AFTER - MINUTE / 2)
    assert not AlertMessage.objects.exists()
    watching.cannot_see(feed, NOW + BLIND_AFTER)
    watching.cannot_see(feed, NOW + 2 * BLIND_AFTER)
    message = AlertMessage.objects.get()
    assert texts.subject(message) == "[On call] cannot see account default: HTTP 401"
    assert "Since Tue 16 Jun 09:42" in texts.as_text(message)
    feed.failing_since = None
    feed.save()
    watching.cannot_see(feed, NOW + 3 * BLIND_AFTER)
    assert look(NOW + 3 * BLIND_AFTER) == ["[On call] account default is read again"]
    assert look(NOW + 4 * BLIND_AFTER) == []


def test_a_second_outage_is_sent_too_while_something_else_is_open() -> None:
    feed = live()
    rule()
    deployments("a")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    look(NOW)
    for start in (NOW + MINUTE, NOW + 9 * MINUTE):
        feed.failing_since, feed.error_status = start, 503
        watching.cannot_see(feed, start + BLIND_AFTER)
        look(start + 2 * BLIND_AFTER)
    kinds = AlertMessage.objects.order_by("pk").values_list("kind", flat=True)
    assert [*kinds] == ["opened", "blind", "seeing", "blind", "seeing"]


def test_a_reason_without_a_status_is_named_by_its_family() -> None:
    rule()
    watching.cannot_see(failing(error_family="Unavailable"), NOW)
    assert "Unavailable" in texts.subject(AlertMessage.objects.get())


def test_a_rule_whose_filters_mean_nothing_any_more_is_failing_and_sends_nothing() -> None:
    live()
    made = rule()
    AlertRule.objects.update(address="/deployments/?health=abolished")
    deployments("a")
    assert look(NOW) == []
    assert look(NOW + MINUTE) == []
    made.refresh_from_db()
    assert made.failing_since == NOW
    assert "health=abolished means nothing" in made.last_error


def test_a_long_message_names_some_and_counts_the_rest() -> None:
    live()
    rule()
    keys = [f"{n:02}" for n in range(23)]
    deployments(*keys)
    for number, key in enumerate(keys):
        ran(number, "failed", key, NOW, error=RATE_LIMITED)
    look(NOW)
    assert "and 3 more" in texts.as_text(AlertMessage.objects.get())


def test_a_hostile_name_is_one_line() -> None:
    live()
    rule()
    stored_deployments(deployment_record("a", name="x\r\nBcc: all@example.org\x1b[2J"))
    ran(1, "failed", "a", NOW, error={"type": "a\nb", "message": "c\nd"})
    [subject] = look(NOW)
    assert "\n" not in subject
    assert "\nBcc" not in texts.as_text(AlertMessage.objects.get())


def test_a_deployment_that_is_gone_from_the_mirror_is_counted_still() -> None:
    live()
    rule()
    deployments("a")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    look(NOW)
    Deployment.objects.all().delete()
    look(NOW + MINUTE)
    assert look(NOW + MINUTE + ALERT_WELL_FOR) == ["[On call] over: session_rate_limited_error, 1 deployment"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "On call"}, "needs a name that no other rule has"),
        ({"address": "/deployments/?health=odd"}, "health=odd means nothing"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"target": "nobody"}, "an address of mail, to a webhook"),
        ({"target": "http://hooks.example/"}, "begin with https://"),
        ({"target": "https://hooks.example/", "secret": "short"}, "at least 24 bytes"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_reason(changes: dict[str, str], reason: str) -> None:
    rule()
    given = {"name": "Other", "address": "/deployments/", "target": "ops@example.org"} | changes
    with pytest.raises(RuleRefused, match=reason):
        rules.make(RuleDraft(**given), "", Snapshot(NOW))
    assert AlertRule.objects.count() == 1


def test_a_webhook_gets_a_secret_of_its_own_or_keeps_the_given_one() -> None:
    given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert rule(name="1", target="https://hooks.example/").secret.startswith("whsec_")
    assert rule(name="2", target="https://hooks.example/", secret=given).secret == given
    assert rule(name="3", secret=given).secret == ""
