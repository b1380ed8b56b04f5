"""No code stays that nothing uses: what only tests call goes, and its tests with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from vulture import Vulture

pytestmark = pytest.mark.lint

ROOT = Path(__file__).resolve().parents[1]
# Names that a library asks for: Django's, gunicorn's and others'. A name of ours has no place here.
ASKED_FOR_BY_LIBRARIES = [
    "__class_getitem__",  # what a class with parameters is asked for them by
    "cache_clear",  # functools: whatever keeps results can forget them
    # Django
    *("Meta", "Command", "Begin", "Finish", "DashboardConfig", "clean_*"),
    *("constraints", "output_field", "empty_result_set_value", "as_sqlite", "arg_joiner", "globals"),
    *("requires_system_checks", "support_js_module_import_aggregation"),
    *(
        "help",
        "handle",
        "add_arguments",
        "process_request",
        "process_view",
        "handle_no_permission",
        "view_func",
        "from_db_value",
        *("get_internal_type", "db_type", "get_lookup"),
        "prepared",
    ),
    *(
        "urlpatterns",
        "streaming_content",
        "get_model_class",
        "abstract",
        "create_model_instance",
        "_get_session_from_db",
        "session_key",
        "_session_key",
    ),
    # gunicorn, logging, http.server, prometheus-client, cron-descriptor, mozilla-django-oidc
    *(
        "application",
        "workers",
        "init",
        "msg",
        "do_*",
        "server_name",
        "close_connection",
        "version_string",
        "protocol_version",
    ),
    *("daemon_threads", "request_queue_size", "log_message", "collect", "locale_code"),
    *("use_24hour_time_format", "casing_type", "day_of_week_start_index_zero", "disable_nagle_algorithm"),
    *("get_settings", "get_or_create_user", "get_extra_params", "login_failure", "backend", "constant"),
    # Jinja
    *("_output_child_pre", "code_generator_class"),
]
# Columns that only people read, in the database or in a trouble report.
KEPT_FOR_PEOPLE = [
    "sent_at",
    "since_at",
    "given_up_at",
    "deployments_read_at",
    "seen_at",
    "settled_at",
    "revised_from",
]
# What tests of the sync count requests by, in the stand-in.
ASKED_FOR_BY_TESTS = ["log"]
# What only queries name.
ONLY_IN_QUERIES = ["token_hash", "last_step", "stuck_at", "silent_at", "health_rank"]


def words_used_outside_python() -> set[str]:
    """Words in templates, and in dotted names that the settings and gunicorn are given."""
    texts = [file.read_text("utf-8") for file in (ROOT / "templates").rglob("*") if file.is_file()]
    for file in (ROOT / "config").glob("*.py"):
        texts += re.findall(r"\"dashboard\.[^\"]+\"", file.read_text("utf-8"))
    return set(re.findall(r"\w+", " ".join(texts)))


def test_nothing_stays_that_nothing_uses() -> None:
    vulture = Vulture(
        ignore_names=[*ASKED_FOR_BY_LIBRARIES, *KEPT_FOR_PEOPLE, *ASKED_FOR_BY_TESTS, *ONLY_IN_QUERIES]
    )
    vulture.scavenge([ROOT / "manage.py", ROOT / "config", ROOT / "dashboard", ROOT / "benchmarks"])
    used = words_used_outside_python()
    unused = [
        f"{item.filename.relative_to(ROOT)}:{item.first_lineno} {item.name}"
        for item in vulture.get_unused_code()
        if item.name not in used and not {"config", "migrations"} & set(item.filename.relative_to(ROOT).parts)
    ]
    assert unused == []
