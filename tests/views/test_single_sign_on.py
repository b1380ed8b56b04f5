"""Single sign-on against a real OpenID Connect provider over HTTP: who is let in, and who is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client
from oidc_provider_mock import User as Known
from oidc_provider_mock import run_server_in_thread

from dashboard.access import oidc, oidc_provider
from dashboard.access.sessions import SessionStore
from dashboard.models import Identity, Session
from tests.feeds import live
from tests.markup import read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("account"),
    # The provider's own affair: it warns of what its library will be one day.
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]
ANA: dict[str, object] = {"email": "Ana@team.example", "email_verified": True, "groups": ["ops"]}
KNOWN: dict[str, dict[str, object]] = {
    "ana": ANA,
    "unverified": ANA | {"email_verified": False},
    "says so itself": ANA | {"email_verified": "true"},
    "nameless": {"email_verified": True},
    "elsewhere": ANA | {"email": "ana@elsewhere.example"},
    "nearly": ANA | {"email": "ana@evil-team.example"},
    "below": ANA | {"email": "ana@sub.team.example"},
    "two": ANA | {"email": "ana@elsewhere.example@team.example "},
    "odd": ANA | {"email": "a b@team.example"},
}
NOBODY = "Single sign-on let nobody in: it was broken off, or you are not one of those who may look."


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Where the provider is, as long as these tests run."""
    users = [Known(sub=sub, claims=claims) for sub, claims in KNOWN.items()]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def provided(settings: Any, issuer: str) -> None:
    """The site, set up for that provider."""
    oidc_provider.provider.cache_clear()
    settings.DASHBOARD_AUTH, settings.AXES_ENABLED = "oidc", False
    settings.AUTHENTICATION_BACKENDS = [
        "axes.backends.AxesStandaloneBackend",
        "dashboard.access.oidc.Backend",
        "django.contrib.auth.backends.ModelBackend",
    ]
    at = settings.MIDDLEWARE.index("dashboard.views.signed_out.LoginRequiredMiddleware")
    recheck = "dashboard.views.single_sign_on.RecheckMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:at], recheck, *settings.MIDDLEWARE[at:]]
    settings.OIDC_ISSUER, settings.OIDC_ALLOWED_DOMAINS = issuer, ["team.example"]
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = "dashboard", "secret"
    settings.OIDC_VERIFY_KID = False  # this provider has one key, and gives it no name
    live()


# jwt and requests meet the real clock, not the one of these tests' records.
@pytest.fixture
def clock() -> None:
    """The clock goes on, since two programs have to agree on it."""


def begun(client: Client, wanted: str = "/runs/?status=failed") -> str:
    """Where the browser is sent to, beginning at a page that it may not see yet."""
    sign_in = client.get(wanted)["Location"]
    button = read(client.get(sign_in)).one("a", class_="btn").attrs["href"]
    return client.get(button)["Location"]


def agreed(url: str, who: str = "ana", action: str = "authorize") -> str:
    """Where the provider sends the browser back to, once that person has answered it."""
    url = url.replace("&prompt=none", "")  # whom this provider knows it never remembers
    answer = httpx.post(url, data={"sub": who, "action": action}, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def test_a_person_vouched_for_reaches_the_page_that_was_wanted(client: Client) -> None:
    there = begun(client)
    asked = parse_qs(urlsplit(there).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"nonce", "state"} <= asked.keys()
    back = client.get(agreed(there))
    assert (back.status_code, back["Location"]) == (302, "/runs/?status=failed")
    page = read(client.get(back["Location"]))
    assert page.one("form", class_="who").one("b").words() == "ana@team.example"
    assert not page.one("form", class_="who").all("a")  # there is no password here to change
    assert client.get("/account/password/").status_code == 404
    person = User.objects.get()
    assert (person.has_usable_password(), person.is_superuser) == (False, False)


def test_whoever_comes_again_is_the_same_person_and_signs_out(client: Client) -> None:
    for _ in range(2):
        client.get(agreed(begun(client)))
        assert client.get("/runs/").status_code == 200
        client.post("/sign-out/")
        assert client.get("/runs/").status_code == 302
    assert User.objects.count() == 1


@pytest.mark.parametrize("who", [who for who in KNOWN if who != "ana"])
def test_whom_it_does_not_vouch_for_stays_out(client: Client, who: str) -> None:
    response = client.get(agreed(begun(client), who))
    assert response.status_code == 403
    assert NOBODY in read(response).words()
    assert client.get("/runs/").status_code == 302
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("domains", "groups", "status"),
    [
        ([], ["ops"], 302),
        (["team.example"], ["ops", "others"], 302),
        ([], ["others"], 403),
        (["team.example"], ["others"], 403),
        (["other.example"], ["ops"], 403),
    ],
)
def test_domains_and_groups_say_who_may_look(
    client: Client, settings: Any, domains: list[str], groups: list[str], status: int
) -> None:
    settings.OIDC_ALLOWED_DOMAINS, settings.OIDC_ALLOWED_GROUPS = domains, groups
    assert client.get(agreed(begun(client))).status_code == status


