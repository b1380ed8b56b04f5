"""Facts about the repository: who may import what, and what no page may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("config", "dashboard")
CODE = [ROOT / "manage.py", *sorted(file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))]
PAGES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted(file for file in (ROOT / "static").rglob("*") if file.is_file())


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@cache
def imports(file: Path) -> frozenset[str]:
    """What a file imports, wherever in it: `a.b` for `import a.b`, also `a.b.c` for `from a.b import c`."""
    found: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(file)} imports by a relative path"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def under(module: str, *packages: str) -> bool:
    """Whether a module is one of those packages, or in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def importing(*packages: str) -> set[str]:
    """The files that import any of those packages."""
    return {name_of(file) for file in CODE if any(under(module, *packages) for module in imports(file))}


def own(file: Path) -> set[str]:
    """Modules and names of the dashboard that a file imports, without their packages."""
    found = {module for module in imports(file) if under(module, "dashboard")}
    return {module for module in found if not any(other.startswith(f"{module}.") for other in found)}


def inside(folder: str) -> list[Path]:
    found = [file for file in CODE if file.is_relative_to(ROOT / folder)]
    assert found, f"there is nothing in {folder}"
    return found


def outside(found: set[str], *folders: str) -> set[str]:
    return {name for name in found if not name.startswith(folders)}


def test_everything_is_looked_at() -> None:
    assert len(CODE) > 60
    assert len(PAGES) > 20
    assert ROOT / "dashboard" / "services" / "cloud" / "transport.py" in CODE


# -- Boundaries -------------------------------------------------------------------------------------


def test_only_the_client_speaks_http_and_single_sign_on_asks_its_provider() -> None:
    found = importing("httpx", "requests", "urllib.request", "http.client", "aiohttp", "urllib3")
    sign_on = {"dashboard/services/single_sign_on.py", "dashboard/views/single_sign_on.py"}
    assert found == {"dashboard/services/cloud/transport.py"} | sign_on


def test_only_services_models_and_migrations_know_the_database() -> None:
    found = importing("django.db", "dashboard.models")
    assert found
    assert not outside(found, "dashboard/services/", "dashboard/models/", "dashboard/migrations/")


def test_the_client_knows_no_django_and_next_to_nothing_of_the_dashboard() -> None:
    pure = ("dashboard.instants", "dashboard.secrets", "dashboard.texts")
    allowed = ("dashboard.services.cloud", "dashboard.__version__", *pure)
    for file in inside("dashboard/services/cloud"):
        assert not any(under(module, "django") for module in imports(file)), name_of(file)
        assert {module for module in own(file) if not under(module, *allowed)} == set(), name_of(file)


def test_the_stand_in_shares_no_code_with_the_dashboard() -> None:
    for file in inside("dashboard/simulator"):
        assert not any(under(module, "django", "httpx") for module in imports(file)), name_of(file)
        assert {module for module in own(file) if not under(module, "dashboard.simulator")} == set()


def test_only_the_demonstration_and_its_command_use_the_stand_in() -> None:
    found = outside(importing("dashboard.simulator"), "dashboard/simulator/")
    assert found == {"dashboard/demonstration.py", "dashboard/management/commands/simulate.py"}


def test_a_view_asks_services_and_filters_and_nothing_below() -> None:
    allowed = (
        *("services", "filters", "views", "components", "stylesheet"),
        *("addresses", "callers", "cursors", "oidc", "timespans", "zones"),
    )
    for file in inside("dashboard/views"):
        found = {
            module for module in own(file) if not under(module, *(f"dashboard.{name}" for name in allowed))
        }
        assert found == set(), name_of(file)
        assert not any(
            under(module, "dashboard.services.cloud", "dashboard.services.sync") for module in own(file)
        )


def test_no_service_knows_a_view() -> None:
    assert not outside(importing("dashboard.views"), "dashboard/views/", "config/urls.py")


@pytest.mark.parametrize(
    "name",
    [
        *("timespans", "durations", "cursors", "secrets", "instants", "components", "accounts", "schedules"),
        *("fingerprints", "dependencies", "coincidences", "fit"),
    ],
)
def test_a_pure_module_knows_no_framework(name: str) -> None:
    file = ROOT / "dashboard" / f"{name}.py"
    assert not any(under(module, "django", "httpx", "jinja2") for module in imports(file))


def test_filters_know_no_framework() -> None:
    for file in inside("dashboard/filters"):
        assert not any(under(module, "django", "httpx", "jinja2") for module in imports(file)), name_of(file)


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


def test_only_the_settings_read_the_environment() -> None:
    found = {use.partition(":")[0] for file in CODE for use in environment_reads(file)}
    assert found == {"config/settings.py"}


