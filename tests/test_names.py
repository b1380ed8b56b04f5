"""The names in `dashboard/`: no class is called like another one."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard"
NAMED_BY_DJANGO = {"Command", "Meta"}


def test_no_class_name_is_used_twice() -> None:
    # A migration holds frozen copies, and one class of Django's name.
    files = [file for file in DASHBOARD.rglob("*.py") if "migrations" not in file.parts]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    names = Counter(node.name for node in nodes if isinstance(node, ast.ClassDef))
    assert len(names) > 100
    assert {name for name, count in names.items() if count > 1} <= NAMED_BY_DJANGO
