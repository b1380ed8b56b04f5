"""The stand-in shares nothing with what it is a stand-in for."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import dashboard.simulator

ALLOWED = {"cronsim", "dashboard.simulator"} | set(sys.stdlib_module_names)


def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


def test_it_imports_nothing_of_the_dashboard_and_no_client_code() -> None:
    files = list(Path(dashboard.simulator.__path__[0]).rglob("*.py"))
    assert len(files) > 20
    strangers = {
        (file.name, name)
        for file in files
        for name in imported(file)
        if name.partition(".")[0] not in ALLOWED and not name.startswith("dashboard.simulator")
    }
    assert strangers == set()
