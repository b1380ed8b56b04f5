"""What a deployment's own `metadata` says of whom it belongs to: the keys that are listed, and no others.

Whoever makes a deployment writes it: values are hostile texts. Pure functions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from dashboard.domain.record_fields import object_of
from dashboard.domain.record_text import loads
from dashboard.domain.sized_cache import kept_by_record
from dashboard.domain.text import shortened
from dashboard.domain.tokens import mask_tokens
from dashboard.domain.web_addresses import is_link

METADATA = "meta."  # before a key, in the parameters and the columns that are named for it
RUNBOOK = "runbook"  # the key whose value is a link beside each failure
LONGEST_VALUE = 256  # characters
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def is_key(text: str) -> bool:
    """Whether a key of metadata can be listed by that name."""
    return bool(_KEY.fullmatch(text))


def label_name(key: str) -> str:
    """What the label of a metric is called that holds the value of a key."""
    return "meta_" + re.sub(r"[.-]", "_", key)


def no_value(key: str) -> str:
    """What it is called that a deployment has no such key: `no team`."""
    return f"no {key}"


@kept_by_record  # pages show the same deployments again and again
def values(record_json: str, keys: tuple[str, ...]) -> Mapping[str, str]:
    """The value of each of these keys that a record gives one, as a text of one line.

    Numbers and truths as JSON has them; objects, lists and nulls are none.
    """
    given = object_of(loads(record_json), "metadata")
    shown = {key: _text(given.get(key)) for key in keys}
    return {key: text for key, text in shown.items() if text and text != no_value(key)}


def web_link(text: str) -> str:
    """The text where a reader may be sent there; else nothing. One that was cut leads nowhere."""
    return text if is_link(text) and not text.endswith("…") else ""


def _text(value: object) -> str:
    if isinstance(value, int | float):
        return json.dumps(value)[:LONGEST_VALUE]
    return _in_one_line(value) if isinstance(value, str) else ""


def _in_one_line(text: str) -> str:
    """Printable characters alone, with one blank for all that lies between them."""
    seen = mask_tokens(text[: LONGEST_VALUE * 8])
    plain = "".join(letter if letter.isprintable() else " " for letter in seen)
    return shortened(" ".join(plain.split()), LONGEST_VALUE)
