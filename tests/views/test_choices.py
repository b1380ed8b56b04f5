"""What can be chosen for a filter, as the list of a combobox."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import deployment_record, stored_deployments
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOSTILE = '<img src=x onerror="go()"> & \u202e"\'>'


def test_the_list_holds_what_contains_the_text_and_its_names_are_text(reader: Client) -> None:
    stored_deployments(deployment_record("a", name=HOSTILE), deployment_record("b", name="Nightly"))
    answer = reader.get("/choices/deployment/", {"q": " onerror\x00 "})
    assert "no-store" in answer["Cache-Control"]
    assert read(answer).one("p").words() == "No deployment has that in its id or in a name"
    answer = reader.get("/choices/deployment/", {"q": "onerror="})
    [option] = read(answer).one("ul", role="listbox").all("li")
    assert (option.attrs["data-value"], option.attrs["aria-selected"]) == ("dep_a", "false")
    assert option.one("bdi").text == HOSTILE
    assert not read(answer).all("img")


@pytest.mark.parametrize(("kind", "shown"), [("agent", "agent_a a"), ("environment", "env_a a")])
def test_an_id_is_shown_with_what_uses_it(reader: Client, kind: str, shown: str) -> None:
    stored_deployments(deployment_record("a"))
    answer = reader.get(f"/choices/{kind}/?q={'x' * 9_000}")
    assert read(answer).all("li") == []
    assert [item.words() for item in read(reader.get(f"/choices/{kind}/")).all("li")] == [shown]


def test_nothing_else_can_be_chosen(reader: Client) -> None:
    assert reader.get("/choices/token/").status_code == 404
    assert reader.post("/choices/agent/").status_code == 405
