"""Which words of the API are noted for the filters: the known ones, and so many that nobody has heard of."""

from __future__ import annotations

from collections.abc import Collection

MOST = 500  # unheard-of words of one kind; runs with a later one are kept, shown and counted, not asked for


def with_more(noted: Collection[str], seen: Collection[str], known: Collection[str]) -> list[str]:
    """The words that were noted and those that have been seen now; of unheard-of ones the first `MOST`."""
    every = [*noted, *sorted({*seen} - {*noted})]
    unheard = [word for word in every if word not in known]
    return sorted({*every} - {*unheard[MOST:]})
