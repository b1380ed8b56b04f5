"""What a browser shows that opens an address which only takes forms."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def test_an_address_of_a_form_is_explained_to_whoever_opens_it(reader: Client) -> None:
    response = reader.get("/views/1/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    shown = read(response)
    assert "Nothing to show here Only a form leads to this address." in shown.one("main").words()
    assert "You have signed in as" not in shown.one("main").words()
    assert shown.one("nav", class_="tabs").all("a")


def test_programs_are_answered_as_before(reader: Client) -> None:
    assert reader.post("/calendar/").content == b""
    assert reader.head("/views/1/").status_code == 405
