"""Search: a text means what a rule written by hand says, whatever is typed and whatever happens to runs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from dashboard.models import Deployment, Run, run_search, run_search_index
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db
NAMES = {"dep_a": "Nightly report", "dep_b": "weekly 100% digest", "dep_c": "Turn"}
MESSAGES = (
    *(
        "The disk is FULL",
        'say "no" AND NOT yes*',
        "100% of quota_x used",
        "Turn 7 timed out",
        "it's (a) - b",
    ),
    *("it's (a) - b", "zu groß: Größe überschritten", "目标会话已过期", "new\nline", "", "a\\b"),
)
TEXTS = (
    *(
        "drun_00000000000000000000000000000001",
        "drun_0",
        "drun_",
        "00003a",
        "0003a",
        "sess_00000000000000000000",
    ),
    *(
        "DRUN_0",
        "QUOTA",
        "disk is full",
        "full disk",
        '"no"',
        "no AND",
        "AND NOT",
        "yes*",
        "100%",
        "1_0",
        "_x",
    ),
    *(
        "quota_",
        "ta_x",
        "'s (",
        "(a) - b",
        "groß",
        "会话已过",
        "会话",
        "line",
        "w\nl",
        "a\\b",
        "\\",
        "*",
        '"""',
        "NEAR",
    ),
    *(
        "nightly",
        "N",
        "turn",
        "Turn 7",
        "dep_b",
        "dep_",
        "_error",
        "timeout_error The",
        "nothing of that",
        "text:",
    ),
)


@pytest.fixture(autouse=True)
def stored() -> None:
    """Sixty runs of two accounts and three deployments, of which one account has read two."""
    dice = random.Random(3)  # noqa: S311 - the same world each time
    for account in ("default", "other"):
        live(account)
        known = "abc" if account == "default" else "ab"
        named = [deployment_record(key) | {"name": NAMES[f"dep_{key}"]} for key in known]
        stored_deployments(*named, account=account)
        stored_runs(*(any_run(dice, number) for number in range(30)), account=account)


def any_run(dice: random.Random, number: int) -> dict[str, Any]:
    status = dice.choice(["completed", "failed", "failed", "skipped", "running"])
    at = NOW - timedelta(seconds=dice.choice([0, dice.randrange(90_000)]))
    record = run_record(number * 29, at, status, deployment_id=f"dep_{dice.choice('abc')}")
    if status in ("failed", "skipped"):
        kind = dice.choice(["timeout_error", "Quota_Error", ""])
        record["error"] = {"type": kind, "message": dice.choice(MESSAGES)}
    return record


def means(text: str, run: Run, names: dict[tuple[str, str], str]) -> bool:
    """The rule: an id's beginning or end, an error's text, a deployment's name or id."""
    ids = (run.run_id, run.session_id)
    if len(text) >= 6 and any(id_.startswith(text) or id_.endswith(text) for id_ in ids):
        return True
    error = f"{run.error_type}\n{run.error_message}".lower()
    if run.has_error and len(text) >= 3 and text.lower() in error:
        return True
    name = names.get((run.account, run.deployment_id))
    return name is not None and (text.lower() in name.lower() or text.lower() in run.deployment_id.lower())


def by_hand(text: str) -> set[int]:
    names = {row.key: row.name for row in Deployment.objects.all()}
    return {run.pk for run in Run.objects.all() if means(text, run, names)}


def searched(text: str) -> set[int]:
    return {run.pk for run in Run.objects.all().hit_by(Run.objects.find(text))}


@pytest.mark.parametrize("most", [1_000, 0])
def test_a_text_means_what_the_rule_says(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(run_search, "MOST", most)
    expected = {text: by_hand(text) for text in TEXTS}
    assert {text: searched(text) for text in TEXTS} == expected
    numbers = sorted({len(keys) for keys in expected.values()})
    assert (numbers[0], len(numbers) > 10) == (0, True)


def test_few_runs_are_known_by_their_keys_and_many_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_search, "MOST", 3)
    assert Run.objects.find("no such thing") == run_search.Hits("no such thing", (), ())
    assert len(Run.objects.find("drun_0000000000000000000000000000001d").few or ()) == 2, (
        "one of each account"
    )
    assert Run.objects.find("_error").few is None


