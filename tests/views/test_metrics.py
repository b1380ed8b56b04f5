"""Figures for Prometheus, as a program asks for them."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.access import share_links
from tests.factories import NOW, deployment_record, somebody, stored_deployments
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
NEVER = 'qoder_deployments{account="default",health="never"}'


@pytest.fixture(autouse=True)
def kept() -> None:
    """Two deployments."""
    live()
    stored_deployments(deployment_record("a"), deployment_record("b"))


def test_it_is_the_text_that_prometheus_reads_and_nobody_keeps_it(reader: Client) -> None:
    response = reader.get("/metrics")
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response["Cache-Control"] == "private, no-store"
    assert f"{NEVER} 2.0\n" in response.content.decode()
    assert "# HELP qoder_deployments Deployments by health.\n# TYPE qoder_deployments gauge\n" in (
        response.content.decode()
    )


def test_a_link_lets_a_scraper_in_to_what_was_frozen() -> None:
    _, token = share_links.make("x", "metrics", "/metrics?q=b", made_by=somebody(), now=NOW, lasts=None)
    for added in ("", "?q=a"):
        decode = Client().get(f"/l/{token}/metrics{added}").content.decode()
        assert f"{NEVER} 1.0\n" in decode
        assert 'deployment_id="dep_a"' not in decode


@pytest.mark.parametrize(("query", "text"), [("health=odd", "health=odd: "), ("colour=<b>", "colour=<b>: ")])
def test_figures_of_others_than_were_asked_for_are_refused_in_a_sentence(
    reader: Client, query: str, text: str
) -> None:
    response = reader.get(f"/metrics?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert text in response.content.decode()
    assert "dep_" not in response.content.decode()