def test_only_what_is_started_names_the_settings() -> None:
    found = {name_of(file) for file in CODE if "DJANGO_SETTINGS_MODULE" in file.read_text("utf-8")}
    assert found <= {"config/wsgi.py", "config/gunicorn.py", "manage.py", "dashboard/feeder.py"}


# -- Pages ------------------------------------------------------------------------------------------

MARKUP = [*PAGES, *(file for file in STATIC if file.suffix in (".svg", ".html"))]
FORBIDDEN = {
    "an inline style": r"<[a-z][^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an inline script": r"<script\b[^>]*>\s*[^<\s]",
    "a script without a source": r"<script\b(?![^>]*\bsrc=)[^>]*>",
    "a handler": r"<[a-z][^>]*\son[a-z]+\s*=",
    "an address that is a script": r"javascript:",
    "markup that is taken as safe": r"\|\s*safe\b|\bMarkup\(|{%-?\s*autoescape",
    "something from another host": r"<(?:script|link|img|use)\b[^>]*(?:src|href)=[\"'](?:https?:)?//",
}


@pytest.mark.parametrize("file", MARKUP, ids=name_of)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_markup_holds_what_the_security_policy_forbids(file: Path, what: str) -> None:
    found = re.search(FORBIDDEN[what], file.read_text("utf-8"), re.IGNORECASE)
    assert found is None, f"{what}: {found and found[0]}"


@pytest.mark.parametrize(
    ("what", "markup"),
    [
        ("an inline style", '<p class="a"\n style="color: red">'),
        ("a style element", "<style>p {}</style>"),
        ("an inline script", '<script type="module">go()</script>'),
        ("a script without a source", "<script async></script>"),
        ("a handler", '<a href="/" onclick="go()">'),
        ("an address that is a script", '<a href="javascript:go()">'),
        ("markup that is taken as safe", "{{ text|safe }}"),
        ("something from another host", '<script defer src="https://cdn.example/htmx.js"></script>'),
    ],
)
def test_what_is_forbidden_would_be_found(what: str, markup: str) -> None:
    assert re.search(FORBIDDEN[what], markup, re.IGNORECASE)


def test_no_script_makes_inline_styles_or_runs_text() -> None:
    scripts = [file for file in STATIC if file.suffix == ".js"]
    assert scripts
    for file in scripts:
        found = re.search(r"\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write"
                          r"|setAttribute\(\s*[\"'](?:style|on\w+)", file.read_text("utf-8"))  # fmt: skip
        assert found is None, f"{name_of(file)}: {found and found[0]}"


def test_no_code_marks_text_as_safe() -> None:
    assert importing("markupsafe", "django.utils.safestring") == set()


def test_every_stylesheet_is_in_the_order_and_the_order_names_no_other() -> None:
    folder = ROOT / "static" / "css"
    order = (folder / "site.order").read_text("utf-8").split()
    assert sorted(order) == sorted(file.name for file in folder.glob("*.css"))


def test_no_stylesheet_asks_another_host() -> None:
    for file in STATIC:
        if file.suffix == ".css":
            assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", file.read_text("utf-8")), name_of(
                file
            )


# -- Glyphs -----------------------------------------------------------------------------------------


def sprite() -> list[str]:
    return re.findall(
        r'<symbol id="g-([^"]+)"', (ROOT / "templates/components/sprite.html").read_text("utf-8")
    )


def drawn_by_templates() -> Iterator[str]:
    for file in PAGES:
        text = file.read_text("utf-8")
        for call in re.findall(r"(?<!macro )\bglyph\(([^)]*)\)", text):
            yield from re.findall(r'(?<![=!]= )"([a-z-]+)"', call)
        yield from re.findall(r'\bempty\([^)]*?,\s*"([a-z-]+)"\s*\)', text)


def named_by_services() -> Iterator[str]:
    from dashboard.models import Health, Outcome
    from dashboard.services import badges, frame

    for word in [*Outcome.KNOWN, Outcome.STARTED, "brand new"]:
        yield badges.outcome(word).glyph
    for word in badges._HEALTHS:
        yield badges.health(word).glyph
    yield badges.health(Health.UNKNOWN, "draining").glyph
    yield badges.health(Health.PAUSED, "paused", "budget").glyph
    for word in ("schedule", "manual", "retry", "webhook"):
        yield badges.trigger_glyph(word)
    for _, _, glyph in frame._PAGES:
        yield glyph


@pytest.mark.parametrize("glyph", sorted(set(named_by_services())))
def test_every_glyph_that_a_service_names_is_in_the_sprite(glyph: str) -> None:
    assert glyph in sprite()


@pytest.mark.parametrize("glyph", sorted(set(drawn_by_templates())))
def test_every_glyph_that_a_template_draws_is_in_the_sprite(glyph: str) -> None:
    assert glyph in sprite()


def test_no_glyph_is_there_twice() -> None:
    found = sprite()
    assert found
    assert sorted(found) == sorted(set(found))
