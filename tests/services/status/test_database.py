"""Whether the database answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError

from dashboard.models import Feed
from dashboard.services.status import database

pytestmark = pytest.mark.django_db


def test_a_database_that_answers_is_readable() -> None:
    assert database.readable()


def test_a_database_that_does_not_answer_is_not_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> bool:
        raise DatabaseError("no such table")

    monkeypatch.setattr(type(Feed.objects.all()), "exists", broken)
    assert not database.readable()
