"""How old the data is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.services.status.age import data_age
from tests.factories import NOW

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("read_at", "seconds", "text", "every_account"),
    [
        ([], None, "", False),
        ([None], None, "", False),
        ([NOW - 4 * SECOND], 4, "4 s", True),
        ([NOW - 4 * SECOND, NOW - 90 * SECOND], 90, "1 min", True),
        ([NOW - 4 * SECOND, None], 4, "4 s", False),
        ([NOW + 9 * SECOND], 0, "0 s", True),  # the clock of the host that reads runs ahead
    ],
)
def test_the_age_is_that_of_the_account_read_longest_ago(
    read_at: list[datetime | None], seconds: int | None, text: str, every_account: bool
) -> None:
    age = data_age(read_at, NOW)
    assert (age.whole_seconds, age.text, age.every_account) == (seconds, text, every_account)
