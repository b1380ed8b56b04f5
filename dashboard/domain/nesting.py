"""How deep JSON may be nested: one record that no reader can follow must not cost the list it is in.

Python reads JSON by recursion, so how deep it gets depends on who asks. What is kept has to be readable from
anywhere, so the limit is far below that.
"""

from __future__ import annotations

import re
from itertools import islice

DEEPEST = 100  # levels of a record; the API's own have seven
_MOST_TOKENS = 2_000_000  # that are looked at: seconds of work; a page of a thousand records has a tenth
_ITEM = 3  # the level of a record in an answer: an object in a list in an object
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]++|[\]}]++', re.DOTALL)


def too_deep(record_json: str) -> bool:
    """Whether a record, as JSON, has more levels than are kept."""
    if record_json.count("[") + record_json.count("{") <= DEEPEST:  # nearly always
        return False
    depth = deepest = 0
    for token in _TOKEN.finditer(record_json):
        depth += _change(token)
        deepest = max(deepest, depth)
    return deepest > DEEPEST


def without_deep_records(answer: str) -> str:
    """An answer, as JSON, with `null` in place of each record that has more levels than are kept."""
    kept: list[str] = []
    depth = deepest = start = copied = 0
    for token in islice(_TOKEN.finditer(answer), _MOST_TOKENS):
        before, depth = depth, depth + _change(token)
        if before < _ITEM <= depth:
            start, deepest = token.start() + _ITEM - 1 - before, depth
        deepest = max(deepest, depth)
        if depth < _ITEM <= before and deepest >= _ITEM + DEEPEST:
            kept += [answer[copied:start], "null"]
            copied = token.start() + before - _ITEM + 1
    return "".join([*kept, answer[copied:]])


def _change(token: re.Match[str]) -> int:
    """By how many levels a token goes down or up."""
    first, length = token[0][0], token.end() - token.start()
    return 0 if first == '"' else length if first in "[{" else -length
