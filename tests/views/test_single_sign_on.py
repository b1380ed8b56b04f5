"""Single sign-on against a real OpenID Connect provider over HTTP: who is let in, and who is not."""

from __future__ import annotations

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

from dashboard.access import oidc_provider
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


def test_a_session_asks_nothing_of_the_provider_any_more(client: Client, settings: Any) -> None:
    client.get(agreed(begun(client)))
    oidc_provider.provider.cache_clear()
    settings.OIDC_ISSUER = "http://localhost:9"
    assert client.get("/runs/").status_code == 200


def test_there_is_no_password_to_sign_in_with(client: Client) -> None:
    User.objects.create_user("ana", password="long enough to hold")
    client.post("/sign-in/", {"username": "ana", "password": "long enough to hold"})
    assert client.get("/runs/").status_code == 302
    assert client.get("/first-sign-in/x/").status_code == 404
