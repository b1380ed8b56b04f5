"""Every figure on every page of random worlds, against what counting the upstream's records gives."""

from __future__ import annotations

import os

import pytest
from django.contrib.auth.models import User

from tests.compare.comparison import compare

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# The same few worlds each time; `make compare` looks at others.
FIRST, NUMBER = int(os.environ.get("COMPARE_FROM", "20")), int(os.environ.get("COMPARE_SEEDS", "8"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + NUMBER))
def test_a_world_is_shown_as_it_is(seed: int) -> None:
    lines = list(compare(seed, User.objects.create_user("reader")))
    assert not lines, "\n".join(lines)
