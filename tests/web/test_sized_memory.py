"""What a process keeps of pages takes so many bytes at most; what was used last stays."""

from __future__ import annotations

import pytest
from django.core.cache import caches

from dashboard.web.sized_memory import SizedMemory


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> SizedMemory:
    return SizedMemory(request.node.name, {"OPTIONS": {"MAX_ENTRIES": 100, "MAX_BYTES": 10_000}})


def kept(memory: SizedMemory, names: str) -> str:
    """Those of these names that are kept."""
    return "".join(name for name in names if name in memory)


def test_what_was_not_used_for_longest_goes_first(memory: SizedMemory) -> None:
    for name in "abc":
        memory.set(name, b"-" * 3_000)
    memory.get("a")
    memory.set("d", b"-" * 3_000)
    assert kept(memory, "abcd") == "acd"
    memory.set("e", b"-" * 6_000)
    assert kept(memory, "abcde") == "de"


def test_what_is_larger_than_all_of_it_is_not_kept(memory: SizedMemory) -> None:
    memory.set("a", b"-" * 11_000)
    assert memory.get("a") is None


def test_what_is_kept_anew_counts_once(memory: SizedMemory) -> None:
    for _ in range(5):
        memory.set("a", b"-" * 4_000)
    memory.set("b", b"-" * 4_000)
    assert kept(memory, "ab") == "ab"


@pytest.mark.parametrize("name", ["default", "parts", "calendars", "metrics"])
def test_what_is_kept_of_pages_and_files_is_limited(name: str) -> None:
    assert isinstance(caches[name], SizedMemory)
