"""Words for the filters: every known one, and of 5,000 that nobody has heard of the first ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.models import Feed, Run
from dashboard.services.sync import vocabulary
from dashboard.services.sync.vocabulary import MOST, with_more
from tests.factories import deployment_record, run_record
from tests.upstream import Upstream

KNOWN = ("completed", "failed", "")


def test_words_are_noted_once_and_in_order() -> None:
    noted = with_more(["failed", "odd"], {"completed", "odd", "new"}, KNOWN)
    assert noted == ["completed", "failed", "new", "odd"]


def test_of_unheard_of_words_the_first_are_noted_and_every_known_one() -> None:
    many = [f"word {n:04}" for n in range(5_000)]
    noted = with_more(["odd"], [*many, "failed"], KNOWN)
    assert noted == ["failed", "odd", *many[: MOST - 1]]
    assert with_more(noted, ["aardvark", "completed"], KNOWN) == ["completed", *noted]


def test_a_list_that_grew_before_there_was_a_limit_is_cut() -> None:
    assert len(with_more([f"word {n:04}" for n in range(5_000)], (), KNOWN)) == MOST


@pytest.mark.django_db(transaction=True)
def test_the_sync_notes_no_more_and_keeps_every_run(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 5)
    upstream.world.deployments.append(deployment_record())
    for n in range(8):
        at = timezone.now() - timedelta(minutes=n + 1)
        upstream.world.runs.append(run_record(n, at, f"word {n}", trigger_context={"type": f"trigger {n}"}))
    upstream.loop().turn()
    words = Feed.objects.get().words
    assert (len(words["status"]), len(words["trigger_type"])) == (5, 5)
    assert Run.objects.values("status").distinct().count() == 8
