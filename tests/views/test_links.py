"""Read-only links: made by a signed-in person, opening exactly one view, dead at once when revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.access import share_links
from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Deployment, Feed, Link
from dashboard.services.calendar.lanes import MOST_LANES
from dashboard.services.cloud import accounts
from dashboard.services.cloud.accounts import Account
from dashboard.views import page as page_views
from dashboard.views.link_kinds import KINDS, kinds_of
from tests.factories import NOW, deployment_record, somebody, stored_deployments, stored_runs
from tests.factories import run_record as run
from tests.feeds import changed, failing, live
from tests.markup import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "kept")]
GIVEN = {"name": "Kitchen", "kind": "calendar", "of": "/calendar/?q=night", "expires": "never"}
GROUP = fingerprint("x", "the hidden error")
SAY_WHY = ("wallboard", "atom", "page")
DEAD = (
    "This link opens nothing: it was revoked, has expired, or what it shows or its owner is gone. Ask"
    " whoever gave it to you for a new one."
)


@pytest.fixture
def kept() -> None:
    """Two deployments, one that failed, with a prompt and a variable that no visitor may see."""
    live()
    secret = {"initial_events": [{"type": "user.message", "content": "the secret prompt"}]}
    variables = {
        "environment_variables": {"KEY": "the secret variable"},
        "metadata": {"x": "the secret record"},
    }
    schedule = deployment_record()["schedule"] | {"upcoming_runs_at": ["2026-06-17T09:00:00Z"]}
    stored_deployments(
        deployment_record("a", name="nightly", schedule=schedule, **secret, **variables),
        deployment_record("b", name="daily", schedule=schedule),
    )
    stored_runs(run(1, NOW, "failed", error={"type": "x", "message": "the hidden error"}))


def make(reader: Client, **changes: str) -> str:
    """The path of a new link, read off the page that shows it once."""
    page = read(reader.post("/links/", GIVEN | changes))
    address = page.one("code", id="made").words()
    assert address.startswith("http://testserver/l/")
    return address.removeprefix("http://testserver")


def wrong(page: Element) -> list[str]:
    return [element.words() for element in page.all("span", class_="wrong")]


def test_a_link_opens_the_view_it_was_made_for_without_signing_in(reader: Client) -> None:
    response = Client().get(make(reader))
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    text = response.content.decode()
    assert "SUMMARY:nightly" in text
    assert "daily" not in text.replace("Daily", "")
    assert response.content == reader.get("/calendar.ics?q=night").content


def test_a_badge_is_a_picture_that_other_sites_may_show(reader: Client) -> None:
    response = Client().get(make(reader, kind="badge", of="http://testserver/deployments/dep_a/"))
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    picture = read(response)
    assert picture.one("title").words() == "nightly: failing"
    assert [path.attrs["class"] for path in picture.all("svg")[1].all("path")] == ["solid", "knock"]
    assert not picture.all("style")
    assert not picture.all("script")


def test_a_badge_needs_somebody_signed_in_or_a_link(reader: Client) -> None:
    assert reader.get("/badges/dep_a.svg").status_code == 200
    assert reader.get("/badges/dep_x.svg").status_code == 404
    assert Client().get("/badges/dep_a.svg").status_code == 302


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        ("calendar", "/calendar/"),
        ("wallboard", "/wallboard/?theme=light"),
        ("atom", "/runs/?status=failed&sort=duration&limit=10"),
        ("badge", "/deployments/dep_a/?status=failed"),
        ("metrics", "/deployments/?q=night&sort=name&limit=10"),
        ("page", "/runs/?status=failed&sort=duration&limit=10"),
        ("page", "/deployments/?q=night"),
        ("page", "/failures/?since=30d"),
        ("page", f"/failures/{GROUP}/"),
        ("page", "/timeline/?span=7d"),
        *(("page", f"/calendar/?view={view}&tz=UTC") for view in ("week", "month", "agenda", "day")),
    ],
)
def test_an_opened_link_shows_no_prompt_variable_or_record(reader: Client, kind: str, of: str) -> None:
    response = Client().get(make(reader, kind=kind, of=of))
    assert b"secret" not in response.content
    says_why = kind in SAY_WHY and not of.startswith(("/calendar/", "/timeline/"))
    assert (b"the hidden error" in response.content) is says_why
    assert not response.cookies
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Cache-Control"].startswith("private, no-")


def test_what_a_visitor_adds_to_the_address_is_ignored(reader: Client) -> None:
    path = make(reader)
    plain = Client().get(path).content
    for added in ("?q=", "?q=daily", "?health=ok&include_archived=true", "?account=other", "?q=%00"):
        assert Client().get(path + added).content == plain
    assert reader.get(path).content == plain


def test_a_link_opens_that_alone(reader: Client) -> None:
    path = make(reader)
    token = path.split("/")[2]
    visitor = Client()
    for other in (
        f"/l/{token}/",
        f"/l/{token}/badge.svg",
        f"/l/{token}/calendar.ics/",
        f"/l/{token[:-1]}/calendar.ics",
    ):
        assert visitor.get(other).status_code == 404
    for closed in ("/calendar.ics", "/calendar/", "/links/", "/runs/", "/badges/dep_a.svg"):
        assert visitor.get(closed).status_code == 302
    for method in (visitor.post, visitor.put, visitor.patch, visitor.delete, visitor.options):
        assert method(path).status_code == 405
    head = visitor.head(path)
    assert (head.status_code, head.content) == (200, b"")


def test_revoking_works_at_once_and_only_by_post(reader: Client) -> None:
    path = make(reader)
    pk = Link.objects.get().pk
    assert reader.get(f"/links/{pk}/revoke/").status_code == 405
    assert Client().post(f"/links/{pk}/revoke/").status_code == 302
    assert Client().get(path).status_code == 200
    response = reader.post(f"/links/{pk}/revoke/")
    assert (response.status_code, response["Location"]) == (302, "/links/")
    gone = Client().get(path)
    assert gone.status_code == 404
    assert DEAD in read(gone).words()
    assert "Revoked" in read(reader.get("/links/")).one("tr", id=f"link-{pk}").words()


def test_links_that_do_not_work_all_answer_alike(
    reader: Client, clock: time_machine.Traveller, settings: Any, account: Account
) -> None:
    brief = make(reader, expires="7d")
    unknown = "/l/" + "x" * 43 + "/calendar.ics"
    settings.ACCOUNTS = (account, Account("other", "", "", "", lambda: ""))
    narrow = make(reader, of="/calendar/?account=other")
    badge = make(reader, kind="badge", of="/deployments/dep_b/")
    odd, token = share_links.make("odd", "no kind", "/", made_by=somebody(), now=NOW, lasts=None)
    assert Client().get(narrow).status_code == 200
    settings.ACCOUNTS = (account,)
    Deployment.objects.filter(deployment_id="dep_b").delete()
    clock.shift(timedelta(days=7))
    for path in (brief, unknown, narrow, badge, f"/l/{token}/"):
        response = Client().get(path)
        assert response.status_code == 404
        assert DEAD in read(response).words()
    reader.force_login(User.objects.get(username="reader"))  # a week is longer than a session waits
    assert "no kind" in read(reader.get("/links/")).one("tr", id=f"link-{odd.pk}").words()


def test_the_list_shows_who_made_a_link_and_its_last_use(
    reader: Client, clock: time_machine.Traveller
) -> None:
    path = make(reader, expires="30d")
    pk = Link.objects.get().pk
    assert "Never used" in read(reader.get("/links/")).one("tr", id=f"link-{pk}").words()
    Client(REMOTE_ADDR="192.0.2.7").get(path)
    clock.shift(120)
    row = read(reader.get("/links/")).one("tr", id=f"link-{pk}").words()
    for sentence in (
        "Kitchen",
        "Calendar feed",
        "/calendar.ics?q=night",
        "by reader",
        "2 min ago",
        "from 192.0.2.7",
        "16 Jul",
    ):
        assert sentence in row


def test_the_address_is_shown_once_and_kept_by_nobody(reader: Client) -> None:
    response = reader.post("/links/", GIVEN)
    token = read(response).one("code", id="made").words().split("/")[4]
    assert "no-store" in response["Cache-Control"]
    assert token not in reader.get("/links/").content.decode()
    assert not any(token in str(row) for row in Link.objects.values())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
        ({"kind": "everything"}, "Select a valid choice."),
        ({"expires": "tomorrow"}, "Select a valid choice."),
        ({"of": ""}, "This field is required."),
        ({"of": "/nowhere/"}, "There is no such page; it is made from a calendar"),
        ({"of": "http://["}, "It cannot be read as an address."),
        ({"of": "javascript:alert(1)"}, "There is no such page"),
        ({"of": "/runs/"}, "that is the address of another page"),
        ({"kind": "page", "of": "/runs/drun_x/"}, "that is the address of another page"),
        ({"kind": "page", "of": "/runs/?status=odd"}, "The filter status=odd cannot be frozen"),
        ({"kind": "csv", "of": "/failures/?since=odd"}, "The filter since=odd cannot be frozen"),
        ({"of": "/calendar/?health=odd"}, "The filter health=odd cannot be frozen"),
        ({"of": "/calendar/?nonsense=1"}, "The filter nonsense=1 cannot be frozen"),
        ({"kind": "badge", "of": "/calendar/"}, "It is made from the page of one deployment"),
        ({"kind": "badge", "of": "/deployments/dep_x/"}, "No such deployment has been read."),
    ],
)
def test_a_link_that_cannot_be_made_names_the_reason(
    reader: Client, changes: dict[str, str], sentence: str
) -> None:
    response = reader.post("/links/", GIVEN | changes)
    assert response.status_code == 200
    assert sentence in " ".join(wrong(read(response)))
    assert not Link.objects.exists()


def test_a_pasted_address_is_frozen_in_its_one_form(reader: Client) -> None:
    for of in (
        "https://elsewhere.example/calendar/?q=night&health=failing&view=month&date=2026-06-01&tz=job",
        "/calendar.ics?health=failing&health=failing&q=night",
    ):
        make(reader, of=of)
    assert {link.query for link in Link.objects.all()} == {"/calendar.ics?q=night&health=failing"}


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        ("/calendar/?q=x", "page"),
        ("/calendar.ics?q=x", "calendar"),
        ("/timeline/", "page"),
        ("/deployments/dep_a/", "badge"),
        ("/badges/dep_a.svg", "badge"),
        ("/runs/?status=failed", "page"),
        ("/runs.atom?status=failed", "atom"),
        ("/deployments/?q=x", "page"),
        ("/metrics", "metrics"),
        ("/failures/", "page"),
        ("/failures.json", "json"),
        ("/nowhere", "page"),
        ("http://[", "page"),
    ],
)
def test_the_form_begins_with_the_page_one_comes_from(reader: Client, of: str, kind: str) -> None:
    assert next(iter(kinds_of(of))) == kind
    page = read(reader.get(f"/links/?of={quote(of)}"))
    assert page.one("input", id="id_of").attrs["value"] == of
    [chosen] = [
        option for option in page.one("select", id="id_kind").all("option") if "selected" in option.attrs
    ]
    assert chosen.attrs["value"] == kind


def test_a_link_of_one_page_is_offered_where_it_is_shown(reader: Client) -> None:
    pages = {
        "/calendar/?tz=Asia%2FTokyo&q=night": "page",
        "/timeline/?q=night": "page",
        "/wallboard/?q=night&tz=Asia%2FTokyo": "wallboard",
        "/runs/?status=failed": "page",
        "/deployments/?q=night": "page",
        "/failures/?since=30d": "page",
        f"/failures/{GROUP}/": "page",
        "/deployments/dep_a/": "badge",
    }
    for address, kind in pages.items():
        [offered] = [
            element.attrs["href"]
            for element in read(reader.get(address)).all("a")
            if element.attrs.get("href", "").startswith("/links/?of=")
        ]
        page = read(reader.get(offered))
        assert page.one("input", id="id_of").attrs["value"] == address
        assert next(iter(kinds_of(address))) == kind


def test_a_name_full_of_everything_is_text(reader: Client) -> None:
    odd = "<script>alert(1)</script>{{ 7*7 }}\u202e\"'"
    page = read(reader.post("/links/", GIVEN | {"name": odd}))
    assert page.one("bdi", id="named").text == odd
    assert all(script.attrs.get("src", "").startswith("/script/") for script in page.all("script"))


def test_a_form_from_elsewhere_makes_and_ends_nothing(reader: Client) -> None:
    make(reader)
    reader.handler.enforce_csrf_checks = True
    assert reader.post("/links/", GIVEN).status_code == 403
    assert reader.post(f"/links/{Link.objects.get().pk}/revoke/").status_code == 403
    assert Link.objects.filter(revoked_at=None).count() == 1


def test_the_list_takes_as_many_queries_for_many_links_as_for_one(reader: Client) -> None:
    make(reader)
    with CaptureQueriesContext(connection) as one:
        reader.get("/links/")
    for _ in range(5):
        make(reader)
    with CaptureQueriesContext(connection) as many:
        reader.get("/links/")
    assert len(many) == len(one)


def test_where_nobody_signs_in_nobody_makes_or_ends_a_link(client: Client, settings: Any) -> None:
    link, _ = share_links.make("x", "calendar", "/calendar.ics", made_by=somebody(), now=NOW, lasts=None)
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    page = read(client.get("/links/"))
    assert "no link is needed" in page.words()
    assert not page.one("main").all("form")
    assert client.post("/links/", GIVEN).status_code == 403
    assert client.post(f"/links/{link.pk}/revoke/").status_code == 403
    assert Link.objects.filter(revoked_at=None).count() == 1


def test_every_kind_has_an_ending_of_its_own() -> None:
    assert len({kind.file for kind in KINDS.values()}) == len(KINDS)


def test_a_link_whose_span_was_frozen_in_another_spelling_still_opens(reader: Client) -> None:
    path = make(reader, kind="atom", of="/runs/?since=24h")
    Link.objects.update(query="/runs.atom?since=1d")
    assert Client().get(path).status_code == 200


def test_an_administrator_takes_over_a_link_whose_owner_is_gone(reader: Client) -> None:
    path = make(reader)
    User.objects.filter(username="reader").delete()
    assert Client().get(path).status_code == 404
    pk = Link.objects.get().pk
    administrator, viewer = Client(), Client()
    administrator.force_login(User.objects.create_superuser("administrator"))
    viewer.force_login(User.objects.create_user("viewer"))
    row = read(viewer.get("/links/")).one("tr", id=f"link-{pk}")
    assert "Opens nothing: its owner is gone" in row.words()
    assert "Take over" not in row.words()
    assert viewer.post(f"/links/{pk}/take-over/").status_code == 403
    assert "Take over" in read(administrator.get("/links/")).one("tr", id=f"link-{pk}").words()
    assert administrator.post(f"/links/{pk}/take-over/")["Location"] == "/links/"
    assert Client().get(path).status_code == 200
    assert Link.objects.get().made_by == "administrator"


def test_a_link_is_made_for_ninety_days_unless_another_time_is_chosen(reader: Client) -> None:
    page = read(reader.get("/links/"))
    [chosen] = [
        each for each in page.one("select", id="id_expires").all("option") if "selected" in each.attrs
    ]
    assert chosen.attrs["value"] == "90d"


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        ("calendar", "/calendar/"),
        ("wallboard", "/wallboard/"),
        ("atom", "/runs/"),
        ("badge", "/deployments/dep_a/"),
        ("metrics", "/deployments/"),
        ("page", "/deployments/"),
        ("page", "/runs/"),
        ("page", "/failures/"),
        ("page", "/calendar/"),
        ("page", "/calendar/?view=day"),
        ("page", "/timeline/"),
        ("csv", "/runs/"),
        ("json", "/deployments/"),
    ],
)
def test_a_link_shows_no_account_that_came_later(
    reader: Client, settings: Any, account: Account, kind: str, of: str
) -> None:
    path = make(reader, kind=kind, of=of)
    settings.ACCOUNTS = (account, Account("other", "", "", "", lambda: ""))
    live("other")
    stored_deployments(deployment_record("z", name="of the later account"), account="other")
    stored_runs(run(9, NOW, "failed", deployment_id="dep_z"), account="other")
    response: Any = Client().get(path)
    assert response.status_code == 200
    content = response.getvalue()
    assert b"of the later account" not in content
    assert b"dep_z" not in content


def test_a_page_to_read_shows_its_list_and_nothing_else(reader: Client) -> None:
    page = read(Client().get(make(reader, kind="page", of="/runs/?status=failed")))
    assert "the hidden error" in page.words()
    assert "status failed" in page.words()
    for tag in ("form", "script", "select", "input"):
        assert not page.all(tag), tag
    # Without scripts none of these is shown: static/css/saved.css.
    assert all("scripted" in button.attrs["class"] for button in page.all("button"))
    assert "failing" not in page.one("title").words()


def test_whoever_holds_a_link_reads_no_setting_and_none_of_the_words_of_the_api(
    reader: Client, settings: Any
) -> None:
    opens = {"page": "/runs/", "wallboard": "/wallboard/"}
    paths = [make(reader, kind=kind, of=of) for kind, of in opens.items()]
    Feed.objects.all().delete()
    failing(
        error_family="NotAccepted", error_status=401, error_message="key of team x", error_request_id="r1"
    )
    for path in paths:
        words = read(Client().get(path)).words()
        assert "the API does not accept the token of account default" in words
        assert not [secret for secret in ("QODER_PAT", "team x", "r1") if secret in words]
    settings.ACCOUNTS = (accounts.demonstration(),)
    live(accounts.DEMONSTRATION)
    words = read(Client().get(make(reader, kind="page", of="/runs/"))).words()
    assert "Demonstration. These deployments and runs are made up, nothing here is real." in words
    assert "QODER_PAT" not in words


def test_a_page_to_read_is_turned_and_nothing_else_is_the_visitors_to_choose(reader: Client) -> None:
    stored_runs(*(run(n, NOW - timedelta(minutes=n), "failed") for n in range(2, 13)))
    stored_runs(run(20, NOW, "completed"))
    path = make(reader, kind="page", of="/runs/?status=failed&limit=10")
    first = read(Client().get(path))
    assert len(first.ids("runs")) == 10
    [older] = [link.attrs["href"] for link in first.all("a", rel="next")]
    assert older.startswith(f"{path}?")
    assert len(read(Client().get(f"{path}?limit=20&sort=duration")).ids("runs")) == 12
    second = read(Client().get(older.replace("status=failed", "status=completed")))
    assert len(second.ids("runs")) == 2
    assert not {*first.ids("runs")} & {*second.ids("runs")}


def test_a_page_to_read_that_is_empty_says_so(reader: Client) -> None:
    path = make(reader, kind="page", of="/runs/?status=skipped")
    assert "Nothing now." in read(Client().get(path)).words()


@pytest.mark.parametrize(
    "of", ["/timeline/", *(f"/calendar/?view={view}&q=night" for view in ("week", "month", "agenda", "day"))]
)
def test_a_calendar_and_a_timeline_to_read_have_nothing_to_choose(reader: Client, of: str) -> None:
    page = read(Client().get(make(reader, kind="page", of=of)))
    assert "nightly" in page.words()
    assert ("daily" in page.words()) is (of == "/timeline/")
    for tag in ("form", "script", "select", "input", "nav" if "calendar" in of else "form"):
        assert not page.all(tag), tag
    assert not page.all("span", aria_label="How much time")
    assert not [link for link in page.all("a") if link.attrs["href"].startswith("/links/")]


def test_a_day_to_read_is_turned_by_its_visitor(reader: Client) -> None:
    stored_deployments(*(deployment_record(f"n{n}", name=f"n{n}") for n in range(MOST_LANES)))
    stored_runs(*(run(99 + n, NOW, deployment_id=f"dep_n{n}") for n in range(MOST_LANES)))
    path = make(reader, kind="page", of="/calendar/?view=day&page=2")
    assert Link.objects.get().query == "/calendar/?view=day"
    first = read(Client().get(path))
    [on] = [link.attrs["href"] for link in first.one("p", class_="lanes-others").all("a")]
    assert on == "?page=2"
    turned = read(Client().get(f"{path}{on}&date=2020-01-01&sort=name"))
    assert "Ignored" not in turned.words()
    assert [link.attrs["href"] for link in turned.one("p", class_="lanes-others").all("a")] == ["?page=1"]
    lanes = [{lane.words() for lane in page.all("li", class_="lane")} for page in (first, turned)]
    assert lanes[0]
    assert lanes[1]
    assert not lanes[0] & lanes[1]


def test_what_a_link_shows_is_made_once_until_the_mirror_changes(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [make(reader, kind="page", of=of) for of in ("/calendar/", "/timeline/", "/runs/")]
    shown = [Client().get(path).content for path in paths]
    monkeypatch.setattr(page_views, "render_to_string", None)
    assert [Client().get(path).content for path in paths] == shown
    monkeypatch.undo()
    stored_runs(run(2, NOW, "failed", error={"type": "x", "message": "another error"}))
    changed()
    assert b"another error" in Client().get(paths[2]).content


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("of", ["/runs/?status=failed", "/deployments/?q=night", "/failures/?since=30d"])
def test_a_file_is_what_its_list_gives(reader: Client, form: str, of: str) -> None:
    opened: Any = Client().get(make(reader, kind=form, of=of))
    page, _, query = of.partition("?")
    mine: Any = reader.get(f"{page.rstrip('/')}.{form}?{query}")
    assert opened.getvalue() == mine.getvalue()


def test_an_address_fixed_to_these_times_stays_what_it_is(
    reader: Client, clock: time_machine.Traveller
) -> None:
    page = read(reader.get("/runs/?since=24h"))
    [fixed] = [
        button.attrs["data-copy"]
        for button in page.all("button")
        if "fixed" in button.words() and "data-copy" in button.attrs
    ]
    before = read(reader.get(fixed)).ids("runs")
    assert before
    clock.shift(timedelta(days=3))
    assert read(reader.get(fixed)).ids("runs") == before
    assert not read(reader.get("/runs/?since=24h")).ids("runs")
    assert "fixed" not in read(reader.get(fixed)).one("details", class_="menu share").words()


def test_a_link_that_is_asked_for_too_much_waits_and_no_other(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = make(reader), make(reader)
    pk = Link.objects.order_by("pk")[0].pk
    monkeypatch.setattr("dashboard.access.link_pace.wait", lambda link: 7 if link.pk == pk else 0)
    response = Client().get(path)
    assert (response.status_code, response["Retry-After"]) == (429, "7")
    assert response.content == b"This link is asked for more than it may be. Try again in 7 s.\n"
    assert Client().get(other).status_code == 200


def test_only_its_maker_and_administrators_revoke_a_link(reader: Client) -> None:
    make(reader)
    link = Link.objects.get()
    viewer, administrator = Client(), Client()
    viewer.force_login(User.objects.create_user("viewer"))
    administrator.force_login(User.objects.create_superuser("administrator"))
    assert "Revoke" not in read(viewer.get("/links/")).one("tr", id=f"link-{link.pk}").words()
    assert viewer.post(f"/links/{link.pk}/revoke/").status_code == 403
    assert "Revoke" in read(reader.get("/links/")).one("tr", id=f"link-{link.pk}").words()
    assert administrator.post(f"/links/{link.pk}/revoke/").status_code == 302
    assert not Link.objects.filter(revoked_at=None).exists()
    for do in ("revoke", "take-over"):
        assert administrator.post(f"/links/999/{do}/").status_code == 404


@pytest.mark.parametrize(("signs_in", "offered"), [("login", True), ("none", False)])
def test_share_offers_a_link_only_where_somebody_signs_in(
    reader: Client, settings: Any, signs_in: str, offered: bool
) -> None:
    settings.DASHBOARD_AUTH = signs_in
    assert ("Make a read-only link" in reader.get("/failures/").content.decode()) is offered
