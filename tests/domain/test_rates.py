"""When a success rate may be given."""

from __future__ import annotations

import pytest

from dashboard.domain.rates import Ended


@pytest.mark.parametrize(
    ("ended", "rated"),
    [
        (Ended(0, 0), False),
        (Ended(9, 1), True),
        (Ended(0, 10), True),
        (Ended(9, 1, unheard=5), True),  # they are left out
        (Ended(0, 22, unreported=141), False),  # that none completed is not known
        (Ended(90, 10, unreported=1), False),  # two shapes of records in one rate
        (Ended(0, 10, unheard=90), False),  # what they ended in may be the new word for completed
    ],
)
def test_a_rate_is_given_where_it_is_known_how_runs_ended(ended: Ended, rated: bool) -> None:
    assert ended.rated is rated
    assert ended.finished == ended.completed + ended.failed
