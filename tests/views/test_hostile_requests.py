"""Whatever a request says of itself: no address breaks, leads off the site, or takes its word for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dashboard.access import share_links
from tests.factories import NOW, deployment_record, run_record, somebody, stored_deployments, stored_runs
from tests.feeds import live
from tests.views.test_site import routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "kept")]
EXAMPLES = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
ADDRESSES = [*(address for _, address in routes()), "/nowhere/", "/static/js/site.js", "/static/../x", "//"]
HEADERS = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Type", "Cookie", "Forwarded"),
    *(
        "HX-Current-URL",
        "HX-History-Restore-Request",
        "HX-Request",
        "HX-Target",
        "If-Match",
        "If-Modified-Since",
    ),
    *("If-None-Match", "Origin", "Range", "Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host"),
    *(
        "X-Forwarded-Proto",
        "X-Forwarded-User",
        "X-Http-Method-Override",
        "X-Original-Url",
        "X-Requested-With",
    ),
)
# What a server hands over: a header has no line breaks and no NUL, and its bytes are read as Latin-1.
in_a_header = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60)
hostile = st.one_of(
    in_a_header,
    st.sampled_from(
        [
            *(
                "<script>alert(1)</script>",
                "{{ 7 * 7 }}",
                "' OR 1=1 --",
                "true",
                "list",
                "https",
                "bytes=0-1,5-",
            ),
            *("https://evil.example/", "=?utf-8?q?x?=", "gzip;q=nan, *;q=-1", 'W/"x", *', "9" * 4_000, "%00"),
            *(
                "Thu, 32 Foo 9999 99:99:99 GMT",
                "multipart/form-data; boundary=",
                "application/json; charset=x",
            ),
        ]
    ),
)
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "PURGE",
)


@pytest.fixture
def kept() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "failed"))


def answered(client: Client, method: str, address: str, body: bytes, headers: dict[str, str]) -> None:
    """Ask, and hold the answer to what every answer has to keep."""
    client.raise_request_exception = False
    sent = dict(headers)
    kind = sent.pop("Content-Type", "application/x-www-form-urlencoded")
    response: Any = client.generic(method, address, body, kind, headers=sent)
    content = response.getvalue()
    assert response.status_code < 500 or address == "/healthz", (method, address, headers)
    where = urlsplit(response.get("Location", ""))
    assert where.netloc in ("", "testserver"), response["Location"]
    assert "evil.example" not in where.netloc
    assert "49" not in response.get("HX-Push-Url", "")
    assert b"<script>alert(1)</script>" not in content


@EXAMPLES
@given(
    method=st.sampled_from(METHODS),
    address=st.sampled_from(ADDRESSES),
    headers=st.dictionaries(st.sampled_from(HEADERS), hostile, max_size=5),
    signed_in=st.booleans(),
)
def test_no_header_and_no_method_breaks_an_address(
    reader: Client, method: str, address: str, headers: dict[str, str], signed_in: bool
) -> None:
    client = Client()
    if signed_in:
        client.cookies["sessionid"] = reader.cookies["sessionid"].value
        headers.pop("Cookie", None)
    answered(client, method, address, b"", headers)


@EXAMPLES
@given(
    address=st.sampled_from(ADDRESSES),
    cookies=st.dictionaries(st.sampled_from(["zone", "sessionid", "csrftoken", "x"]), hostile, min_size=1),
)
def test_no_cookie_breaks_an_address(reader: Client, address: str, cookies: dict[str, str]) -> None:
    sent = {"sessionid": reader.cookies["sessionid"].value} | cookies
    line = "; ".join(f"{name}={value}" for name, value in sent.items())
    answered(Client(), "GET", address, b"", {"Cookie": line})


@EXAMPLES
@given(address=st.sampled_from(ADDRESSES), body=st.one_of(st.binary(max_size=200), st.just(b"a=1&" * 5_000)))
def test_no_body_breaks_an_address(reader: Client, address: str, body: bytes) -> None:
    if address != "/sign-out/":
        answered(reader, "POST", address, body, {})


FIELDS = ("next", "username", "password", "old_password", "name", "kind", "of", "expires", "x")
ODD_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["foo", "foo.bar", "/", "//evil.example", "https://evil.example", "javascript:1", "\x00", "/\\x"]
    ),
)


@EXAMPLES
@given(
    address=st.sampled_from(ADDRESSES), form=st.dictionaries(st.sampled_from(FIELDS), ODD_VALUES, max_size=4)
)
@example(address="/refresh/", form={"next": "foo"})
@example(address="/sign-in/", form={"next": "foo"})
@example(address="/links/", form={"name": "x", "kind": "calendar", "of": "http://[", "expires": "never"})
def test_no_form_breaks_an_address(reader: Client, address: str, form: dict[str, str]) -> None:
    if address != "/sign-out/":
        answered(reader, "POST", address, urlencode(form, errors="replace").encode(), {})


@EXAMPLES
@given(path=st.text(max_size=60), query=st.text(max_size=60))
def test_no_path_at_all_breaks_the_site(reader: Client, path: str, query: str) -> None:
    written = quote(path.encode("utf-8", "replace"), safe="/")
    answered(reader, "GET", f"/{written}?{quote(query.encode('utf-8', 'replace'), safe='=&')}", b"", {})


@EXAMPLES
@given(text=st.text(max_size=40), file=st.text(max_size=20))
def test_no_text_after_a_link_s_beginning_opens_or_breaks_anything(text: str, file: str) -> None:
    _, token = share_links.make("x", "calendar", "/calendar.ics", made_by=somebody(), now=NOW, lasts=None)
    for address in (f"/l/{quote(text)}/{quote(file)}", f"/l/{token}{quote(text)}/{quote(file)}"):
        client = Client(raise_request_exception=False)
        response = client.get(address)
        assert response.status_code in (301, 302, 404) or (not text and file == "calendar.ics")


HOSTS = [
    *("evil.example", "testserver.evil.example", "evil.example:80", "testserver@evil.example", "", " "),
    *(
        "testserver:80:80",
        "testserver:99999999",
        "[::1",
        "a" * 300,
        "testserver/evil",
        "evil.example#testserver",
    ),
    *("xn--e1a.example", "127.0.0.1.evil.example", "testserver, evil.example", "<script>", "0x7f000001"),
]


@pytest.mark.parametrize("host", HOSTS)
def test_no_other_host_is_answered_and_none_is_repeated(reader: Client, host: str) -> None:
    for address in ("/runs/", "/sign-in/", "/runs", "/links/", "/calendar.ics"):
        response = reader.get(address, headers={"Host": host})
        assert response.status_code == 400 or host in ("", "testserver:99999999"), address
        assert "evil" not in response.content.decode() + str(response.headers)


def test_a_host_that_a_header_of_the_visitor_names_is_not_believed(reader: Client) -> None:
    given_name = {"name": "x", "kind": "calendar", "of": "/calendar/", "expires": "never"}
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Original-Url": "/x"}
    response = reader.post("/links/", given_name, headers=forged)
    assert "http://testserver/l/" in response.content.decode()
    assert "evil" not in response.content.decode()
