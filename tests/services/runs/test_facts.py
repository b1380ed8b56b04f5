"""Where the session of a run can be opened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.services.cloud.accounts import Account
from dashboard.services.runs.facts import session


@pytest.mark.parametrize(
    ("account_name", "session_id", "console", "url"),
    [
        ("default", "sess_1", "https://qoder.com/cloud", "https://qoder.com/cloud/sessions/sess_1"),
        ("default", "", "https://qoder.com/cloud", ""),
        ("default", "sess_1", "", ""),
        ("one that was taken out", "sess_1", "https://qoder.com/cloud", ""),
    ],
)
def test_a_session_leads_to_the_console_of_its_account(
    settings: Any, account: Account, account_name: str, session_id: str, console: str, url: str
) -> None:
    settings.ACCOUNTS = (replace(account, console_url=console),)
    assert session(account_name, session_id) == url
