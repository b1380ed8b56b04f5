"""What a deployment is defined to do, and in what two readings of it differ. Pure functions.

The definition is the record without what each run or each hour changes: counters, promises, times.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dashboard.domain.text import shortened

Path = tuple[str, ...]

_NO_DEFINITION: tuple[Path, ...] = (
    ("updated_at",),
    ("request_id",),
    ("schedule", "upcoming_runs_at"),
    ("schedule", "last_run_at"),
    ("metadata", "cas_config", "stats"),
)
# What a part of the record is called; of several beginnings the longest counts.
_WORDS: dict[Path, str] = {
    ("environment_id",): "environment",
    ("environment_variables",): "variables",
    ("initial_events",): "prompt",
    ("vault_ids",): "vaults",
    ("paused_reason",): "status",
    ("archived_at",): "status",
    ("metadata", "cas_config"): "configuration",
    ("metadata", "cas_config", "config", "timeout_ms"): "limit",
    ("metadata", "cas_config", "config", "max_retries"): "retries",
}
_CONFIGURATION: Path = ("metadata", "cas_config")
_SECRET = "variables"  # noqa: S105 - the word; their values may be secrets, and are not repeated
_VARIABLE = re.compile(r"[\n;]")
_LONGEST = 4_000  # characters of a value that are compared
_MOST_COMPARED = 300  # lines of it
_MOST_LINES = 60  # of a difference that are shown


@dataclass(frozen=True)
class Difference:
    """One part of a definition that changed.

    word: what it is; path: where it is in the record, `schedule.expression`
    lines: what went and what came, each line with `-`, `+` or a blank before it
    """

    word: str
    path: str
    lines: tuple[str, ...]


def definition(record: dict[str, Any]) -> dict[str, Any]:
    """The record without what is no part of its definition."""
    kept: dict[str, Any] = _without(record, ())
    return kept


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[Difference, ...]:
    """In what two definitions differ, in the order of their paths.

    What one of them does not report at all, as the generations of the API do with a few keys, is no change.
    """
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    differing = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    changed = sorted(path for path in differing if _reported(path, before) and _reported(path, after))
    return tuple(
        Difference(_word(path), ".".join(path), _lines(_word(path), old.get(path), new.get(path)))
        for path in changed
    )


def words(changed: Iterable[Difference]) -> list[str]:
    """What changed, each word once."""
    return list(dict.fromkeys(difference.word for difference in changed))


def _without(value: Any, path: Path) -> Any:
    if not isinstance(value, dict):
        return value
    kept = ((key, (*path, key)) for key in value)
    return {key: _without(value[key], below) for key, below in kept if below not in _NO_DEFINITION}


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value that is no object; an absent one and a null are the same."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif value is not None:
        yield path, value


def _reported(path: Path, record: dict[str, Any]) -> bool:
    metadata = record.get("metadata")
    if path[:2] == _CONFIGURATION:
        return isinstance(metadata, dict) and _CONFIGURATION[1] in metadata
    return path[0] in record


def _word(path: Path) -> str:
    for length in range(len(path), 0, -1):
        if path[:length] in _WORDS:
            return _WORDS[path[:length]]
    return path[0].replace("_", " ")


def _lines(word: str, before: Any, after: Any) -> tuple[str, ...]:
    if word == _SECRET:
        names = tuple(f"{sign}{name}" for sign, name in _names_changed(_names(before), _names(after)))
        return names or (" values, not shown here",)
    compared = list(difflib.unified_diff(_text(before), _text(after), n=0, lineterm=""))[2:]  # without names
    lines = [line for line in compared if not line.startswith("@@")]
    return tuple(lines[:_MOST_LINES]) + ((" …",) if len(lines) > _MOST_LINES else ())


def _text(value: Any) -> list[str]:
    """The lines of a value, of a long one the first."""
    if value is None:
        return []
    return shortened(_plain(value), _LONGEST).splitlines()[:_MOST_COMPARED]


def _plain(value: Any) -> str:
    """Texts as they are, of events what they say, anything else as JSON."""
    if isinstance(value, str):
        return value
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, dict) and "content" in item for item in value)
    ):
        return "\n".join(_plain(item["content"]) for item in value)
    return json.dumps(value, indent=1, ensure_ascii=False)


def _names(variables: Any) -> set[str]:
    """The names in `NAME=value` pairs, which a newline or a semicolon divides."""
    pairs = _VARIABLE.split(variables) if isinstance(variables, str) else []
    return {shortened(pair.partition("=")[0].strip(), 100) for pair in pairs if "=" in pair}


def _names_changed(old: set[str], new: set[str]) -> Iterator[tuple[str, str]]:
    yield from (("-", name) for name in sorted(old - new))
    yield from (("+", name) for name in sorted(new - old))
