"""Behind a proxy that signs people in: its header is believed from its own address, and from nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.access import share_links
from tests.factories import NOW, somebody
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
PROXY, ELSEWHERE = "192.0.2.9", "192.0.2.8"
LOGIN = "dashboard.views.signed_out.LoginRequiredMiddleware"


@pytest.fixture(autouse=True)
def behind(settings: Any) -> None:
    """A site that is set up for it."""
    settings.DASHBOARD_AUTH, settings.TRUSTED_PROXY = "proxy", PROXY
    settings.MIDDLEWARE = [
        "dashboard.views.proxy.ProxyMiddleware" if name == LOGIN else name for name in settings.MIDDLEWARE
    ]
    live()


def asked(
    path: str = "/runs/", name: str | None = "ana", came_from: str = PROXY, header: str = "X-Forwarded-User"
) -> Any:
    headers = {} if name is None else {header: name}
    return Client(REMOTE_ADDR=came_from).get(path, headers=headers)


def test_whom_the_proxy_names_is_let_in_and_is_one_person_from_then_on() -> None:
    for _ in range(2):
        response = asked()
        assert response.status_code == 200
        assert read(response).one("span", class_="who").words() == "ana"
        assert not response.cookies.get("sessionid")
    person = User.objects.get()
    assert (person.username, person.has_usable_password(), person.is_superuser) == ("ana", False, False)


def test_a_person_who_was_here_before_is_the_same_person() -> None:
    before = User.objects.create_user("ana", password="long enough to hold")
    assert asked().status_code == 200
    assert User.objects.get() == before


@pytest.mark.parametrize("came_from", [ELSEWHERE, "127.0.0.1", "", "::1", f"{PROXY}0"])
def test_the_header_is_a_claim_from_anywhere_else(came_from: str) -> None:
    response = asked(came_from=came_from)
    assert response.status_code == 403
    assert "This site is reached through its proxy, which signs people in." in read(response).words()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "spoofed",
    [
        {"X-Forwarded-For": PROXY},
        {"X-Real-Ip": PROXY},
        {"Forwarded": f"for={PROXY}"},
        {"Remote-Addr": PROXY},
        {"X-Remote-User": "ana"},
        {"Remote-User": "ana"},
    ],
)
def test_no_other_header_makes_anyone_the_proxy(spoofed: dict[str, str]) -> None:
    client = Client(REMOTE_ADDR=ELSEWHERE)
    assert client.get("/runs/", headers={"X-Forwarded-User": "ana"} | spoofed).status_code == 403
    assert not User.objects.exists()


def test_a_session_does_not_lead_around_the_proxy() -> None:
    person = User.objects.create_user("ana", password="long enough to hold")
    for came_from in (ELSEWHERE, PROXY):
        client = Client(REMOTE_ADDR=came_from)
        client.force_login(person)
        assert client.get("/runs/").status_code == 403


def test_the_name_in_the_header_wins_over_a_session() -> None:
    client = Client(REMOTE_ADDR=PROXY)
    client.force_login(User.objects.create_superuser("root"))
    page = read(client.get("/runs/", headers={"X-Forwarded-User": "ana"}))
    assert page.one("span", class_="who").words() == "ana"


@pytest.mark.parametrize(
    "name",
    [None, "", " ", "ana,root", "ana root", "<script>", "a\x00b", "x" * 151, "ana\r\nX-Forged: 1", "(null)"],
)
def test_a_name_that_is_none_lets_nobody_in(name: str | None) -> None:
    response = asked(name=name)
    assert response.status_code == 403
    assert "The proxy in front of this site named nobody who may look." in read(response).words()
    assert not User.objects.exists()


def test_a_person_who_was_shut_out_here_stays_out() -> None:
    User.objects.create_user("ana", is_active=False)
    assert asked().status_code == 403


def test_another_header_may_carry_the_name(settings: Any) -> None:
    settings.PROXY_USER_HEADER = "Remote-Email"
    assert asked(name="ana@team.example", header="Remote-Email").status_code == 200
    assert asked(name="ana").status_code == 403


@pytest.mark.parametrize("path", ["/sign-in/", "/first-sign-in/x/", "/account/password/"])
def test_there_is_no_password_to_sign_in_with(path: str) -> None:
    response = asked(path)
    assert response.status_code == 404
    assert "Nobody signs in with a password here." in read(response).words()


def test_what_is_open_to_all_stays_open() -> None:
    ana = somebody("ana")
    _, token = share_links.make("x", "calendar", "/calendar.ics", made_by=ana, now=NOW, lasts=None)
    for path in ("/livez", "/readyz", "/healthz", f"/l/{token}/calendar.ics"):
        assert asked(path, name=None, came_from=ELSEWHERE).status_code == 200


def test_a_person_behind_the_proxy_makes_links() -> None:
    given = {"name": "x", "kind": "calendar", "of": "/calendar/", "expires": "never"}
    client = Client(REMOTE_ADDR=PROXY)
    response = client.post("/links/", given, headers={"X-Forwarded-User": "ana"})
    assert read(response).one("code", id="made").words()
    assert [link.made_by for link in share_links.all_links()] == ["ana"]
