"""Packed records come back as they were, and take a fraction of the bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.record_packing import pack, unpack
from dashboard.domain.record_text import canonical
from tests.factories import NOW, newer_shape, run_record


@pytest.mark.parametrize("record", [{}, {"id": "é\U0001f600"}, {"id": "x" * 5000}])
def test_a_record_comes_back_as_it_was(record: dict[str, Any]) -> None:
    assert unpack(pack(canonical(record))) == canonical(record)


def test_what_was_packed_once_is_read_for_ever() -> None:
    assert unpack(bytes.fromhex("01ab4672100e8b6b01")) == '{"id":"drun_1","status":"completed"}'


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert unpack(pack(text)) == text


@pytest.mark.parametrize("status", ["completed", "failed", "running"])
def test_a_record_takes_a_third_of_its_bytes_or_less(status: str) -> None:
    for record in (run_record(1, NOW, status), newer_shape(run_record(1, NOW, status))):
        text = canonical(record)
        assert len(pack(text)) < len(text) / 3, json.dumps(record)
