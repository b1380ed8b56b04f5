"""What goes wrong, what is tried again, and for how long."""

from __future__ import annotations

import logging
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services.cloud import (
    Cloud,
    CloudError,
    CursorGone,
    Forbidden,
    Nonsense,
    NotAccepted,
    Refused,
    Throttled,
    Transport,
    Unavailable,
    transport,
)
from dashboard.simulator import Fault
from tests.services.cloud.support import Answer, Api, page, raw, refusal
from tests.upstream import TOKEN, Upstream

NOTHING = page()
HTML = raw("<html><h1>502 Bad Gateway</h1></html>", 502, **{"content-type": "text/html"})


def failed(api: Api) -> CloudError:
    """The error of a walk that ends in one."""
    with pytest.raises(CloudError) as caught:
        api.runs()
    return caught.value


# -- The families -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (400, Refused),
        (401, NotAccepted),
        (403, Forbidden),
        (404, Refused),
        (405, Refused),
        (408, Unavailable),
        (409, Refused),
        (413, Refused),
        (422, Refused),
        (429, Throttled),
        (500, Unavailable),
        (501, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (529, Unavailable),
        (599, Unavailable),
        (201, Nonsense),
        (204, Nonsense),
        (302, Nonsense),
        (304, Nonsense),
    ],
)
def test_a_status_belongs_to_one_family(status: int, family: type[CloudError]) -> None:
    error = failed(Api(refusal(status, type="some_error", message="It is so.", param="some")))
    assert type(error) is family
    assert (error.status, error.type, error.param) == (status, "some_error", "some")
    assert error.message == str(error) == "It is so."


def test_a_cursor_that_is_gone_is_a_refusal() -> None:
    assert issubclass(CursorGone, Refused)
    assert all(issubclass(family, CloudError) for family in (Refused, NotAccepted, Forbidden, Throttled))
    assert not issubclass(CloudError, httpx.HTTPError)


@pytest.mark.parametrize(
    ("status", "kind", "family"),
    [
        (400, "invalid_request_error", Refused),
        (401, "authentication_error", NotAccepted),
        (403, "permission_error", Forbidden),
        (429, "rate_limit_error", Throttled),
        (503, "api_error", Unavailable),
    ],
)
@pytest.mark.parametrize("generation", [1, 2])
def test_an_error_over_the_wire_carries_all_that_is_known(
    upstream: Upstream, cloud: Cloud, status: int, kind: str, family: type[CloudError], generation: int
) -> None:
    upstream.api.generation = generation
    upstream.api.faults.append(Fault("status", status=status, type=kind, message="So it is.", times=None))
    with pytest.raises(family) as caught:
        list(cloud.deployments())
    error = caught.value
    assert (error.status, error.type, error.message) == (status, kind, "So it is.")
    assert error.request_id == upstream.api.log[-1].request_id
    assert len(error.request_id) == 32


def test_a_wrong_token_is_not_accepted(upstream: Upstream) -> None:
    cloud = Cloud(Transport(upstream.url, lambda: "pt-another-9876543210"))
    with pytest.raises(NotAccepted, match="Invalid API key or token") as caught:
        list(cloud.deployments())
    assert (caught.value.status, caught.value.type) == (401, "authentication_error")
    assert len(upstream.api.log) == 1
    cloud.close()


def test_an_address_without_the_api_is_refused(upstream: Upstream) -> None:
    cloud = Cloud(Transport(upstream.url + "/nowhere", lambda: TOKEN))
    with pytest.raises(Refused, match="No such resource") as caught:
        list(cloud.deployments())
    assert caught.value.status == 404
    cloud.close()


@pytest.mark.parametrize(
    ("answer", "family", "message"),
    [
        (HTML, Unavailable, "status 502 without a message"),
        (raw("", 500), Unavailable, "status 500 without a message"),
        (raw("<html>", 403), Forbidden, "status 403 without a message"),
        (raw('{"error":"bad request"}', 400), Refused, "status 400 without a message"),
        (raw('{"error":null}', 401), NotAccepted, "status 401 without a message"),
        (raw('{"error":{"message":null,"type":null,"param":null}}', 429), Throttled, "status 429 without a"),
        (raw('{"error":["a"]}', 400), Refused, "status 400 without a message"),
        (raw("[]", 400), Refused, "status 400 without a message"),
        (raw("", 200), Nonsense, "the answer is not a list of this API"),
        (raw("<html>", 200), Nonsense, "the answer is not a list of this API"),
        (raw('{"data":[{"id"', 200), Nonsense, "the answer is not a list of this API"),
        (raw("[]", 200), Nonsense, "the answer is not a list of this API"),
        (raw('"data"', 200), Nonsense, "the answer is not a list of this API"),
        (raw("{}", 200), Nonsense, "the answer is not a list of this API"),
        (raw(b"\xff\xfe\x00", 200), Nonsense, "the answer is not a list of this API"),
        (raw("[" * 100_000, 200), Nonsense, "the answer is not a list of this API"),
        (raw('{"data":' + "[" * 100_000, 200), Nonsense, "the answer is not a list of this API"),
        (raw("", 302, location="https://elsewhere.example/"), Nonsense, "a redirect, which is not followed"),
        (raw("", 204), Nonsense, "status 204 without a message"),
    ],
)
def test_an_answer_that_is_no_envelope_is_an_error_with_a_sentence(
    answer: Answer, family: type[CloudError], message: str
) -> None:
    error = failed(Api(answer))
    assert type(error) is family
    assert message in error.message
    assert (error.type, error.param) == ("", "")
    assert error.request_id


