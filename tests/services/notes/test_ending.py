"""Acknowledgements end by what is true, in the transaction that makes them untrue, whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.domain.fingerprints import fingerprint
from dashboard.domain.states import Health, NoteEnd
from dashboard.models import Acknowledgement, Deployment, Feed, Note, Run
from dashboard.services.notes import ending, writing
from dashboard.services.notes.book import NO_NOTES, standing_notes
from dashboard.services.notes.words import why_ended
from dashboard.services.notes.writing import NoteDraft
from dashboard.services.sync import slots
from tests.factories import NOW
from tests.services.sync.test_health import Writer

ERRORS = {"x": {"type": "x_error", "message": "no x"}, "y": {"type": "y_error", "message": "no y"}}
KINDS = {key: fingerprint(error["type"], error["message"]) for key, error in ERRORS.items()}
A = ("default", "dep_a")


@pytest.fixture
def writer() -> Iterator[Writer]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield fleet(clock)


def fleet(clock: time_machine.Traveller) -> Writer:
    """Two deployments that are well, read completely."""
    writer = Writer(clock)
    for number, key in enumerate("ab"):
        writer.deployment(key)
        writer.run(number, "completed", ago=5, key=key)
    writer.cycle()
    return writer


def ran(writer: Writer, number: int, key: str, word: str) -> None:
    """A run of a deployment ends: with one of the errors, or well."""
    writer.clock.shift(60)
    error: dict[str, Any] = {"error": ERRORS[word]} if word else {}
    writer.run(number, "failed" if word else "completed", key=key, **error)


def note(key: str = "", kind: str = "", until: str = "", **more: Any) -> Note:
    draft = NoteDraft("we know", acknowledges=more.get("acknowledges", True), until=until)
    about = Note(
        account="default" if key else "",
        deployment_id=f"dep_{key}" if key else "",
        fingerprint=KINDS[kind] if kind else "",
    )
    return writing.write(about, draft, "anna", "UTC", timezone.now())


def ended(of: Note) -> tuple[str, str]:
    of.refresh_from_db()
    return of.ended_why, why_ended(of.ended_why, of.ended_as, of.ended_by) if of.ended_at else ""


@pytest.mark.django_db
class TestOne:
    """One note, and what becomes of it."""

    @pytest.mark.parametrize("kind", ["", "x"])
    def test_it_stands_while_the_error_is_the_same_and_ends_when_it_is_another_one(
        self, writer: Writer, kind: str
    ) -> None:
        ran(writer, 10, "a", "x")
        made = note("a", kind)
        ran(writer, 11, "a", "x")
        writer.cycle(1)
        assert ended(made) == ("", "")
        assert standing_notes(timezone.now()).acknowledged(A)
        version = Feed.objects.get().version
        ran(writer, 12, "a", "y")
        assert ended(made) == (NoteEnd.OTHER_CAUSE, "the error is another one")
        assert made.ended_at == timezone.now()
        assert Feed.objects.get().version > version
        assert not standing_notes(timezone.now()).acknowledged(A)

    def test_it_ends_at_recovery(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        made = note("a")
        ran(writer, 11, "a", "")
        assert ended(made) == (NoteEnd.RECOVERED, "it has recovered")

    def test_it_ends_when_the_deployment_is_paused_or_archived(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        made = note("a")
        writer.deployment("a", status="paused")
        assert ended(made) == (NoteEnd.RECOVERED, "it is paused now")

    def test_it_ends_when_the_clock_makes_it_something_else(
        self, writer: Writer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slots, "_BLINK", timedelta(minutes=3))  # pauses of two minutes are no gap
        writer.deployment("a", minutes=1)
        writer.watch(6)
        assert Deployment.objects.get(deployment_id="dep_a").health == Health.LATE
        made = note("a")
        writer.watch(40)
        assert ended(made) == (NoteEnd.OTHER_CAUSE, "it is missed now")

    def test_it_ends_at_its_date_though_nothing_changes(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        date = timezone.now() + timedelta(minutes=10)
        made, plain = note("a", until=f"{date:%Y-%m-%dT%H:%M}"), note("a", "", "2026-06-16T10:00")
        assert standing_notes(date - timedelta(minutes=1)).acknowledged(A)
        writer.cycle(5)
        assert ended(made) == ("", "")
        version = Feed.objects.get().version
        writer.cycle(6)
        assert ended(made) == (NoteEnd.DATE, "its date has come")
        assert made.ended_at == made.until_at
        assert ended(plain) == ("", "")
        assert Feed.objects.get().version > version

    def test_pages_show_no_note_past_its_date_where_nobody_has_ended_it(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        note("a", until="2026-06-16T10:00")
        assert standing_notes(NOW + timedelta(hours=1)) == NO_NOTES

    def test_one_on_a_kind_takes_in_who_fails_so_and_lets_go_who_does_not(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        made = note(kind="x")
        ran(writer, 11, "b", "x")
        covered = Acknowledgement.objects.standing(timezone.now())
        assert {row.deployment_id for row in covered} == {"dep_a", "dep_b"}
        ran(writer, 12, "a", "")
        assert [row.deployment_id for row in covered.all()] == ["dep_b"]
        assert ended(made) == ("", "")
        ran(writer, 13, "b", "y")
        assert ended(made) == (NoteEnd.OTHER_CAUSE, "the error is another one")

    def test_one_that_was_written_while_the_sync_read_ends_at_the_end_of_the_cycle(
        self, writer: Writer
    ) -> None:
        ran(writer, 10, "a", "x")
        made = note("a")
        Acknowledgement.objects.update(cause=KINDS["y"])
        writer.cycle()
        assert ended(made)[0] == NoteEnd.OTHER_CAUSE

    def test_the_kind_of_a_failure_whose_run_is_not_kept_is_known_by_its_error(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        made = note("a", "x")
        Run.objects.filter(fingerprint=KINDS["x"]).delete()
        writer.cycle()
        assert ending.to_follow("default") == []
        assert ended(made) == ("", "")

    def test_a_plain_note_stays_whatever_becomes_of_the_deployment(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        made = note("a", acknowledges=False)
        ran(writer, 11, "a", "")
        writer.cycle()
        assert ended(made) == ("", "")

    def test_those_that_ran_out_are_listed_by_when_they_did(self, writer: Writer) -> None:
        ran(writer, 10, "a", "x")
        by_hand, other = note("a"), note("a")
        writing.end(by_hand, "berta", timezone.now())
        assert ended(by_hand) == (NoteEnd.BY_HAND, "by berta")
        ran(writer, 11, "a", "y")
        now = timezone.now()
        assert list(Note.objects.ran_out(NOW, now + timedelta(seconds=1))) == [other]
        assert not Note.objects.ran_out(NOW, now).exists()


EVENT = st.one_of(
    st.tuples(st.just("run"), st.sampled_from("ab"), st.sampled_from(["", "x", "y"])),
    st.tuples(st.just("note"), st.sampled_from(["a", "b", ""]), st.sampled_from(["", "x"])),
    st.tuples(st.just("cycle"), st.sampled_from([1, 7]), st.just("")),
)


@pytest.mark.django_db
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENT, max_size=12))
def test_over_any_history_notes_end_as_a_plain_account_of_it_has_it(
    events: list[tuple[str, Any, str]],
) -> None:
    replay(events)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "events",
    [
        [("run", "a", "x"), ("run", "b", "x"), ("note", "", "x"), ("run", "a", "y"), ("run", "b", "")],
        [("run", "a", "x"), ("note", "a", ""), ("cycle", 7, ""), ("cycle", 7, ""), ("run", "a", "")],
        [("note", "a", ""), ("run", "a", "x"), ("note", "a", "x"), ("run", "a", "y"), ("note", "a", "")],
    ],
)
def test_over_these_histories_notes_end_as_a_plain_account_has_it(events: list[tuple[str, Any, str]]) -> None:
    replay(events)


def replay(events: list[tuple[str, Any, str]]) -> None:
    """Play the events; after each, what stands is what the account of it says, which knows no database."""
    with transaction.atomic(), time_machine.travel(NOW, tick=False) as clock:
        writer = fleet(clock)
        failing, standing = {"a": "", "b": ""}, {}
        for number, (name, what, word) in enumerate(events):
            if name == "run":
                ran(writer, 100 + number, what, word)
                failing[what] = word
            elif name == "cycle":
                writer.cycle(what)
            elif covers := _acknowledged(failing, what, word):
                until = timezone.now() + timedelta(minutes=10)
                made = note(what, word, f"{until:%Y-%m-%dT%H:%M}")
                standing[made] = (covers, "" if what else word, until)
            for made, (covers, kind, until) in [*standing.items()]:
                covers = {key: cause for key, cause in covers.items() if failing[key] == cause}
                covers |= {key: kind for key in failing if kind and covers and failing[key] == kind}
                standing[made] = covers, kind, until
                if not covers or (name == "cycle" and timezone.now() >= until.replace(second=0)):
                    del standing[made]
            assert {*Note.objects.filter(ended_at=None)} == {*standing}
            covered = Acknowledgement.objects.filter(ended_at=None)
            assert {(row.note, row.deployment_id[-1:]) for row in covered} == {
                (made, key) for made, (covers, _, _) in standing.items() for key in covers
            }
        transaction.set_rollback(True)


def _acknowledged(failing: dict[str, str], what: str, word: str) -> dict[str, str]:
    """Of which of these a note acknowledges what; none where it is about nothing, or nothing is wrong."""
    about = [key for key in (what or "ab") if what or word]
    return {key: failing[key] for key in about if failing[key] and word in ("", failing[key])}
