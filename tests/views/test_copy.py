"""What can be copied: every id and every error text, as a button that says what it copies."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing
from tests.markup import read

pytestmark = pytest.mark.django_db
RUN, SESSION = f"drun_{1:032x}", f"sess_{1:032x}"
REQUEST = ("request id", "req_1")


@pytest.mark.parametrize(
    ("url", "copied"),
    [
        ("/runs/", {("run id", RUN), ("session id", SESSION)}),
        ("/deployments/", {("deployment id", "dep_a")}),
        (
            f"/runs/{RUN}/",
            {
                *(("run id", RUN), ("session id", SESSION), ("deployment id", "dep_a")),
                *(("agent id", "agent_a"), ("error text", "no\nvault")),
            },
        ),
        (
            "/deployments/dep_a/",
            {
                *(("run id", RUN), ("session id", SESSION), ("deployment id", "dep_a")),
                *(("agent id", "agent_a"), ("environment id", "env_a")),
            },
        ),
        (
            "/failures/{}/",
            {
                ("error text", "no\nvault"),
                ("agent id", "agent_a"),
                ("run id", RUN),
                ("session id", SESSION),
            },
        ),
    ],
)
def test_every_id_can_be_copied(reader: Client, url: str, copied: set[tuple[str, str]]) -> None:
    failing(error_family="Refused", error_request_id="req_1")
    stored_deployments(deployment_record())
    error = {"type": "vault_error", "message": "no\nvault"}
    [run] = stored_runs(run_record(1, NOW, "failed", session_id=SESSION, error=error))
    buttons = read(reader.get(url.format(run.fingerprint))).all("button", class_="copy scripted")
    assert {(button.attrs["data-what"], button.attrs["data-copy-text"]) for button in buttons} == {
        *copied,
        REQUEST,
    }
    assert all(button.attrs["aria-label"] == f"Copy {button.attrs['data-what']}" for button in buttons)
