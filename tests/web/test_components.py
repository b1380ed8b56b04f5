"""What templates are given."""

from __future__ import annotations

import pytest

from dashboard.web.components import Count, Pager


@pytest.mark.parametrize(
    ("count", "text"),
    [(Count(0), "0"), (Count(1_234), "1,234"), (Count(10_000, at_least=True), "10,000+")],
)
def test_a_count_shows_whether_it_is_exact(count: Count, text: str) -> None:
    assert count.text == text


@pytest.mark.parametrize(
    ("pager", "neighbours"),
    [(Pager(5), False), (Pager(5, newer_url="?a"), True), (Pager(5, older_url="?b"), True)],
)
def test_a_page_has_neighbours_on_either_side(pager: Pager, neighbours: bool) -> None:
    assert pager.has_neighbours is neighbours
