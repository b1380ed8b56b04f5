"""Who may import what: every arrow between the rooms of `dashboard/` runs down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (ROOT / "config", ROOT / "dashboard")
CODE = [ROOT / "manage.py", *sorted(file for folder in PACKAGES for file in folder.rglob("*.py"))]

# Each room, and the rooms it may import from beside itself.
ARROWS = {
    "domain": set[str](),
    "web": {"domain"},
    "filters": {"domain", "web"},
    "models": {"domain", "filters"},
    "simulator": set[str](),
    "services": {"domain", "web", "filters", "models", "simulator"},
    "access": {"domain", "web", "models"},
    "views": {"domain", "web", "filters", "services", "access"},
    "management": {"domain", "web", "services", "access", "simulator"},
    "migrations": {"models"},  # a migration names the classes of fields
}
# The libraries of cron expressions know no framework either.
PURE = {"domain": {"cronsim", "cron_descriptor"}, "filters": set[str]()}


def name_of(file: Path) -> str:
    """A file's path within the repository."""
    return str(file.relative_to(ROOT))


def room_of(file: Path) -> str:
    """The folder of `dashboard/` that a file is in; empty for one beside them."""
    parts = file.relative_to(ROOT).parts
    return parts[1] if parts[0] == "dashboard" and len(parts) > 2 else ""


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@cache
def imports(file: Path) -> frozenset[str]:
    """What a file imports, wherever in it: `a.b` for `import a.b`, also `a.b.c` for `from a.b import c`."""
    modules: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(file)} imports by a relative path"
            modules |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(modules)


def under(module: str, *packages: str) -> bool:
    """Whether a module is one of those packages, or in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def importing(*packages: str) -> set[str]:
    """The files that import any of those packages."""
    return {name_of(file) for file in CODE if any(under(module, *packages) for module in imports(file))}


def inside(folder: str) -> list[Path]:
    files = [file for file in CODE if file.is_relative_to(ROOT / folder)]
    assert files, f"there is nothing in {folder}"
    return files


def outside(names: set[str], *folders: str) -> set[str]:
    return {name for name in names if not name.startswith(folders)}


def rooms_imported(file: Path) -> set[str]:
    """The other rooms that a file imports from."""
    parts = (module.split(".") for module in imports(file) if under(module, "dashboard"))
    return {part[1] for part in parts if len(part) > 1} & set(ARROWS) - {room_of(file)}


def test_every_file_is_looked_at() -> None:
    assert len(CODE) > 60
    assert ROOT / "dashboard" / "services" / "cloud" / "transport.py" in CODE


def test_no_module_lies_loose_beside_the_rooms() -> None:
    loose = {file.name for file in (ROOT / "dashboard").glob("*.py")}
    assert loose == {"__init__.py", "apps.py"}
    assert {room_of(file) for file in CODE} - {""} == set(ARROWS)


@pytest.mark.parametrize("room", sorted(ARROWS))
def test_a_room_imports_only_from_below(room: str) -> None:
    for file in inside(f"dashboard/{room}"):
        assert rooms_imported(file) <= ARROWS[room], name_of(file)


def test_the_arrows_between_rooms_make_no_circle() -> None:
    left = dict(ARROWS)
    while ends := [room for room, below in left.items() if not below & set(left)]:
        for room in ends:
            del left[room]
    assert not left


@pytest.mark.parametrize("room", sorted(PURE))
def test_a_pure_room_knows_no_framework(room: str) -> None:
    for file in inside(f"dashboard/{room}"):
        known = ("django", "httpx", "jinja2")
        assert not any(under(module, *known) for module in imports(file)), name_of(file)


def test_the_domain_is_made_of_the_standard_library() -> None:
    import sys

    for file in inside("dashboard/domain"):
        roots = {module.split(".")[0] for module in imports(file)} - {"dashboard"}
        assert roots <= sys.stdlib_module_names | PURE["domain"], name_of(file)


def test_only_the_client_single_sign_on_and_alerts_speak_http() -> None:
    files = importing("httpx", "requests", "urllib.request", "http.client", "aiohttp", "urllib3")
    sign_on = {"dashboard/access/oidc_provider.py", "dashboard/views/single_sign_on.py"}
    client = {f"dashboard/services/cloud/{name}.py" for name in ("transport", "receiver")}
    sending = {f"dashboard/services/alerts/{name}.py" for name in ("webhook", "watcher")}
    assert files == client | sign_on | sending


def test_only_services_access_models_and_migrations_know_the_database() -> None:
    files = importing("django.db", "dashboard.models")
    assert files
    rooms = ("access", "services", "models", "migrations")
    assert not outside(files, *(f"dashboard/{room}/" for room in rooms))


def test_the_client_knows_no_django_and_next_to_nothing_of_the_dashboard() -> None:
    allowed = ("dashboard.services.cloud", "dashboard.domain", "dashboard.__version__")
    for file in inside("dashboard/services/cloud"):
        assert not any(under(module, "django") for module in imports(file)), name_of(file)
        own = {module for module in imports(file) if under(module, "dashboard")} - {"dashboard"}
        assert {module for module in own if not under(module, *allowed)} == set(), name_of(file)


def test_the_stand_in_shares_no_code_with_the_dashboard() -> None:
    for file in inside("dashboard/simulator"):
        assert not any(under(module, "django", "httpx") for module in imports(file)), name_of(file)


def test_only_the_demonstration_and_its_command_use_the_stand_in() -> None:
    files = outside(importing("dashboard.simulator"), "dashboard/simulator/")
    assert files == {"dashboard/services/sync/demo_account.py", "dashboard/management/commands/simulate.py"}


def test_a_view_asks_no_client_and_no_sync() -> None:
    for file in inside("dashboard/views"):
        below = ("dashboard.services.cloud", "dashboard.services.sync")
        assert not any(under(module, *below) for module in imports(file)), name_of(file)


def environment_reads(file: Path) -> Iterator[str]:
    """Every use of the environment, but for the name of the settings."""
    allowed = {
        id(node.func.value)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setdefault"
        and ast.dump(node.args[0]) == ast.dump(ast.Constant("DJANGO_SETTINGS_MODULE"))
    }
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"):
            if id(node) not in allowed:
                yield f"{name_of(file)}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom) and node.module in ("os", "environs"):
            yield f"{name_of(file)}:{node.lineno}"


def test_only_the_readers_of_the_settings_read_the_environment() -> None:
    files = {use.partition(":")[0] for file in CODE for use in environment_reads(file)}
    assert files == {"config/environment.py"}


def test_only_what_is_started_names_the_settings() -> None:
    files = {name_of(file) for file in CODE if "DJANGO_SETTINGS_MODULE" in file.read_text("utf-8")}
    started = {"config/wsgi.py", "config/gunicorn.py", "manage.py", "dashboard/services/sync/gunicorn_app.py"}
    assert files <= started