def test_a_message_of_another_kind_is_shown_as_text() -> None:
    error = failed(Api(refusal(400, message={"a": 1}, type=5, param=["x"])))
    assert (error.message, error.type, error.param) == ("{'a': 1}", "5", "['x']")


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"request_id": "body"}, {"x-request-id": "header", "request-id": "other"}, "body"),
        ({}, {"x-request-id": "header", "request-id": "other"}, "header"),
        ({}, {"request-id": "other"}, "other"),
        ({"request_id": ""}, {"x-request-id": "header"}, "header"),
        ({"request_id": 7}, {}, "7"),
    ],
)
def test_the_request_id_is_read_from_the_body_then_from_the_headers(
    body: dict[str, Any], headers: dict[str, str], expected: str
) -> None:
    answer: Answer = {"status_code": 400, "json": {"error": {"message": "no"}} | body, "headers": headers}
    assert failed(Api(answer)).request_id == expected


def test_without_a_request_id_in_the_answer_it_is_our_own() -> None:
    api = Api(raw("", 400))
    assert failed(api).request_id == api.asked[0].headers["x-request-id"]
    api = Api(httpx.ConnectError("refused"))
    assert failed(api).request_id == api.asked[-1].headers["x-request-id"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (httpx.ConnectError("Connection refused"), "no answer: Connection refused"),
        (httpx.ConnectTimeout("timed out"), "no answer: timed out"),
        (httpx.ReadTimeout("timed out"), "no answer: timed out"),
        (httpx.ReadError("reset by peer"), "no answer: reset by peer"),
        (httpx.RemoteProtocolError("peer closed connection"), "no answer: peer closed connection"),
        (httpx.UnsupportedProtocol("no scheme"), "no answer: no scheme"),
        (httpx.ReadError(""), "no answer: ReadError"),
    ],
)
def test_no_answer_is_unavailable_and_says_why(error: Exception, message: str) -> None:
    error = failed(Api(error))
    assert type(error) is Unavailable
    assert error.message == message
    assert (error.status, error.type, error.retry_after) == (None, "", None)


def test_a_body_that_cannot_be_unpacked_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="no answer"):
        Api(raw("no gzip", 200, **{"content-encoding": "gzip"})).runs()


@pytest.mark.parametrize("kind", ["cut", "reset", "html"])
def test_a_broken_answer_over_the_wire_is_tried_again(upstream: Upstream, cloud: Cloud, kind: str) -> None:
    upstream.api.faults.append(Fault(kind, times=3))
    assert len(list(cloud.deployments())) == 1
    assert len(upstream.api.log) == 4


@pytest.mark.parametrize("kind", ["cut", "reset", "html"])
def test_answers_that_stay_broken_are_unavailable(upstream: Upstream, cloud: Cloud, kind: str) -> None:
    upstream.api.faults.append(Fault(kind, times=None))
    with pytest.raises(Unavailable):
        list(cloud.deployments())
    assert len(upstream.api.log) == 4


def test_a_host_that_does_not_listen_is_unavailable() -> None:
    cloud = Cloud(Transport("http://127.0.0.1:9/api", lambda: TOKEN, sleep=lambda _: None))
    with pytest.raises(Unavailable, match=r"no answer: .*refused"):
        list(cloud.deployments())
    cloud.close()


@pytest.mark.parametrize("message", ["half \ud83e a character", "nul \x00"])
def test_what_an_error_says_can_be_stored(message: str) -> None:
    error = failed(Api(refusal(400, message=message, type=message)))
    for text in (error.message, error.type):
        assert text.encode()
        assert "\x00" not in text


# -- What is tried again ----------------------------------------------------------------------------

HEALS: list[Answer] = [
    *(refusal(status, message="later") for status in (408, 429, 500, 502, 503, 529)),
    *(httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), HTML),
]
STAYS: list[Answer] = [
    *(refusal(status, message="no") for status in (400, 401, 403, 404, 409, 422)),
    *(raw("", 302, location="/"), raw("<html>", 200), {"status_code": 200, "json": {"data": 5}}),
]


@pytest.mark.parametrize("answer", HEALS)
def test_what_time_can_heal_is_tried_again(answer: Answer) -> None:
    api = Api(answer, answer, answer, NOTHING)
    assert len(api.runs()) == 1
    assert len(api.asked) == 4


