"""`manage.py people`: what the page does, at a terminal."""

from __future__ import annotations

from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from dashboard.access import people
from dashboard.models import AuditEntry
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PASSWORD = "long enough to hold"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("people", *arguments, stdout=out)
    return out.getvalue()


def test_a_person_is_invited_listed_changed_and_reset(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE_SIZE", 1)
    settings.SITE_URL = "https://dashboard.example/"
    with time_machine.travel(NOW, tick=False):
        Client().force_login(User.objects.create_superuser("root", password=PASSWORD))
        invited = run("invite", "ana", "--role", "administrator")
        assert "https://dashboard.example/set-password/" in invited
        assert people.of_link(urlsplit(invited.split()[-1]).path.split("/")[2])
        assert run("list").splitlines() == [
            "ana: administrator, invited, 0 open, last sign-in never",
            f"root: administrator, enabled, 1 open, last sign-in {NOW.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        ]
        for do in ("role ana viewer", "disable ana", "enable ana", "sign-out root"):
            assert run(*do.split()) == "done\n"
        assert "set-password" in run("reset", "root")
    assert set(AuditEntry.objects.exclude(who="root").values_list("who", "address")) == {("manage.py", "")}


def test_a_link_without_a_site_leads_to_where_it_listens(settings: Any) -> None:
    settings.SITE_URL = ""
    assert f"http://{settings.HOST}:{settings.PORT}/set-password/" in run("invite", "ana")
    settings.DASHBOARD_AUTH = "oidc"
    assert run("reset", "ana") == "done: whoever comes next with that address is taken for this person\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("disable", "nobody"), "there is no such person"),
        (("invite", "a b"), "a name has at most 150 letters"),
        (("disable", "root"), "the last administrator who can sign in is root"),
    ],
)
def test_what_cannot_be_done_is_named(arguments: tuple[str, ...], reason: str) -> None:
    User.objects.create_superuser("root", password=PASSWORD)
    with pytest.raises(CommandError, match=reason):
        run(*arguments)
