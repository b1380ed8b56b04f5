"""A path is as short as its numbers allow."""

from __future__ import annotations

from dashboard.web.drawing import rectangle


def test_a_rectangle_goes_around_from_its_corner_and_comes_back() -> None:
    assert rectangle(16, 56, 10, 4) == "M16 56h10v4h-10z"
    assert rectangle(999_999, 0.5, 9.0, 1) == "M999999 0.5h9v1h-9z"