def test_a_person_who_was_shut_out_here_or_breaks_off_stays_out(client: Client) -> None:
    assert client.get(agreed(begun(client), action="deny")).status_code == 403
    User.objects.create_user("ana@team.example", is_active=False)
    assert client.get(agreed(begun(client))).status_code == 403


def test_an_answer_is_good_once_and_for_the_browser_that_asked(client: Client) -> None:
    back = agreed(begun(client))
    assert Client().get(back).status_code == 403
    assert client.get(back.replace("state=", "state=x")).status_code == 400
    assert client.get(back).status_code == 302
    client.post("/sign-out/")
    assert client.get(back).status_code in (400, 403)
    assert client.get("/runs/").status_code == 302


def test_a_made_up_code_lets_nobody_in(client: Client) -> None:
    state = parse_qs(urlsplit(begun(client)).query)["state"][0]
    response = client.get(f"/single-sign-on/back/?code=made-up&state={state}")
    assert response.status_code == 503
    assert "did not answer as it should" in read(response).words()
    assert client.get("/single-sign-on/back/").status_code == 403


@pytest.mark.parametrize(
    "changes",
    [{"aud": "somebody else"}, {"aud": ["a", "b"]}, {"iss": "https://evil.example"}, {"sub": "bob"}],
)
def test_a_token_from_or_for_somebody_else_lets_nobody_in(
    client: Client, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    genuine = jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *args, **options: genuine(*args, **options) | changes)
    assert client.get(agreed(begun(client))).status_code in (400, 403)
    assert client.get("/runs/").status_code == 302
    assert not User.objects.exists()


def foreign() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "none"])
def test_a_token_that_the_provider_has_not_signed_lets_nobody_in(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, issuer: str, algorithm: str
) -> None:
    there = begun(client)
    [nonce] = parse_qs(urlsplit(there).query)["nonce"]
    claims = ANA | {"iss": issuer, "aud": "dashboard", "sub": "ana", "nonce": nonce}
    key: Any = {"RS256": foreign(), "HS256": "secret" * 8, "none": None}[algorithm]
    forged = jwt.encode(claims, key, algorithm)
    settings.OIDC_RP_CLIENT_SECRET = "secret" * 8
    monkeypatch.setattr(
        "dashboard.access.oidc.Backend.get_token", lambda *_: {"id_token": forged, "access_token": "x"}
    )
    assert client.get(agreed(there)).status_code in (400, 503)
    assert client.get("/runs/").status_code == 302
    assert not User.objects.exists()


def test_a_token_that_ran_out_lets_nobody_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def expired(*_: Any, **__: Any) -> None:
        raise jwt.ExpiredSignatureError

    monkeypatch.setattr(jwt, "decode", expired)
    assert client.get(agreed(begun(client))).status_code == 503
    assert not User.objects.exists()


def test_a_token_without_a_key_name_lets_nobody_in(client: Client, settings: Any) -> None:
    settings.OIDC_VERIFY_KID = True
    assert client.get(agreed(begun(client))).status_code == 503
    assert not User.objects.exists()


@pytest.mark.parametrize("issuer_of", ["http://localhost:9", "{}/", "{}/jwks"])
def test_a_provider_that_does_not_answer_properly_is_reported(
    client: Client, settings: Any, issuer: str, issuer_of: str
) -> None:
    settings.OIDC_ISSUER = issuer_of.format(issuer)
    response = client.get("/single-sign-on/")
    assert response.status_code == 503
    assert "did not answer as it should" in read(response).words()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_single_sign_on_never_leads_off_the_site(client: Client, wanted: str) -> None:
    there = client.get("/single-sign-on/", {"next": wanted})["Location"]
    assert client.get(agreed(there))["Location"] == "/"
    assert "evil" not in read(client.get("/sign-in/", {"next": wanted})).one("a", class_="btn").attrs["href"]


