"""How a reader wants pages shown: zone, theme, density, times and keys, as one short text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self
from urllib.parse import parse_qsl, urlencode

from dashboard.domain.zones import known_zone

_NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)
LONGEST = 200  # characters of the text that settings are kept as
# What each setting may be besides nothing, which is what a reader gets who has chosen nothing.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "theme": {"": "as the system", "light": "light", "dark": "dark"},
    "density": {"": "compact", "comfortable": "comfortable"},
    "times": {"": "how long ago", "clock": "by the clock"},
    "shortcuts": {"": "on", "off": "off"},
}


@dataclass(frozen=True)
class ReaderSettings:
    """What a reader has chosen.

    zone: an IANA name; empty for the zone of the browser
    theme, density, times, shortcuts: keys of `CHOICES`
    start: the number of the saved view that is the start page
    """

    zone: str = ""
    theme: str = ""
    density: str = ""
    times: str = ""
    shortcuts: str = ""
    start: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Settings from their text, which may come from anywhere: what is not known is left out."""
        pairs = dict(parse_qsl(text[:LONGEST]))
        chosen = {name: pairs[name] for name, words in CHOICES.items() if pairs.get(name) in words}
        if known_zone(pairs.get("zone", "")):
            chosen["zone"] = pairs["zone"]
        if _NUMBER.fullmatch(pairs.get("start", "")):
            chosen["start"] = pairs["start"]
        return cls(**chosen)

    @property
    def text(self) -> str:
        """What has been chosen, as `theme=dark&zone=UTC`; empty where nothing has."""
        return urlencode({name: value for name, value in sorted(asdict(self).items()) if value})