@pytest.mark.parametrize("answer", HEALS)
def test_at_most_three_times(answer: Answer) -> None:
    api = Api(answer, answer, answer, answer, AssertionError("one try too many"))
    assert type(failed(api)) in (Throttled, Unavailable)
    assert len(api.waited) == 3


@pytest.mark.parametrize("answer", STAYS)
def test_what_time_does_not_heal_is_not_tried_again(answer: Answer) -> None:
    api = Api(answer, AssertionError("one try too many"))
    failed(api)
    assert api.waited == []


def test_a_retry_asks_the_same_under_an_id_of_its_own() -> None:
    api = Api(httpx.ReadError("x"), NOTHING)
    api.runs(status="failed")
    first, second = api.asked
    assert first.url == second.url
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_it_waits_longer_each_time_and_not_like_everybody_else() -> None:
    waits = []
    for _ in range(20):
        api = Api(refusal(503))
        failed(api)
        waits.append(api.waited)
    for tries in zip(*waits, strict=True):
        assert len(set(tries)) > 1
    for seconds, tries in zip((1, 2, 4), zip(*waits, strict=True), strict=True):
        assert all(seconds * 0.75 <= wait <= seconds * 1.25 for wait in tries)


def test_the_backoff_is_the_one_that_the_api_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
    api = Api(refusal(503))
    failed(api)
    assert api.waited == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("header", "waited"),
    [("3", 3.0), ("0", 0.0), ("1.5", 1.5), ("-7", 0.0), ("10", 10.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(status: int, header: str, waited: float) -> None:
    api = Api(refusal(status, {"retry-after": header}, message="later"), NOTHING)
    api.runs()
    assert api.waited == [waited]


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=6), usegmt=True)
    api = Api(refusal(429, {"retry-after": date}), NOTHING)
    api.runs()
    assert 3 < api.waited[0] <= 6


def test_a_date_without_a_zone_is_taken_as_utc() -> None:
    date = (datetime.now(UTC) + timedelta(seconds=6)).strftime("%a, %d %b %Y %H:%M:%S -0000")
    api = Api(refusal(429, {"retry-after": date}), NOTHING)
    api.runs()
    assert 3 < api.waited[0] <= 6


@pytest.mark.parametrize("header", ["", "soon", "1 2 3", "3 s", "0x10", "Wed, 99 Oct 2015", "٣"])
def test_a_retry_after_that_says_nothing_leaves_the_backoff(header: str) -> None:
    api = Api({"status_code": 429, "headers": {"retry-after": header.encode()}}, NOTHING)
    api.runs()
    assert 0.75 <= api.waited[0] <= 1.25


@pytest.mark.parametrize("header", ["11", "3600", "1e9", "inf", "Wed, 21 Oct 2115 07:28:00 GMT"])
def test_whoever_asks_for_too_long_gets_the_error_at_once(header: str) -> None:
    api = Api(refusal(429, {"retry-after": header}, message="come back later"), AssertionError("too early"))
    error = failed(api)
    assert error.message == "come back later"
    assert error.retry_after is not None
    assert error.retry_after > 10
    assert api.waited == []


def test_not_a_number_of_seconds_says_nothing() -> None:
    api = Api(refusal(429, {"retry-after": "nan"}), NOTHING)
    api.runs()
    assert 0.75 <= api.waited[0] <= 1.25


def test_an_error_that_is_not_tried_again_has_its_retry_after() -> None:
    assert failed(Api(refusal(401, {"retry-after": "60"}))).retry_after == 60.0
    assert failed(Api(refusal(401))).retry_after is None


def test_retry_after_over_the_wire_is_obeyed(upstream: Upstream) -> None:
    waited: list[float] = []
    upstream.api.faults.append(Fault("status", status=429, retry_after=2))
    cloud = Cloud(Transport(upstream.url, lambda: TOKEN, sleep=waited.append))
    list(cloud.deployments())
    assert waited == [2.0]
    cloud.close()


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_retry_after_makes_it_raise(header: str) -> None:
    seconds = transport._retry_after(header)
    assert seconds is None or not seconds < 0


def test_a_retry_is_logged_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "dashboard"):
        Api(refusal(503, {"retry-after": "2"}, message="Down for a moment."), NOTHING).runs()
    assert caplog.messages == ["Down for a moment.; trying again in 2.0 s"]


def test_whoever_sleeps_may_end_the_asking() -> None:
    class Stop(Exception):  # noqa: N818 - it is no error
        pass

    def sleep(_: float) -> None:
        raise Stop

    answers = httpx.MockTransport(lambda _: httpx.Response(503, stream=httpx.ByteStream(b"")))
    cloud = Cloud(Transport("https://api.example", lambda: TOKEN, transport=answers, sleep=sleep))
    with pytest.raises(Stop):
        list(cloud.deployments())