@pytest.mark.sqlite
def test_the_index_of_errors_follows_whatever_happens_to_runs() -> None:
    run = Run.objects.filter(error_message="The disk is FULL")[0]
    Run.objects.filter(pk=run.pk).update(error_message="Never seen before", at=run.at - timedelta(days=3))
    run_of_before = Run.objects.filter(has_error=False)[0]
    Run.objects.filter(pk=run_of_before.pk).update(has_error=True, error_message="Never seen before")
    assert searched("never seen") == {run.pk, run_of_before.pk}
    Run.objects.filter(pk=run.pk).update(has_error=False, status="completed")
    assert searched("never seen") == {run_of_before.pk}
    Run.objects.filter(pk=run_of_before.pk).delete()
    assert searched("never seen") == set()
    assert {text: searched(text) for text in TEXTS} == {text: by_hand(text) for text in TEXTS}
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO dashboard_run_error(dashboard_run_error) VALUES ('integrity-check')")


@pytest.mark.sqlite
def test_the_newest_errors_come_first() -> None:
    with connection.cursor() as cursor:
        cursor.execute(run_search_index.FIND_NEWEST, ("error", 10))
        newest = [row[0] for row in cursor.fetchall()]
    instants = dict(Run.objects.filter(pk__in=newest).values_list("pk", "at"))
    every = Run.objects.filter(has_error=True, error_type__icontains="error").order_by("-at")
    assert len(newest) == 10
    seconds = [instants[key].replace(microsecond=0) for key in newest]
    assert seconds == [run.at.replace(microsecond=0) for run in every[:10]]


@pytest.mark.sqlite
def test_what_is_lost_with_a_table_is_made_again_after_a_migration() -> None:
    def made() -> set[str]:
        with connection.cursor() as cursor:
            rows = cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE 'run%'").fetchall()
        return {row[0] for row in rows}

    before = made()
    with connection.cursor() as cursor:
        for kind, name in (("TRIGGER", "run_error_new"), ("INDEX", "run_id_tail")):
            cursor.execute(f"DROP {kind} {name}")
    assert made() == before - {"run_error_new", "run_id_tail"}
    run_search_index.keep_up()
    assert made() == before


@pytest.mark.sqlite
def test_a_database_of_before_is_indexed_in_steps_and_the_way_back_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migration: Any = import_module("dashboard.migrations.0026_run_search")
    narrow = import_module("dashboard.migrations.0042_narrow_rows")
    now: Callable[[str], str] = partial(re.sub, narrow._OF_TEXT, narrow.SECONDS_OF_NUMBER)
    monkeypatch.setattr(migration, "STEP", 7)
    monkeypatch.setattr(migration, "SQLITE", [now(statement) for statement in migration.SQLITE])
    monkeypatch.setattr(migration, "FILL", now(migration.FILL.replace("{row}", "dashboard_run")))
    editor = SimpleNamespace(connection=connection)
    migration.take_away(apps, editor)
    run_search_index.keep_up()  # makes nothing that would write into what is not there
    Run.objects.all().update(error_type="timeout_error")
    migration.make(apps, editor)
    assert {text: searched(text) for text in TEXTS} == {text: by_hand(text) for text in TEXTS}


def test_postgresql_is_asked_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace(vendor="postgresql", ops=connection.ops)
    monkeypatch.setattr(run_search, "connection", other)
    sql = str(Run.objects.filter(run_search._meant("100%_x", run_search._Errors())).values("pk").query)
    assert '("dashboard_run"."error_type" || chr(10) || "dashboard_run"."error_message") ILIKE' in sql
    assert "%100\\%\\_x%" in sql
    assert re.search(r'"session_id"(::text)? LIKE 100', sql)
