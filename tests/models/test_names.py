"""Ids that rows repeat are found by the whole text, and read as texts, whatever happens to a transaction."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef

from dashboard.models import Deployment, Name, Slot, SlotTotal, names
from dashboard.models.names import NameField, NameText
from tests.factories import NOW, deployment_record, stored_deployments

pytestmark = pytest.mark.django_db
IDS = ("dep_a", "", "dep_ä\x01 'b'", "d" * 256)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has read no name yet, and a total for each id."""
    for number, text in enumerate(IDS):
        SlotTotal.objects.create(account="default", deployment_id=text, outcome="missed", settled=number)
    monkeypatch.setattr(names, "_texts", {})


def test_an_id_is_found_by_its_whole_text_and_read_as_it_was_written() -> None:
    assert set(SlotTotal.objects.values_list("deployment_id", flat=True)) == set(IDS)
    for number, text in enumerate(IDS):
        assert SlotTotal.objects.get(deployment_id=text).settled == number
    assert SlotTotal.objects.filter(deployment_id__in=[*IDS[:2], "dep_unknown"]).count() == 2
    assert not SlotTotal.objects.filter(deployment_id="dep_").exists()
    assert not SlotTotal.objects.filter(deployment_id__isnull=True).exists()
    assert SlotTotal.objects.filter(deployment_id=F("deployment_id")).count() == len(IDS)
    SlotTotal.objects.filter(deployment_id="dep_a").update(deployment_id="dep_b")
    assert SlotTotal.objects.get(settled=0).deployment_id == "dep_b"
    assert NameField().get_db_prep_save(None, connection) is None


@pytest.mark.parametrize("lookup", ["startswith", "icontains", "gt"])
def test_a_part_of_an_id_is_not_asked_for(lookup: str) -> None:
    with pytest.raises(FieldError):
        SlotTotal.objects.filter(**{f"deployment_id__{lookup}": "dep"})


def test_an_id_compares_with_the_texts_of_another_table_in_either_direction() -> None:
    stored_deployments(deployment_record(), deployment_record("other"))
    mine = SlotTotal.objects.filter(deployment_id=OuterRef("deployment_id"))
    assert [row.deployment_id for row in Deployment.objects.filter(Exists(mine))] == ["dep_a"]
    listed = SlotTotal.objects.values_list(NameText("deployment_id"))
    assert [row.deployment_id for row in Deployment.objects.filter(deployment_id__in=listed)] == ["dep_a"]


@pytest.mark.sqlite  # PostgreSQL keeps the texts
def test_what_a_digest_stands_for_is_written_with_the_row_also_after_one_that_was_undone() -> None:
    for undone in (True, False):
        with transaction.atomic():
            Slot.objects.create(account="default", deployment_id="dep_new", at=NOW, seen_at=NOW)
            transaction.set_rollback(undone)
        names._texts.clear()
        assert [row.deployment_id for row in Slot.objects.all()] == ([] if undone else ["dep_new"])


@pytest.mark.sqlite  # PostgreSQL keeps the texts
def test_a_digest_of_which_nothing_is_known_is_no_text() -> None:
    Name.objects.filter(text="dep_a").delete()
    with pytest.raises(ValueError, match="no text for"):
        list(SlotTotal.objects.all())


def test_postgresql_keeps_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    server: Any = SimpleNamespace(vendor="postgresql")
    known = Name.objects.count()
    monkeypatch.setattr(names, "connection", server)
    names.learn(["dep_of_postgresql"])
    assert Name.objects.count() == known
    assert NameField().get_db_prep_value("dep_a", server) == "dep_a"
    assert NameField().from_db_value("dep_a", None, server) == "dep_a"
    compiler = connection.ops.compiler("SQLCompiler")(SlotTotal.objects.all().query, connection, None)
    sql, _ = NameText(F("deployment_id")).resolve_expression(compiler.query).as_sql(compiler, connection)
    assert "dashboard_name" not in sql
