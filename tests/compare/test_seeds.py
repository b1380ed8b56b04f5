"""Every figure on every page of random worlds, against what counting the upstream's records gives."""

from __future__ import annotations

import os

import pytest
from django.contrib.auth.models import User

from tests.compare.comparison import compare

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Small ones of the first 300 in which together every kind of thing happens; `make compare` looks at others.
CHOSEN = (30, 108, 150, 247, 257)
FIRST, NUMBER = int(os.environ.get("COMPARE_FROM", "0")), int(os.environ.get("COMPARE_SEEDS", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + NUMBER) if NUMBER else CHOSEN)
def test_a_world_is_shown_as_it_is(seed: int) -> None:
    lines = list(compare(seed, User.objects.create_user("reader")))
    assert not lines, "\n".join(lines)
