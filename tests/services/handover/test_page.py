"""The hand-over: what belongs in which section, of which deployments, and what it is based on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.domain.states import Health, HealthCause, NoteEnd, SlotOutcome
from dashboard.models import DefinitionChange, Deployment, Note, Slot
from dashboard.services.handover import health_stories, lines
from dashboard.services.handover.page import Handover, handover, since_visit
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing, live
from tests.health_bars import HOUR, changed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
FAILING, OK = Health.FAILING, Health.OK


def ask(query: str = "") -> Handover:
    snapshot = Snapshot(NOW)
    return handover(read_question("handover", QueryDict(query), snapshot), snapshot)


def shown(page: Handover) -> dict[str, list[str]]:
    """The names in each section that has any."""
    return {section.key: [line.name for line in section.lines] for section in page.filled}


def texts(page: Handover, key: str) -> list[str]:
    return [line.text for section in page.sections if section.key == key for line in section.lines]


def fleet(*keys: str) -> None:
    live(history_from=NOW - timedelta(days=400))
    stored_deployments(*(deployment_record(key) for key in keys))


def test_a_deployment_is_in_the_section_of_what_became_of_it() -> None:
    fleet(*"abcdefghijk")
    changed((OK, 99), (FAILING, 3), key="a")
    changed((FAILING, 99), key="b")
    changed((FAILING, 99), (OK, 3), key="c")
    changed((OK, 99), (FAILING, 3), (OK, 1), key="d")
    changed((FAILING, 99), (OK, 3), (FAILING, 1), key="e")
    changed((OK, 99), (FAILING, 4), (OK, 3), (FAILING, 2), key="f")
    changed((OK, 99), (Health.LATE, 2), key="g")
    changed((Health.LATE, 99), (OK, 2), key="h")  # was never failing
    changed((FAILING, 99), (Health.STUCK, 2), key="i")
    changed((Health.BLOCKED, 1), cause=HealthCause.FIRST, key="k")
    changed((FAILING, 99), (OK, 20), key="j")  # before the span
    page = ask()
    assert shown(page) == {
        "newly-failing": ["f", "a"],
        "other-trouble": ["k", "i", "g"],
        "still-failing": ["e", "b"],
        "no-longer-failing": ["d", "c"],
    }
    assert texts(page, "newly-failing") == ["began to fail 2 times", ""]
    assert texts(page, "still-failing") == ["was well in between", ""]
    assert texts(page, "no-longer-failing") == ["failed for 2 h", "had failed before"]
    assert texts(page, "other-trouble") == [
        "its runs are skipped, none is in progress",
        "a run goes on beyond its limit",
        "a promised run is overdue",
    ]
    assert page.nothing == ("No error was new, no promised run was missed or late and no definition changed.")
    assert page.number == 9


def test_a_kind_is_ordered_by_the_times_that_it_shows() -> None:
    fleet("a", "b")
    for number, (key, hours) in enumerate((("a", 2), ("b", 5))):
        changed((FAILING, 1 + number / 2), key=key)  # judged in the other order
        stored_runs(run_record(number, NOW - hours * HOUR, "failed", deployment_id=f"dep_{key}"))
    [section, *_] = ask().sections
    assert [line.at for line in section.lines] == [NOW - 2 * HOUR, NOW - 5 * HOUR]


def test_what_it_is_about_where_nothing_is_asked_for_is_the_span_in_force() -> None:
    spans = (ask(query).span for query in ("", "since=24h", "until=1h"))
    assert [[preset.word for preset in span.presets if preset.current] for span in spans if span] == [
        ["12h"],
        ["24h"],
        [],
    ]


def test_a_sentence_says_what_did_not_happen_where_all_or_one_kind_is_empty() -> None:
    live()
    assert ask().nothing.startswith("Nothing began to fail, nothing else needs attention, ")
    section = lines.HandoverSection("x", "X", (), 1)
    page = replace(ask(), sections=(section, replace(section, number=0, nothing="no error was new")))
    assert page.nothing == "No error was new."
    assert replace(page, sections=(section,)).nothing == ""
    assert replace(page, basis=("x",)).nothing == "As far as has been read, no error was new."


def test_what_was_paused_while_it_failed_is_dated_by_its_pause() -> None:
    fleet("a")
    stored_runs(run_record(1, NOW - 30 * HOUR, "failed"))
    changed((FAILING, 99), (Health.PAUSED, 2), key="a")
    [line] = next(section for section in ask().filled if section.key == "no-longer-failing").lines
    assert (line.badge and line.badge.state, line.at) == (Health.PAUSED, NOW - 2 * HOUR)


def test_a_span_in_the_past_knows_nothing_of_what_came_later() -> None:
    fleet("a", "b")
    changed((OK, 99), (FAILING, 9), (OK, 2), key="a")
    changed((FAILING, 99), (OK, 1), key="b")
    assert shown(ask(f"since={NOW - 12 * HOUR:%Y-%m-%dT%H:%MZ}&until={NOW - 5 * HOUR:%Y-%m-%dT%H:%MZ}")) == {
        "newly-failing": ["a"],
        "still-failing": ["b"],
    }


def test_the_filters_choose_whom_it_is_about() -> None:
    fleet("a", "b")
    for number, key in enumerate("ab"):
        changed((OK, 99), (FAILING, 3), key=key)
        stored_runs(run_record(number, NOW - HOUR, "failed", deployment_id=f"dep_{key}"))
    assert shown(ask("deployment_id=dep_b")) == {"newly-failing": ["b"], "first-errors": ["timeout_error"]}
    assert texts(ask("deployment_id=dep_b"), "first-errors") == ["1 run of 1 deployment"]


def test_what_fails_is_shown_with_the_run_that_it_began_with() -> None:
    fleet("a")
    error = {"type": "", "message": "walk <b>failed\nat once"}
    stored_runs(run_record(7, NOW - 3 * HOUR, "failed", error=error))
    changed((OK, 99), (FAILING, 3), cause=HealthCause.RUN, run_id=f"drun_{7:032x}")
    [line] = ask().sections[0].lines
    assert (line.error_type, line.error_line) == ("no error type", "walk <b>failed")
    assert line.error_url == f"/runs/drun_{7:032x}/"


def test_what_fails_for_longer_than_it_has_been_judged_is_not_new() -> None:
    fleet("a", "b")
    changed((FAILING, 3), key="a")
    changed((FAILING, 3), key="b")
    for key, hours in (("a", 30), ("b", 2)):
        run = run_record(hours, NOW - hours * HOUR, "failed", deployment_id=f"dep_{key}")
        stored_runs(run, run_record(hours + 100, NOW - HOUR, "failed", deployment_id=f"dep_{key}"))
    page = ask()
    assert shown(page)["newly-failing"] == ["b"]
    [line] = page.sections[2].lines
    assert (line.name, line.at, line.error_url) == ("a", NOW - 30 * HOUR, f"/runs/drun_{130:032x}/")


def test_an_error_is_new_where_no_run_that_is_kept_failed_so_before() -> None:
    fleet("a", "b")
    for number, (hours, message) in enumerate(((30, "old"), (2, "old"), (3, "new"), (1, "new"))):
        error = {"type": "crash", "message": message}
        key = "ab"[number % 2]
        stored_runs(run_record(number, NOW - hours * HOUR, "failed", error=error, deployment_id=f"dep_{key}"))
    [line] = next(section for section in ask().sections if section.key == "first-errors").lines
    assert (line.name, line.error_line, line.text) == ("crash", "new", "2 runs of 2 deployments")
    assert line.at == NOW - 3 * HOUR


def test_deployments_of_two_accounts_are_two_also_under_one_id() -> None:
    for number, account in enumerate(("default", "second")):
        stored_runs(run_record(number, NOW - HOUR, "failed"), account=account)
    assert texts(ask(), "first-errors") == ["2 runs of 2 deployments"]


def test_promises_that_were_not_kept_are_counted_for_each_deployment() -> None:
    fleet("a", "b", "c")
    for number, (key, outcome, late) in enumerate(
        (
            ("a", SlotOutcome.MISSED, 0),
            ("a", SlotOutcome.LATE, 240),
            ("a", SlotOutcome.LATE, 60),
            ("b", SlotOutcome.LATE, 90),
            ("b", SlotOutcome.ON_TIME, 0),
            ("c", SlotOutcome.MISSED, 0),
            ("gone", SlotOutcome.MISSED, 0),
        )
    ):
        at = NOW - (1 + number) * HOUR
        slot = {"account": "default", "deployment_id": f"dep_{key}", "at": at, "seen_at": at}
        Slot.objects.create(**slot, outcome=outcome, late_s=late)
    page = ask()
    assert texts(page, "promises") == [
        "1 missed, 2 late, by 4 min at most",
        "1 late, by 1 min at most",
        "1 missed",
    ]
    urls = [line.url for section in page.filled for line in section.lines]
    assert urls[0] == "/calendar/?view=day&date=2026-06-16&q=dep_a"


def test_a_changed_definition_leads_to_the_journal() -> None:
    fleet("a")
    times = {"account": "default", "deployment_id": "dep_a", "before_json": "{}"}
    DefinitionChange.objects.create(**times, seen_at=NOW - HOUR, words=["schedule", "prompt"])
    DefinitionChange.objects.create(**times, seen_at=NOW - 20 * HOUR, words=["agent"])
    [line] = ask().filled[0].lines
    assert (line.text, line.url) == ("schedule, prompt changed", "/deployments/dep_a/#definition")


def test_of_very_many_lines_the_newest_are_shown_and_the_rest_is_counted() -> None:
    keys = [f"{number:02}" for number in range(23)]
    fleet(*keys)
    for place, key in enumerate(keys):
        changed((OK, 99), (FAILING, 1 + place / 10), key=key)
    section = ask().sections[0]
    assert ([line.name for line in section.lines][:2], section.number, section.more) == (["00", "01"], 23, 3)
    assert section.more_url == "/handover/?all=newly-failing#newly-failing"
    whole = ask("all=newly-failing").sections[0]
    assert (len(whole.lines), whole.more, whole.more_url) == (23, 0, "")
    with patch.object(lines, "MOST_OF_WHOLE", 21):
        whole = ask("all=newly-failing").sections[0]
    assert (whole.more, whole.more_url) == (2, "")


def test_it_takes_as_many_queries_for_many_changes_as_for_few() -> None:
    fleet("00")
    changed((OK, 99), (FAILING, 5), key="00")
    few = queries()
    keys = [f"{number:02}" for number in range(1, 40)]
    stored_deployments(*(deployment_record(key) for key in keys))
    for key in keys:
        changed((OK, 99), *((FAILING if n % 2 else OK, 11 - n / 5) for n in range(50)), key=key)
    assert queries() == few <= 12


def queries() -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def test_it_says_what_keeps_it_from_being_all_that_happened() -> None:
    stored_deployments(deployment_record("a"))
    failing(history_from=NOW - timedelta(days=400))
    assert ask().basis == ("The API was read last Tue 16 Jun 09:12: what happened since is not known.",)
    assert ask("since=400d").basis[0].startswith("Nothing is kept of before ")
    assert ask("since=1h&until=2h").basis == ("Nothing lies between these instants.",)


def test_it_says_where_runs_or_changes_are_not_all_known() -> None:
    live(history_from=NOW - 5 * HOUR)
    stored_deployments(deployment_record("a"))
    changed((OK, 9), (FAILING, 8), (OK, 7), (FAILING, 6))
    with patch.object(health_stories, "MOST_CHANGES", 2):
        assert ask("since=24h").basis == (
            "Changes of health are shown since Tue 16 Jun 02:42 only: there are too many.",
            "Runs: read back to 16 Jun 04:42.",
        )


def test_a_summary_for_a_reader_who_comes_back_has_the_first_lines() -> None:
    keys = [f"{number:02}" for number in range(7)]
    fleet(*keys)
    for key in keys:
        changed((OK, 99), (FAILING, 1), key=key)
    summary = since_visit(NOW - 2 * HOUR, Snapshot(NOW))
    [section] = summary.sections
    assert (len(section.lines), section.number, section.more) == (3, 7, 4)
    assert section.more_url == f"{summary.url}&all=newly-failing#newly-failing"
    assert summary.url == "/handover/?since=2026-06-16T07%3A42%3A00Z"
    assert since_visit(NOW - HOUR / 2, Snapshot(NOW)).sections[0].key == "still-failing"


def test_what_left_the_fleet_is_not_handed_over() -> None:
    fleet("a")
    changed((OK, 99), (FAILING, 3))
    Deployment.objects.update(gone_at=NOW)
    assert ask().filled == ()
    assert lines.total(ask("include_archived=true").filled) == 1


def test_notes_that_ran_out_are_handed_over_and_those_that_somebody_ended_are_not() -> None:
    fleet("a", "b")
    ended = {"ended_at": NOW - HOUR, "ended_why": NoteEnd.RECOVERED, "ended_as": OK, "author": "anna"}
    on_a, on_b = ({"account": "default", "deployment_id": f"dep_{key}", "label": key} for key in "ab")
    for more in (
        on_a | ended,
        {"fingerprint": "f", "label": "x_error"} | ended,
        on_b | ended | {"ended_at": NOW},
    ):
        Note.objects.create(text="We wait", written_at=NOW, **more)
    Note.objects.create(text="x", written_at=NOW, **on_a | ended | {"ended_why": NoteEnd.BY_HAND})
    assert shown(ask())["notes"] == ["x_error", "a"]
    assert shown(ask("q=dep_a"))["notes"] == ["a"]
    assert texts(ask(), "notes") == ["it has recovered: We wait, anna"] * 2
