"""Notes on pages: written, changed and ended by people, beside what they are about, and never green."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.access import share_links
from dashboard.domain.fingerprints import fingerprint
from dashboard.domain.states import Deed
from dashboard.models import Acknowledgement, AuditEntry, Note
from tests.factories import NOW, deployment_record, run_record, somebody, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
ERROR = {"type": "vault_error", "message": "The vault is sealed"}
KIND = fingerprint(ERROR["type"], ERROR["message"])
ON_A, ON_KIND = "/notes/?deployment=dep_a", f"/notes/?kind={KIND}"
HOSTILE = "<script>alert(1)</script>\n‮ second & last"


@pytest.fixture
def fleet(reader: Client) -> Client:
    """Three deployments, of which two fail alike; whoever looks has signed in as `reader`."""
    live()
    stored_deployments(*(deployment_record(key) for key in "abc"))
    stored_runs(
        *(
            run_record(n, NOW, "failed", deployment_id=f"dep_{key}", error=ERROR)
            for n, key in enumerate("ab")
        ),
        run_record(5, NOW, deployment_id="dep_c"),
    )
    reader.get("/")  # judged
    return reader


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("administrator"))
    return client


def write(client: Client, address: str = ON_A, **given: str) -> Any:
    return client.post(address, {"text": "We know"} | given)


def test_a_note_is_written_from_the_page_of_what_it_is_about_and_shows_at_once_everywhere(
    fleet: Client,
) -> None:
    href = read(fleet.get("/deployments/dep_a/")).one("section", id="notes").all("a")[0].attrs["href"]
    assert href == ON_A
    for address in ("/", "/deployments/", "/wallboard/", "/failures/", "/runs/?status=failed"):
        assert "We know" not in fleet.get(address).content.decode()  # made, and kept for others
    assert write(fleet)["Location"] == "/deployments/dep_a/"
    assert write(fleet, ON_KIND, text="All of them", ticket="https://t.example/1")["Location"] == (
        f"/failures/{KIND}/"
    )
    assert "We know by reader" in " ".join(read(fleet.get("/deployments/dep_a/")).words().split())
    for address in ("/", "/deployments/", "/wallboard/"):
        assert "We know" in fleet.get(address).content.decode()
    for address in ("/failures/", f"/failures/{KIND}/", "/"):
        content = fleet.get(address).content.decode()
        assert "All of them" in content
        assert 'href="https://t.example/1"' in content


def test_what_is_acknowledged_stands_back_comes_last_stays_counted_and_is_not_green(fleet: Client) -> None:
    write(fleet, acknowledges="on")
    page = read(fleet.get("/"))
    rows = page.one("ol", id="needs").all("li")
    assert [row.attrs["id"] for row in rows] == ["needs-dep_b", "needs-dep_a"]
    assert ["data-acknowledged" in row.attrs for row in rows] == [False, True]
    assert {row.attrs["data-health"] for row in rows} == {"failing"}
    assert "worst first, 1 acknowledged" in page.words()
    assert "2 deployments failing" in page.words()
    tile = read(fleet.get("/wallboard/")).all("li", **{"data-id": "dep_a"})[0]
    assert tile.attrs["data-health"] == "failing"
    assert "1 in a row acknowledged We know" in " ".join(tile.words().split())
    row = read(fleet.get("/deployments/")).one("tr", id="deployment-dep_a")
    assert "data-acknowledged" in row.attrs
    assert "acknowledged We know reader" in " ".join(row.words().split())


def test_a_note_on_many_runs_is_a_mark_on_each_that_leads_to_its_text(fleet: Client) -> None:
    write(fleet, ON_KIND, text="All of them\nsecond line")
    write(fleet, f"{ON_A}&kind={KIND}", text="This one", acknowledges="on")
    page = read(fleet.get("/runs/"))
    marks = [page.one("tr", id=f"run-drun_{n:032x}").all("a", class_="note-mark") for n in (0, 1, 5)]
    on_kind, on_both = Note.objects.order_by("pk")
    assert [(mark.attrs["href"], mark.attrs["title"], mark.words()) for [mark] in marks[:2]] == [
        (f"/notes/{on_both.pk}/", "This one", "acknowledged: This one"),
        (f"/notes/{on_kind.pk}/", "All of them\nsecond line", "note: All of them"),
    ]
    assert marks[2] == []


def test_hostile_text_is_text_and_a_ticket_leads_to_the_web_alone(fleet: Client) -> None:
    write(fleet, text=HOSTILE, ticket="https://t.example/?a=%22&b=<", acknowledges="on")
    assert not Note.objects.exists()
    write(fleet, text=HOSTILE, ticket="https://t.example/?a='&b=1", acknowledges="on")
    note = Note.objects.get()
    for address in (
        "/",
        "/deployments/",
        "/deployments/dep_a/",
        "/wallboard/",
        "/notes/",
        f"/notes/{note.pk}/",
        "/runs/",
    ):
        content = fleet.get(address).content.decode()
        assert "&lt;script&gt;alert(1)" in content
        assert "<script>alert" not in content


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"text": " "}, "This field is required."),
        ({"text": "\x00"}, "Null characters are not allowed."),
        ({"ticket": "javascript:alert(1)"}, "The ticket has to be an address that begins with https://"),
        ({"ticket": "https://who:secret@t.example/"}, "The ticket has to be"),
        ({"ticket": "https://[t.example/"}, "The ticket has to be"),
        ({"until": "tomorrow"}, "Its date is written like 2026-11-03T22:00."),
        ({"until": "2026-06-16T09:42"}, "Its date has to be later than now."),
        ({"until": "9999-12-31T23:59"}, ""),
    ],
)
def test_what_cannot_be_is_named_and_what_was_typed_stays(
    fleet: Client, given: dict[str, str], reason: str
) -> None:
    response = write(fleet, **{"text": "Typed before"} | given)
    assert Note.objects.exists() == (not reason)
    if reason:
        words = read(response).words()
        assert reason in words
        assert ("Typed before" in words) == ("text" not in given)


def test_there_is_nothing_to_acknowledge_where_nothing_is_wrong(fleet: Client) -> None:
    words = read(write(fleet, "/notes/?deployment=dep_c", acknowledges="on")).words()
    assert "There is nothing to acknowledge now: nothing that it is about needs attention." in words
    assert write(fleet, "/notes/?deployment=dep_c").status_code == 302
    assert write(fleet, f"{ON_A}&kind={KIND}", acknowledges="on")["Location"] == (
        f"/failures/{KIND}/?deployment_id=dep_a"
    )
    assert Acknowledgement.objects.get().cause == KIND


@pytest.mark.parametrize(
    "about", ["deployment=dep_x", "kind=x", "deployment=dep_a&kind=x", "account=default"]
)
def test_what_is_not_there_has_no_notes(fleet: Client, about: str) -> None:
    assert fleet.get(f"/notes/?{about}").status_code == 404
    assert fleet.get("/notes/999/").status_code == 404


def test_its_author_and_administrators_change_and_end_a_note_and_others_see_it(
    fleet: Client, administrator: Client
) -> None:
    write(fleet, until="2026-06-17T10:00", acknowledges="on")
    note = Note.objects.get()
    path, other = f"/notes/{note.pk}/", Client()
    other.force_login(User.objects.create_user("other"))
    assert "Only its author or an administrator can change or end it." in " ".join(
        read(other.get(path)).words().split()
    )
    assert other.post(path, {"do": "end"}).status_code == 403
    assert 'value="2026-06-17T10:00"' in fleet.get(path).content.decode()
    assert "This field is required." in read(fleet.post(path, {"text": ""})).words()
    assert "Its date has to be later" in read(fleet.post(path, {"text": "x", "until": "2020-01-01"})).words()
    assert fleet.post(path, {"text": "We know more"})["Location"] == "/deployments/dep_a/"
    note.refresh_from_db()
    assert (note.text, note.until_at, note.edited_at, note.acknowledges) == ("We know more", None, NOW, True)
    assert administrator.post(path, {"do": "end"})["Location"] == "/deployments/dep_a/"
    words = " ".join(read(fleet.get("/deployments/dep_a/")).words().split())
    assert "had acknowledged by reader, Tue 16 Jun 09:42, changed Tue 16 Jun 09:42, ended" in words
    assert "ended Tue 16 Jun 09:42: by administrator" in words
    assert "data-acknowledged" not in fleet.get("/deployments/").content.decode()
    assert fleet.post(path, {"do": "end"}).status_code == 403
    deeds = AuditEntry.objects.exclude(kind=Deed.SIGNED_IN).order_by("pk")
    assert list(deeds.values_list("kind", "who", "what", "address")) == [
        (Deed.NOTE_WRITTEN, "reader", "a", "127.0.0.1"),
        (Deed.NOTE_CHANGED, "reader", "a", "127.0.0.1"),
        (Deed.NOTE_ENDED, "administrator", "a", "127.0.0.1"),
    ]
    assert "It has ended and can no longer be changed." in read(fleet.get(path)).words()


def test_a_note_past_its_date_says_that_it_ended_though_nobody_wrote_that_down(fleet: Client) -> None:
    write(fleet, until="2026-06-17T10:00")
    Note.objects.update(until_at=NOW - timedelta(minutes=2))
    words = " ".join(read(fleet.get("/notes/")).words().split())
    assert "ended Tue 16 Jun 09:40: its date has come" in words


def test_whoever_holds_a_link_sees_that_something_is_acknowledged_and_nothing_that_people_wrote(
    fleet: Client,
) -> None:
    write(fleet, acknowledges="on")
    write(fleet, ON_KIND, text="All of them")
    for kind, address in (
        ("page", "/deployments/"),
        ("wallboard", "/wallboard/"),
        ("page", "/failures/"),
        ("page", f"/failures/{KIND}/"),
        ("page", "/runs/?status=failed"),
    ):
        _, token = share_links.make("Link", kind, address, made_by=somebody(), now=NOW, lasts=None)
        file = "page" if kind == "page" else ""
        content = Client().get(f"/l/{token}/{file}").content.decode()
        assert "vault" in content
        assert "We know" not in content
        assert "All of them" not in content
        assert "reader" not in content.replace("screen-reader", "")
        assert ("acknowledged" in content) == (address in ("/deployments/", "/wallboard/"))


def test_where_nobody_signs_in_notes_are_read_and_not_written(fleet: Client, settings: Any) -> None:
    write(fleet)
    settings.DASHBOARD_AUTH = "none"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    nobody = Client()
    assert "nobody signs in here" in " ".join(read(nobody.get(ON_A)).words().split())
    assert write(nobody).status_code == 403
    assert nobody.post(f"/notes/{Note.objects.get().pk}/", {"do": "end"}).status_code == 403
    assert "We know" in nobody.get("/deployments/").content.decode()


def test_a_token_in_a_note_is_not_kept(fleet: Client) -> None:
    write(fleet, text="It was pt-0123456789abcdef", ticket="https://t.example/pt-0123456789abcdef")
    note = Note.objects.get()
    assert "0123456789" not in note.text + note.ticket