@pytest.mark.parametrize("path", ["/single-sign-on/", "/single-sign-on/back/"])
def test_where_people_sign_in_another_way_there_is_none(client: Client, settings: Any, path: str) -> None:
    settings.DASHBOARD_AUTH = "login"
    assert client.get(path).status_code == 404


def test_whoever_never_returns_from_the_provider_leaves_no_row(client: Client) -> None:
    there = begun(client)
    assert not Session.objects.exists()
    cookie = client.cookies["single-sign-on"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 600)
    client.get(agreed(there))
    assert client.cookies["single-sign-on"].value == ""
    assert [session.user for session in Session.objects.all()] == [User.objects.get()]


def test_an_address_to_return_to_that_no_cookie_has_room_for_is_forgotten(client: Client) -> None:
    there = client.get("/single-sign-on/", {"next": "/runs/?q=" + "x" * 1_900})["Location"]
    assert client.get(agreed(there))["Location"] == "/"


def test_a_sign_in_in_another_tab_is_finished_too(client: Client) -> None:
    first, second = begun(client), begun(client, "/failures/")
    assert client.get(agreed(second))["Location"] == "/failures/"
    assert client.get(agreed(first)).status_code == 302


def test_who_somebody_is_does_not_hang_on_the_address(
    client: Client, monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    client.get(agreed(begun(client)))
    identity = Identity.objects.get()
    assert (identity.issuer, identity.subject) == (issuer, "ana")
    moved = {"email": "ana.b@team.example", "email_verified": True, "groups": []}
    monkeypatch.setattr("dashboard.access.oidc_provider.vouched_for", lambda *_: moved)
    client.get(agreed(begun(Client(), "/")))  # somebody else's browser changes nothing here
    other = Client()
    assert other.get(agreed(begun(other))).status_code == 302
    assert User.objects.get().username == "ana@team.example"


def test_an_address_that_was_given_to_somebody_else_lets_nobody_in(client: Client, issuer: str) -> None:
    user = User.objects.create_user("ana@team.example")
    Identity.objects.create(user=user, issuer=issuer, subject="the former ana")
    assert client.get(agreed(begun(client))).status_code == 403
    Identity.objects.all().delete()  # as an administrator resets the account
    assert client.get(agreed(begun(client))).status_code == 302
    assert Identity.objects.get().user == user
    User.objects.update(is_active=False)
    assert Client().get(agreed(begun(Client()))).status_code == 403


@pytest.mark.parametrize(
    ("token", "more", "vouched"),
    [
        ({"email": "a@x", "email_verified": True}, {"email": "b@x", "email_verified": True}, ("a@x", True)),
        ({"email": "a@x"}, {"email": "a@x", "email_verified": True}, ("a@x", None)),
        ({"email_verified": True}, {"email": "b@x"}, ("b@x", None)),
        ({}, {"email": "b@x", "email_verified": True}, ("b@x", True)),
        ({}, {}, (None, None)),
    ],
)
def test_an_address_and_that_it_is_verified_come_from_one_source(
    token: dict[str, Any], more: dict[str, Any], vouched: tuple[Any, Any]
) -> None:
    claims = oidc_provider.vouched_for(token | {"groups": ["a"]}, more)
    assert (claims.get("email"), claims.get("email_verified"), claims["groups"]) == (*vouched, ["a"])
    assert oidc_provider.vouched_for({"groups": ["a"]}, {"groups": []})["groups"] == []
    assert "groups" not in oidc_provider.vouched_for({}, {})


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"exp": None}, 400),
        ({"azp": "somebody else"}, 400),
        ({"aud": ["dashboard", "b"]}, 400),
        ({"aud": ["dashboard", "b"], "azp": "dashboard"}, 302),
        ({"azp": "dashboard"}, 302),
        ({"sub": ""}, 400),
        ({"sub": "x" * 256}, 400),
    ],
)
def test_a_token_has_to_run_out_and_to_be_for_us_to_use(
    client: Client, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], status: int
) -> None:
    genuine = jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *args, **options: genuine(*args, **options) | changes)
    assert client.get(agreed(begun(client))).status_code == status


