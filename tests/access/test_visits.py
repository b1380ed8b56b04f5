"""When a reader was here: a visit ends with half an hour without a page, and is written seldom."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest

from dashboard.access import visits
from dashboard.models import ReaderVisit
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def request_of() -> HttpRequest:
    request = HttpRequest()
    request.user = User.objects.create_user("reader")
    return request


def test_a_visit_ends_with_half_an_hour_without_a_page(request_of: HttpRequest) -> None:
    for minute, before in ((0, None), (20, None), (45, None), (100, 45), (129, 45), (160, 129)):
        with time_machine.travel(NOW + minute * MINUTE, tick=False):
            visits.note(request_of, NOW + minute * MINUTE)
        expected = None if before is None else NOW + before * MINUTE
        assert visits.left_at(request_of) == expected, minute


def test_pages_in_a_row_are_written_once(request_of: HttpRequest, django_assert_num_queries: object) -> None:
    visits.note(request_of, NOW)
    with django_assert_num_queries(0):  # type: ignore[operator] # a fixture of pytest-django
        visits.note(request_of, NOW + MINUTE)


def test_what_is_marked_as_read_is_not_new_any_more(request_of: HttpRequest) -> None:
    visits.mark_as_read(request_of, NOW)
    assert visits.left_at(request_of) == NOW


def test_nothing_is_kept_of_nobody(request_of: HttpRequest) -> None:
    request_of.user = AnonymousUser()
    visits.note(request_of, NOW)
    visits.mark_as_read(request_of, NOW)
    assert visits.left_at(request_of) is None
    assert not ReaderVisit.objects.exists()


def test_a_database_that_is_busy_keeps_no_page_back(
    request_of: HttpRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(ReaderVisit.objects, "filter", side_effect=OperationalError("locked")):
        visits.note(request_of, NOW)
    assert "a visit was not noted: OperationalError" in caplog.text
    cache.clear()
    visits.note(request_of, NOW)
    assert str(ReaderVisit.objects.get()) == f"reader: {NOW}"
