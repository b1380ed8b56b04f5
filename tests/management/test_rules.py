"""`manage.py rules` and `manage.py receive`."""

from __future__ import annotations

import re
import threading
from io import StringIO
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from dashboard.access import audit
from dashboard.domain.states import Deed
from dashboard.models import AlertMessage, AlertRule, AuditEntry, QuietWindow
from dashboard.services.alerts import webhook

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rules", *arguments, stdout=out)
    return out.getvalue()


def test_a_rule_is_added_listed_tried_and_removed() -> None:
    made = run(
        *(
            "add",
            "--name",
            "ops",
            "--filter",
            "health=failing",
            "--webhook",
            "https://hooks.example/",
            "--daily",
        )
    )
    secret = AlertRule.objects.get().secret
    assert made == f"made ops: /deployments/?health=failing\nits secret, shown only now: {secret}\n"
    listed = "ops: /deployments/?health=failing by webhook to https://hooks.example/, daily at 08:00 UTC: "
    assert run("list") == f"{listed}nothing sent yet\n"
    assert "in the outbox" in run("test", "ops")
    assert AlertMessage.objects.get().kind == "test"
    AlertRule.objects.update(last_error="hooks.example answers 500")
    assert run("list") == f"{listed}hooks.example answers 500\n"
    assert run("remove", "ops") == "removed\n"
    assert run("list") == ""


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (("--of", "runs", "--filter", "status=failed&min_duration=10m"), "?status=failed&min_duration=10m"),
        (("--of", "runs"), "?status=failed"),
        (("--of", "failures"), ""),
        (("--filter", ""), ""),
        ((), "?health=failing"),
    ],
)
def test_a_rule_is_of_deployments_runs_or_failures(arguments: tuple[str, ...], address: str) -> None:
    made = run("add", "--name", "ops", "--email", "ops@example.org", *arguments)
    page = arguments[1] if "--of" in arguments else "deployments"
    assert made == f"made ops: /{page}/{address}\n"


def test_the_address_of_a_service_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = "TIiajkdnlazkcOXrIdevi7FQ"
    address = f"slack://T1JJ3T3L2/A1BRTD4JD/{hidden}"
    monkeypatch.setattr("sys.stdin", StringIO(f"{address}\n"))
    made = run("add", "--name", "a", "--service", "-") + run("add", "--name", "b", "--service", address)
    listed = run("list")
    assert hidden not in made + listed
    assert "a: /deployments/?health=failing by service to Slack: nothing sent yet\n" in listed
    assert set(AlertRule.objects.values_list("target", flat=True)) == {address}
    with pytest.raises(CommandError, match="a service has an address of apprise, such as"):
        run("add", "--name", "c", "--service", "https://hooks.example/")


def test_a_quiet_window_is_added_listed_and_removed() -> None:
    night = ("quiet", "add", "--name", "night", "--filter", "q=a", "--zone", "Europe/Berlin")
    made = run(*night, "--from", "22:00", "--to", "06:00", "--on", "sat,sun")
    assert made == "made night: /deployments/?q=a, 0 deployments\n"
    listed = "night: /deployments/?q=a, Sat, Sun, 22:00 to 06:00 (Europe/Berlin): "
    assert run("quiet", "list") == f"{listed}0 deployments\n"
    run("quiet", "add", "--name", "now", "--from", "00:00", "--to", "00:00")
    assert run("quiet", "list").endswith("now: /deployments/, daily, 00:00 to 00:00 (UTC): now\n")
    QuietWindow.objects.filter(name="now").update(address="/deployments/?limit=x")
    assert "limit=x means nothing" in run("quiet", "list")
    assert run("quiet", "remove", "night") == "removed\n"
    deeds = AuditEntry.objects.order_by("pk").values_list("kind", "who", "what")
    by = audit.COMMAND
    assert list(deeds) == [
        (Deed.WINDOW_MADE, by, "night"),
        (Deed.WINDOW_MADE, by, "now"),
        (Deed.WINDOW_REMOVED, by, "night"),
    ]
    with pytest.raises(CommandError, match="no quiet window was made: it needs the times"):
        run("quiet", "add", "--name", "x")
    with pytest.raises(CommandError, match="there is no quiet window of that name"):
        run("quiet", "remove", "night")


def test_a_given_secret_is_not_shown() -> None:
    made = run("add", "--name", "ops", "--webhook", "https://hooks.example/", "--secret", SECRET)
    assert SECRET not in made + run("list")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("add", "--name", "x", "--email", "nobody"), "no rule was made: it goes to an address of mail"),
        (("test", "x"), "there is no rule of that name"),
        (("remove", "x"), "there is no rule of that name"),
    ],
)
def test_what_cannot_be_done_is_named(arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(*arguments)


def test_a_receiver_shows_what_is_signed_and_refuses_the_rest(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.1"),)
    out = StringIO()
    listening = threading.Event()
    flush = out.flush
    out.flush = lambda: (flush(), listening.set())[0]  # type: ignore[method-assign, func-returns-value]
    arguments = ("receive", "--port", "0", "--secret", SECRET, "--times", "3")
    thread = threading.Thread(target=call_command, args=arguments, kwargs={"stdout": out}, daemon=True)
    thread.start()
    assert listening.wait(10)
    url = re.findall(r"http://\S+", out.getvalue())[0]
    body = (
        b'{"type": "alert.opened", "data": {"label": "timeout_error", "deployments": [{"name": "nightly"}]}}'
    )
    webhook.post(url, SECRET, "msg_1", 1, body)
    with pytest.raises(webhook.NotSent, match="answers 401"):
        webhook.post(url, SECRET.replace("M", "N"), "msg_2", 1, body)
    assert httpx.post(url, content=body, headers={"webhook-timestamp": "now"}).status_code == 401
    thread.join(10)
    assert out.getvalue().splitlines()[1:] == ["alert.opened timeout_error nightly (msg_1)"]
