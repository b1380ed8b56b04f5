"""The sync beside the pages, and the demonstration that it reads."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.models import Run
from dashboard.services.sync.demo_account import reachable
from dashboard.services.sync.gunicorn_app import SyncApp
from tests.waiting import wait_for


@pytest.mark.whole
@pytest.mark.django_db(transaction=True)
def test_the_feeder_reads_until_it_is_closed(settings: Any) -> None:
    with reachable(settings.ACCOUNTS) as accounts:
        settings.ACCOUNTS = accounts
        assert accounts[0].api_url.startswith("http://127.0.0.1:")
        settings.SYNC_INTERVAL = 1.0
        feeder = SyncApp()
        feeder.init()
        wait_for(Run.objects.exists)
        feeder.close()
    assert not feeder._thread.is_alive()


def test_a_real_account_needs_no_stand_in(upstream: Any) -> None:
    accounts = (upstream.account(),)
    with reachable(accounts) as result:
        assert result == accounts
