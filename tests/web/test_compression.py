"""Answers that are sent as Brotli to whoever takes it."""

from __future__ import annotations

import gzip

import brotli
import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from dashboard.web.compression import CompressionMiddleware, compress, takes_brotli

PAGE = b"<p>the same line again and again</p>\n" * 40


def asks(accepted: str) -> HttpRequest:
    return RequestFactory().get("/", headers={"Accept-Encoding": accepted})


def sent(accepted: str, answer: HttpResponseBase) -> HttpResponseBase:
    return CompressionMiddleware(lambda _: answer).process_response(asks(accepted), answer)


def page(content: bytes = PAGE, tag: str = '"known"') -> HttpResponse:
    return HttpResponse(content, headers={"ETag": tag})


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("br", True),
        ("gzip, deflate, br, zstd", True),
        ("BR;q=0.5", True),
        ("br;q=1.0, *", True),
        ("br;level=1", True),
        ("br;q=0", False),
        ("gzip, br; q=0.00 ", False),
        ("brx, xbr, gzip", False),
        ("*", False),
        ("", False),
    ],
)
def test_brotli_is_for_who_names_it(accepted: str, taken: bool) -> None:
    assert takes_brotli(asks(accepted)) is taken


def test_a_page_is_sent_as_brotli_under_a_weak_tag() -> None:
    answer = sent("gzip, br", page())
    assert isinstance(answer, HttpResponse)
    assert brotli.decompress(answer.content) == PAGE
    assert int(answer["Content-Length"]) == len(answer.content) < len(PAGE)
    assert (answer["Content-Encoding"], answer["Vary"]) == ("br", "Accept-Encoding")
    assert answer["ETag"] == 'W/"known"'


def test_a_weak_tag_stays_as_it_is_and_none_is_made() -> None:
    assert sent("br", page(tag='W/"known"'))["ETag"] == 'W/"known"'
    assert "ETag" not in sent("br", HttpResponse(PAGE))


def test_who_does_not_take_it_is_sent_gzip_or_what_there_is() -> None:
    zipped, plain = sent("gzip", page()), sent("", page())
    assert isinstance(zipped, HttpResponse)
    assert isinstance(plain, HttpResponse)
    assert gzip.decompress(zipped.content) == plain.content == PAGE
    assert zipped["Vary"] == plain["Vary"] == "Accept-Encoding"


def test_what_is_written_while_it_is_read_is_sent_as_gzip() -> None:
    answer = sent("gzip, br", StreamingHttpResponse(iter([PAGE])))
    assert isinstance(answer, StreamingHttpResponse)
    assert gzip.decompress(b"".join(map(bytes, answer))) == PAGE


def test_what_is_short_packed_already_or_gets_no_smaller_stays_as_it_is() -> None:
    short, packed, dense = page(PAGE[:199]), page(), page(bytes(range(256)))
    packed["Content-Encoding"] = "x"
    for answer in (short, packed, dense):
        before = (answer.content, answer.get("Content-Encoding"), answer["ETag"])
        assert sent("br", answer) is answer
        assert (answer.content, answer.get("Content-Encoding"), answer["ETag"]) == before
    assert ["Vary" in answer for answer in (short, packed, dense)] == [False, False, True]


def test_the_length_of_what_is_sent_is_not_known_by_what_is_in_it() -> None:
    packed = [compress(PAGE) for _ in range(200)]
    assert {brotli.decompress(one) for one in packed} == {PAGE}
    lengths = {len(one) for one in packed}
    assert len(lengths) > 40
    assert max(lengths) - min(lengths) < 64
