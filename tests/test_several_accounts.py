"""Several accounts from their file, each read over HTTP by its own token, one of which is broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.apps import apps
from django.test import Client

from dashboard.services.cloud import accounts, transport
from dashboard.services.sync import Loop
from dashboard.simulator import Scripted, Simulator, serve
from tests.factories import NOW, deployment_record, run_record
from tests.markup import Element, read

pytestmark = pytest.mark.django_db(transaction=True)
TOKENS = {name: f"pt-only-for-tests-{name}-0123456789" for name in ("north", "south", "broken")}
API = "http://127.0.0.1:9/api/v1/cloud"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Now, as the records of these tests have it."""
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


def world(name: str) -> Scripted:
    """The same ids in every account, under another name, and one run of its own."""
    own = {"north": 1, "south": 2, "broken": 3}[name]
    failed = run_record(own, NOW, "failed", error={"type": "x", "message": f"wrong in the {name}"})
    return Scripted([deployment_record(name=f"report of the {name}")], [failed])


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """Three upstreams and the file that names them; one of its tokens is not that of its upstream."""
    with (
        serve(Simulator(world("north"), token=TOKENS["north"])) as north,
        serve(Simulator(world("south"), token=TOKENS["south"])) as south,
        serve(Simulator(world("broken"), token="pt-another-0123456789")) as broken,
        patch.multiple(transport, APART=0.0, BACKOFF=(0.001,)),
    ):
        (tmp_path / "south.pat").write_text(TOKENS["south"], "ascii")
        path = tmp_path / "accounts.toml"
        path.write_text(
            f'[accounts.north]\npat = "{TOKENS["north"]}"\napi_url = "{north}"\n'
            f'[accounts.south]\npat_file = "south.pat"\napi_url = "{south}"\n'
            f'[accounts.broken]\npat = "{TOKENS["broken"]}"\napi_url = "{broken}"\n',
            "ascii",
        )
        yield path


@pytest.fixture
def reader(client: Client, django_user_model: Any, settings: Any, file: Path) -> Client:
    """Somebody signed in to a site that shows what the file names, each account read once."""
    settings.ACCOUNTS = accounts.from_file(file, api_url=API, console_url="")
    settings.DEMONSTRATION = False
    turn(settings.ACCOUNTS)
    client.force_login(django_user_model.objects.create_user("reader"))
    return client


def turn(configured: tuple[accounts.Account, ...]) -> None:
    loop = Loop(configured, 60.0, Event())
    try:
        assert not loop.turn()  # not all of them went well
    finally:
        loop.close()


def asked(reader: Client, url: str) -> Element:
    return read(reader.get(url))


def test_the_broken_one_is_named_and_the_others_live(reader: Client) -> None:
    for url in ("/runs/", "/deployments/", "/"):
        banners = asked(reader, url).all("div", class_="banner")
        [only] = [banner.words() for banner in banners]
        assert "Account broken" in only
        assert "401" in only
        assert "north" not in only
        assert "south" not in only
    page = asked(reader, "/runs/")
    rows = [f"run-drun_{number:032x}@{name}" for number, name in ((1, "north"), (2, "south"))]
    assert sorted(page.ids("runs")) == rows


@pytest.mark.usefixtures("reader")
def test_a_probe_is_shown_the_worst_state_and_no_name() -> None:
    health = Client().get("/healthz")
    assert health.status_code == 503
    [line] = health.content.decode().splitlines()
    assert line.startswith("never: data ")
    assert line.endswith(" old, not every account has been read")


def test_each_account_is_a_filter_and_shows_its_own(reader: Client) -> None:
    options = asked(reader, "/runs/").one("select", id="f-account").all("option")
    assert [option.attrs["value"] for option in options] == ["", "north", "south", "broken"]
    for number, name in ((1, "north"), (2, "south")):
        page = asked(reader, f"/runs/?account={name}")
        assert page.ids("runs") == [f"run-drun_{number:032x}@{name}"]
        one = asked(reader, f"/deployments/dep_a/?account={name}")
        assert one.one("h1").words() == f"report of the {name}"
        assert f"wrong in the {name}" in one.words()
    assert asked(reader, "/runs/?account=broken").ids("runs") == []


def test_a_link_of_one_account_shows_that_account_alone(reader: Client) -> None:
    form = {"name": "x", "expires": "never"}
    badge = form | {"kind": "badge", "of": "/deployments/dep_a/?account=south"}
    feed = form | {"kind": "calendar", "of": "/calendar/?account=south"}
    pictured, listed = (
        Client().get(
            read(reader.post("/links/", given)).one("code", id="made").words()[len("http://testserver") :]
        )
        for given in (badge, feed)
    )
    assert read(pictured).one("title").words() == "report of the south: failing"
    for response in (pictured, listed):
        assert b"north" not in response.content


def test_a_token_put_right_brings_its_account_to_life(reader: Client, settings: Any, file: Path) -> None:
    file.write_text(file.read_text("ascii").replace(TOKENS["broken"], "pt-another-0123456789"), "ascii")
    settings.ACCOUNTS = accounts.from_file(file, api_url=API, console_url="")
    loop = Loop(settings.ACCOUNTS, 60.0, Event())
    assert loop.turn()
    loop.close()
    page = asked(reader, "/runs/")
    assert len(page.ids("runs")) == 3
    assert not page.all("div", class_="banner")


def test_no_token_is_on_any_page_or_in_the_mirror(reader: Client, capsys: pytest.CaptureFixture[str]) -> None:
    pages = [
        reader.get(url).content.decode() for url in ("/", "/runs/", "/deployments/", "/healthz", "/links/")
    ]
    models = apps.get_app_config("dashboard").get_models()
    kept = [str(list(model._default_manager.values())) for model in models]
    for text in (*pages, *kept, capsys.readouterr().err):
        assert "pt-only" not in text


def test_with_one_account_there_is_nothing_to_choose(reader: Client, settings: Any) -> None:
    settings.ACCOUNTS = settings.ACCOUNTS[:1]
    assert not asked(reader, "/runs/").all("select", id="f-account")
