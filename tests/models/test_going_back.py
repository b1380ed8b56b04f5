"""Going back a version and forward again, on a mirror with something in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Model, QuerySet

from dashboard.models import Deployment, HealthChange, Link, Run, SavedView, Slot
from tests import judging
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db(transaction=True)
OLDEST = "0024_saved_views"  # docs/operating.md says how far back one can go
KEPT: tuple[type[Model], ...] = (Run, Deployment, Slot, Link, SavedView)


@pytest.fixture
def kept() -> Iterator[None]:
    """A mirror; it has the shape of this version afterwards, whatever happens."""
    live()
    stored_deployments(deployment_record(), deployment_record("b", status="paused"))
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW, "running"), run_record(3, NOW))
    Slot.objects.create(account="default", deployment_id="dep_a", at=NOW, seen_at=NOW)
    Link.objects.create(kind="page", query="/runs/", token_hash="0" * 64, made_at=NOW, accounts=["default"])
    SavedView.objects.create(name="mine", page="runs", address="/runs/")
    judging.judge(NOW)
    yield
    migrate()


def migrate(*to: str) -> None:
    call_command("migrate", "dashboard", *to, verbosity=0)


def rows() -> dict[str, list[dict[str, Any]]]:
    """All that is kept, table by table; since when a deployment has its health is counted anew."""
    kept = {table.__name__: list(QuerySet(table).order_by("pk").values()) for table in KEPT}
    for row in kept["Deployment"]:
        del row["health_since"]
    return kept


def test_what_was_read_survives_the_way_back_and_forward(kept: None) -> None:
    before = rows()
    migrate(OLDEST)
    with connection.cursor() as cursor:
        for table in KEPT:
            cursor.execute(f'SELECT count(*) FROM "{table._meta.db_table}"')  # noqa: S608 - our own tables
            assert cursor.fetchone() == (len(before[table.__name__]),)
    assert "dashboard_alertrule" not in connection.introspection.table_names()
    migrate()
    assert rows() == before
    assert HealthChange.objects.count() == Deployment.objects.count()  # each judged for the first time
