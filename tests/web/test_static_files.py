"""Static files as they are served: modules import each other by names that are made of their content."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

KEPT = {"staticfiles": {"BACKEND": "dashboard.web.static_files.StaticFilesStorage"}}
_IMPORT = re.compile(r'^(?:import|export)\b[^"\n]*"(\./[^"]+)";', re.MULTILINE)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our scripts, collected as the site serves them."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STORAGES=settings.STORAGES | KEPT, STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder / "js"


def test_every_import_of_a_served_module_names_the_content_of_a_file(collected: Path) -> None:
    served = [file for file in collected.glob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", file.name)]
    imports = [name for file in served for name in _IMPORT.findall(file.read_text("utf-8"))]
    assert len(imports) > 10
    for name in imports:
        assert re.search(r"\.[0-9a-f]{12}\.js$", name), name
        assert (collected / name).is_file(), name