def test_a_signed_answer_about_a_person_needs_no_end_of_its_own(
    monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    claims = {"iss": issuer, "aud": "dashboard", "sub": "ana"}
    library = "mozilla_django_oidc.auth.OIDCAuthenticationBackend.verify_token"
    monkeypatch.setattr(library, lambda *_, **__: claims)
    assert oidc.Backend().verify_token("x") == claims


# -- Asking the provider again ----------------------------------------------------------------------


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.get(agreed(begun(client)))
    return client


def checked_ago(client: Client, minutes: float) -> None:
    session = client.session
    session["oidc_id_token_expiration"] = time.time() + 3600 - 60 * minutes
    session.save()


def test_a_session_asks_nothing_of_the_provider_for_an_hour(signed_in: Client) -> None:
    oidc_provider.provider.cache_clear()
    checked_ago(signed_in, 59)
    assert signed_in.get("/runs/").status_code == 200


def test_after_an_hour_a_page_has_the_provider_say_again_who_it_is(signed_in: Client) -> None:
    checked_ago(signed_in, 61)
    assert signed_in.get("/runs/", headers={"HX-Request": "true"}).status_code == 200
    assert signed_in.get("/runs/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
    led = signed_in.get("/runs/?status=failed")
    assert led["Location"] == "/single-sign-on/?next=%2Fruns%2F%3Fstatus%3Dfailed"
    there = signed_in.get(led["Location"])["Location"]
    assert parse_qs(urlsplit(there).query)["prompt"] == ["none"]
    back = signed_in.get(agreed(there))
    assert back["Location"] == "/runs/?status=failed"
    assert signed_in.get(back["Location"]).status_code == 200
    assert Session.objects.count() == 1


def test_what_cannot_be_led_anywhere_ends_after_another_hour(signed_in: Client, settings: Any) -> None:
    checked_ago(signed_in, 121)
    settings.OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = 0
    assert signed_in.get("/runs/", headers={"HX-Request": "true"}).status_code == 200
    settings.OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = 3600
    assert signed_in.get("/runs/", headers={"HX-Request": "true"}).status_code == 302
    assert not Session.objects.exists()


def test_whom_the_provider_vouches_for_no_more_is_signed_out(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_ago(signed_in, 61)
    there = signed_in.get(signed_in.get("/runs/")["Location"])["Location"]
    monkeypatch.setattr("dashboard.access.oidc_provider.vouched_for", lambda *_: {})
    assert signed_in.get(agreed(there)).status_code == 403
    assert signed_in.get("/runs/").status_code == 302
    assert not Session.objects.exists()


def test_whoever_is_signed_out_at_the_provider_signs_in_again_and_comes_back(signed_in: Client) -> None:
    checked_ago(signed_in, 61)
    there = signed_in.get(signed_in.get("/runs/")["Location"])["Location"]
    [state] = parse_qs(urlsplit(there).query)["state"]
    answer = signed_in.get(f"/single-sign-on/back/?error=login_required&state={state}")
    assert answer["Location"] == "/sign-in/?next=/runs/"
    assert not Session.objects.exists()


def test_a_session_of_another_way_of_signing_in_opens_nothing(signed_in: Client, settings: Any) -> None:
    issuer = settings.OIDC_ISSUER
    for changed in ({"DASHBOARD_AUTH": "login"}, {"OIDC_ISSUER": "https://another.example"}):
        for name, value in changed.items():
            setattr(settings, name, value)
        assert signed_in.get("/runs/").status_code == 302
        settings.DASHBOARD_AUTH, settings.OIDC_ISSUER = "oidc", issuer
    kept = signed_in.cookies["sessionid"].value
    settings.DASHBOARD_AUTH = "none"
    assert not SessionStore(kept).get("_auth_user_id")


def test_there_is_no_password_to_sign_in_with(client: Client) -> None:
    User.objects.create_user("ana", password="long enough to hold")
    client.post("/sign-in/", {"username": "ana", "password": "long enough to hold"})
    assert client.get("/runs/").status_code == 302
    assert client.get("/first-sign-in/x/").status_code == 404
