"""The listed keys of deployments' metadata are rows that agree with the records, whatever was listed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Feed, MetadataValue
from dashboard.services.sync import metadata
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder
from tests.factories import deployment_record, stored_deployments

pytestmark = pytest.mark.django_db


def store(key: str, account: str = "default", **values: Any) -> None:
    stored_deployments(deployment_record(key, metadata=values), account=account)


def rows(**of: str) -> set[str]:
    return set(map(str, MetadataValue.objects.filter(**of)))


def test_a_record_is_written_with_its_listed_keys_and_replaces_what_was(settings: LazySettings) -> None:
    settings.METADATA_KEYS = ("team", "tier")
    store("a", team="data", tier=1, secret="s")
    store("b", team=["none"])
    store("a", account="other", team="web")
    assert rows() == {"dep_a: team=data", "dep_a: tier=1", "dep_a: team=web"}
    store("a", team="ops")
    assert rows(account="default") == {"dep_a: team=ops"}
    assert rows(account="other") == {"dep_a: team=web"}


def test_without_listed_keys_nothing_is_asked_or_written() -> None:
    with CaptureQueriesContext(connection) as queries:
        store("a", team="data")
    assert not [query for query in queries if "metadatavalue" in query["sql"]]
    assert rows() == set()


def test_other_keys_take_effect_at_the_next_start(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "BATCH", 2)
    settings.METADATA_KEYS = ("team",)
    for key in "abcde":
        store(key, team=key, tier=2)
    reader = SyncContext("default", cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))
    assert reader.feed()
    settings.METADATA_KEYS = ("tier",)
    metadata.rewrite(reader)
    assert rows() == {f"dep_{key}: tier=2" for key in "abcde"}
    version = Feed.objects.get().version
    metadata.rewrite(reader)
    assert Feed.objects.get().version == version
    settings.METADATA_KEYS = ()
    metadata.rewrite(reader)
    assert rows() == set()
    assert Feed.objects.get().version > version
