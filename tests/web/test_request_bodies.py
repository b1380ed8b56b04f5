"""What a request may carry: a form, and nothing that has to be put anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db
ADDRESSES = ("/sign-in/", "/runs/", "/refresh/", "/nowhere/", "/livez", "/static/x.js", "/l/x/")
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


class Unread:
    """A body of which not a byte may be asked for."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def asked(address: str, kind: str, **headers: Any) -> Any:
    client = Client(raise_request_exception=True)
    return client.generic(
        "POST", address, b"", kind, **{"wsgi.input": Unread(), "CONTENT_TYPE": kind, **headers}
    )


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("kind", [FORM, MULTIPART, "application/json", ""])
@pytest.mark.parametrize("length", ["65537", "33554432", "9" * 5_000, "-1", "ten", "٣"])
def test_a_long_body_is_refused_by_its_length_alone(address: str, kind: str, length: str) -> None:
    response = asked(address, kind, CONTENT_LENGTH=length)
    assert response.status_code == 413
    assert "never longer than 65,536 bytes" in response.content.decode()


def test_a_body_that_does_not_say_how_long_it_is_is_refused() -> None:
    assert asked("/sign-in/", FORM, HTTP_TRANSFER_ENCODING="chunked").status_code == 411


def test_a_file_that_is_sent_all_the_same_is_put_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    spooled: list[object] = []
    monkeypatch.setattr(
        uploadhandler.TemporaryFileUploadHandler, "new_file", lambda *_args, **_rest: spooled.append(1)
    )
    sent = {"username": "x", "password": "x", "file": SimpleUploadedFile("x.bin", b"x" * 60_000)}
    assert Client().post("/sign-in/", sent).status_code == 200
    assert (spooled, list(tmp_path.iterdir())) == ([], [])


def test_a_form_of_usual_length_is_answered() -> None:
    assert Client().post("/sign-in/", {"username": "x", "password": "x"}).status_code == 200
