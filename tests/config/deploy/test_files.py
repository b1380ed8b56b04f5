"""What is shipped to run the dashboard with: settings, containers, unit, rules and figures fit the code."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from dashboard.services.exports.prometheus import exposition
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from tests.config.test_settings import read
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "config" / "deploy"
METRIC = re.compile(r"\bqoder_[a-z_]+\b")


def yaml(file: Path) -> Any:
    return YAML(typ="safe").load(file)


COMPOSE = yaml(DEPLOY / "compose.yaml")
RULES = [rule for group in yaml(DEPLOY / "prometheus" / "alerts.yaml")["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text("utf-8"))[
    "panels"
]
EXAMPLES = dict(
    re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", (DEPLOY / ".env.example").read_text("utf-8"), re.MULTILINE)
)


def settings_read() -> set[str]:
    """The names that the settings ask the environment for."""
    names: set[str] = set()
    code = "\n".join(file.read_text("utf-8") for file in (ROOT / "config").glob("*.py"))
    for node in ast.walk(ast.parse(code.replace("from __future__ import annotations", ""))):
        if isinstance(node, ast.Call) and re.fullmatch(r"environment\.\w+", ast.unparse(node.func)):
            names |= {str(part.value) for part in node.args[:1] if isinstance(part, ast.Constant)}
    return names


def test_the_example_lists_every_setting_and_no_other() -> None:
    of_compose = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert set(EXAMPLES) == settings_read() | of_compose
    assert len(settings_read()) > 30
    readme = (ROOT / "README.md").read_text("utf-8")
    assert {name for name in settings_read() if f"`{name}`" not in readme} == set()


def test_each_value_of_the_example_is_one_that_can_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EXAMPLES.items():
        if value and not name.endswith("_FILE"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("QODER_PAT", "pt-only-for-tests-0123456789")
    values = read()
    assert (values["BEHIND_TLS"], values["SUB_PATH"]) == (True, "/agents")


def test_compose_can_be_read_and_shuts_every_service_in() -> None:
    schema = ["--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml")]
    subprocess.run([sys.executable, "-m", "check_jsonschema", *schema], check=True, capture_output=True)
    services = COMPOSE["services"]
    assert set(services) == {"postgres", "dashboard", "proxy"}
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert any(mount.startswith("/tmp") for mount in service["tmpfs"]), name  # noqa: S108
        assert not service.get("privileged"), name
    assert not any("ports" in services[name] for name in ("postgres", "dashboard"))
    assert COMPOSE["networks"]["database"] == {"internal": True}
    [subnet] = COMPOSE["networks"]["web"]["ipam"]["config"]
    assert services["dashboard"]["environment"]["TRUSTED_PROXY"] == subnet["subnet"]


def test_what_is_locked_holds_all_that_a_setting_can_ask_for() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    assert set(extras) == {"postgres", "oidc", "services"}
    for requirement in (one for extra in extras.values() for one in extra):
        name = re.split(r"[\[~]", requirement)[0]
        assert re.search(rf"^{name}==\S+ .*\\\n    --hash=sha256:", lock, re.MULTILINE), name


def test_no_image_runs_as_root() -> None:
    assert re.search(r"^USER dashboard$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert COMPOSE["services"]["postgres"]["user"] == "999:999"
    assert COMPOSE["services"]["proxy"]["user"] == "101:101"


def test_the_unit_lets_it_write_where_its_data_is_and_nowhere_else() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.read(DEPLOY / "qoder-dashboard.service", "utf-8")
    service = unit["Service"]
    assert service["ReadWritePaths"] == f"{service['WorkingDirectory']}/var"
    assert (service["ProtectSystem"], service["PrivateTmp"]) == ("strict", "yes")
    assert (service["NoNewPrivileges"], service["CapabilityBoundingSet"]) == ("yes", "")


@pytest.mark.django_db
@pytest.mark.usefixtures("account")
def test_every_figure_that_is_asked_for_is_one_that_the_dashboard_has() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW))
    snapshot = Snapshot(NOW)
    text = exposition(read_question("metrics", QueryDict(), snapshot), snapshot).decode()
    known = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    known |= set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    asked = [rule["expr"] for rule in RULES] + [
        target["expr"] for panel in PANELS for target in panel["targets"]
    ]
    assert set(METRIC.findall(" ".join(asked))) - known == set()
    healths = {
        word for words in re.findall(r'health=~?"([a-z|-]+)"', " ".join(asked)) for word in words.split("|")
    }
    assert {word for word in healths if f'health="{word}"' not in text} == set()


def test_panels_lie_beside_each_other() -> None:
    assert [panel["id"] for panel in PANELS] == list(range(1, len(PANELS) + 1))
    for one, other in combinations([panel["gridPos"] for panel in PANELS], 2):
        apart = [
            one[at] + one[size] <= other[at] or other[at] + other[size] <= one[at]
            for at, size in (("x", "w"), ("y", "h"))
        ]
        assert any(apart), (one, other)


def test_what_each_alert_means_and_what_to_do_is_written_down() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text("utf-8")
    _, _, alerts = guide.partition("\n## Alerts\n")
    headings = re.findall(r"^### `(\w+)`$", alerts, re.MULTILINE)
    assert headings == [rule["alert"] for rule in RULES]
    for rule in RULES:
        _, _, section = alerts.partition(f"### `{rule['alert']}`\n")
        assert "\n**What to do.** " in section.partition("\n### ")[0], rule["alert"]
