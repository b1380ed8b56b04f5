"""Instants are exact in either database, and compared as what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import DateTimeField, F
from django.db.models.lookups import GreaterThan

from dashboard.models import Watch
from dashboard.models.instants import InstantField, SecondsOf, instant
from tests.factories import NOW

pytestmark = pytest.mark.django_db
FIELD = InstantField()
INSTANTS = (
    NOW,
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 6, 16, 10, 0, 0, 1, timezone(timedelta(hours=5, minutes=30))),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
)
# The database's own clock; what Django itself asks for.
OF_OTHERS = {("Lease", "expires_at"), ("Session", "expire_date")}


def test_an_instant_comes_back_to_the_microsecond_and_in_its_order() -> None:
    Watch.objects.bulk_create(Watch(account="a", since=at, until=NOW) for at in INSTANTS)
    assert list(Watch.objects.order_by("since").values_list("since", flat=True)) == sorted(INSTANTS)
    for at in INSTANTS:
        [row] = Watch.objects.filter(since=at)
        assert row.since == at
        assert row.since.tzinfo == UTC
        later = GreaterThan(F("since"), instant(at))
        assert Watch.objects.filter(later).count() == Watch.objects.filter(since__gt=at).count()
    assert Watch.objects.filter(since__lt=F("until")).count() == sum(at < NOW for at in INSTANTS)


def test_either_database_counts_an_instant_in_seconds() -> None:
    for at in INSTANTS:
        Watch.objects.all().delete()
        Watch.objects.create(account="a", since=at, until=NOW)
        [seconds] = Watch.objects.values_list(SecondsOf("since"), flat=True)
        assert seconds == pytest.approx(at.timestamp(), abs=1e-3)
    sql = str(Watch.objects.values_list(SecondsOf("since")).query)
    assert ("1000000.0" in sql) is (connection.vendor == "sqlite")
    assert SecondsOf.template == "EXTRACT(EPOCH FROM %(expressions)s)"


def test_every_instant_of_ours_is_of_one_kind_so_that_any_two_compare() -> None:
    columns = {
        (model.__name__, field.name)
        for model in apps.get_app_config("dashboard").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, DateTimeField) and not isinstance(field, InstantField)
    }
    assert columns == OF_OTHERS


def test_sqlite_keeps_a_number_and_postgresql_its_own_type() -> None:
    sqlite = SimpleNamespace(vendor="sqlite")
    postgresql = SimpleNamespace(vendor="postgresql", ops=SimpleNamespace(adapt_datetimefield_value=str))
    second = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert FIELD.get_db_prep_value(second, sqlite) == 1_000_000
    assert FIELD.get_db_prep_value(None, sqlite) is None
    assert FIELD.get_db_prep_value(second, postgresql) == "1970-01-01 00:00:01+00:00"
    assert FIELD.from_db_value(1_000_000, None, sqlite) == second
    assert FIELD.from_db_value(None, None, sqlite) is None
    assert FIELD.from_db_value(second, None, postgresql) == second
    assert [FIELD.db_type(database) for database in (sqlite, postgresql)] == [
        "bigint",
        "timestamp with time zone",
    ]
    if connection.vendor == "sqlite":
        with pytest.raises(ValueError, match="2026"):
            FIELD.from_db_value("2026-06-16 08:42:00", None, sqlite)
