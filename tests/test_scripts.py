"""What no script may do."""

from __future__ import annotations

import re

from tests.test_boundaries import name_of
from tests.test_markup import STATIC

SCRIPTS = [file for file in STATIC if file.suffix == ".js"]
FORBIDDEN = re.compile(
    r"\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write"
    r"|setAttribute\(\s*[\"'](?:style|on\w+)"
)


def test_no_script_makes_inline_styles_or_runs_text() -> None:
    assert SCRIPTS
    hits = {name_of(file): hit[0] for file in SCRIPTS if (hit := FORBIDDEN.search(file.read_text("utf-8")))}
    assert hits == {}
