"""The files for other programs: tables, JSON, metrics, the feed of runs, badges, the answer to probes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from dashboard.domain.states import FeedState, Health, Outcome, RunTime, SlotOutcome
from dashboard.web import formatting
from tests.compare.figures import ANYTHING, Figures, named
from tests.compare.oracle import ended, wording
from tests.compare.oracle.reading import SeenRun, instant, of, words
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY, text

SVG = "{http://www.w3.org/2000/svg}"
ATOM = "{http://www.w3.org/2005/Atom}"
SPANS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}


def when(at: datetime | None) -> str | None:
    """An instant as the API writes it."""
    return text(at) if at else None


def plain(value: str) -> str:
    """Without control characters."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", value)


# -- runs


def run_row(run: SeenRun, look: Look) -> dict[str, object]:
    """A run as a file has it."""
    standing = look.by_key.get(run.key)
    return {
        "id": run.id,
        "account": run.account,
        "deployment_id": run.key[1],
        "deployment_name": plain(standing.deployment.name if standing else ""),
        "status": run.status,
        "trigger_type": run.trigger,
        "time": RunTime.KNOWN,
        "triggered_at": when(run.at),
        "created_at": when(instant(run.raw.get("created_at"))),
        "started_at": when(run.started_at),
        "completed_at": when(run.completed_at),
        "duration_ms": run.ms,
        "agent_id": run.agent[0],
        "agent_version": run.agent[1],
        "attempt": run.attempt,
        "session_id": run.session_id,
        "turn_id": words(of(run.raw, "cas_run_extras", "turn_id")),
        "error_type": run.error_type,
        "error_message": run.error_message,
        "gone_at": when(run.gone_at),
        "judged_at": when(look.judged_as_of(run.account)),
    }


# -- deployments


def rate(standing: Standing, span: timedelta) -> tuple[str | None, int, int]:
    """The share of completed runs of those that ended in a span, and how many ended.

    Then of how many it is not known how; there is no share where that is any.
    """
    recent = [run for run in standing.runs if run.at >= standing.now - span]
    good, bad = (sum(run.status == word for run in recent) for word in (Outcome.COMPLETED, Outcome.FAILED))
    unreported = sum(run.unreported for run in recent)
    unrated = ended.remark(recent).startswith("no rate")
    share = None if unrated else formatting.percent(good, good + bad) or None
    return share, good + bad, unreported


def deployment_row(standing: Standing, look: Look) -> dict[str, object]:
    """A deployment as a file has it."""
    deployment, failure, last = standing.deployment, standing.last_failure, standing.last_run
    expression, zone = deployment.schedule
    rates: dict[str, object] = {}
    for name, span in SPANS.items():
        known = look.covers(deployment.account, standing.now - span)
        share, finished, unreported = rate(standing, span) if known else (None, None, None)
        rates |= {
            f"success_rate_{name}": share,
            f"finished_{name}": finished,
            f"unreported_{name}": unreported,
        }
    return rates | {
        "id": deployment.id,
        "account": deployment.account,
        "name": plain(deployment.name),
        "description": deployment.raw["description"],
        "status": deployment.status,
        "health": standing.health,
        "paused_reason": deployment.paused_reason,
        "expression": expression,
        "timezone": zone,
        "next_run_at": when(standing.next_at),
        "last_run_at": when(last.at if last else None),
        "last_run_status": last.status if last else "",
        "last_success_at": when(standing.last_success.at if standing.last_success else None),
        "failures_in_a_row": len(standing.failures),
        "runs_ahead": 0,
        "runs_without_time": 0,
        "last_error_type": failure.error_type if failure else "",
        "last_error_message": failure.error_message if failure else "",
        "agent_id": of(deployment.raw, "agent", "id"),
        "agent_version": of(deployment.raw, "agent", "version"),
        "environment_id": deployment.raw["environment_id"],
        "created_at": deployment.raw["created_at"],
        "updated_at": deployment.raw["updated_at"],
        "archived_at": deployment.raw["archived_at"],
        "gone_at": when(deployment.gone_at),
        "judged_at": when(look.judged_as_of(deployment.account)),
    }


def cell(value: object) -> str:
    """A value as a table has it: no text in it is a formula."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return f"'{value}" if value.lstrip()[:1] in ("=", "+", "-", "@") and value.strip() else value


# -- metrics


def stamp(at: datetime | None) -> float | None:
    """An instant in seconds."""
    return at.timestamp() if at else None


def metrics(look: Look) -> Figures:
    """Every sample, by its name and labels."""
    samples: dict[str, float | None] = {}
    current = [row for row in look.standings if row.health != Health.ARCHIVED]
    for account in look.accounts:
        state, label = look.state(account), f"account={account.name}"
        samples[f"qoder_feed_fresh {label}"] = state in (FeedState.LIVE, FeedState.READING)
        samples[f"qoder_feed_read_timestamp_seconds {label}"] = stamp(account.read_at)
        samples[f"qoder_feed_judged_timestamp_seconds {label}"] = stamp(look.judged_as_of(account.name))
        samples[f"qoder_feed_runs {label}"] = len(account.runs)
        samples[f"qoder_feed_skipped_records {label}"] = account.unreadable
        mine = Counter(row.health for row in current if row.deployment.account == account.name)
        for health in Health.ORDER:
            samples[f"qoder_deployments {label} health={health}"] = mine[health]
    samples |= _of_deployments(current) | _last_day(current, look)
    return named("/metrics", "", {key: float(v) for key, v in samples.items() if v is not None})


def _of_deployments(current: list[Standing]) -> dict[str, float | None]:
    samples: dict[str, float | None] = {}
    for row in current:
        label = f"account={row.deployment.account} deployment_id={row.deployment.id}"
        last = row.measured[0] if row.measured else None
        values = {
            "failures_in_a_row": len(row.failures),
            "runs_dated_ahead": 0,
            "runs_without_time": 0,
            "last_run_timestamp_seconds": stamp(row.last_run.at if row.last_run else None),
            "last_success_timestamp_seconds": stamp(row.last_success.at if row.last_success else None),
            "last_failure_timestamp_seconds": stamp(row.last_failure.at if row.last_failure else None),
            "next_run_timestamp_seconds": stamp(row.next_at),
            "last_duration_seconds": None if last is None else last / 1000,
            "usual_duration_seconds": None if row.usual_ms is None else row.usual_ms / 1000,
        }
        samples |= {f"qoder_deployment_{name} {label}": value for name, value in values.items()}
        if row.deployment.schedule[0] or row.coming or row.deployment.totals:
            samples |= _of_slots(row, label)
        samples[f"qoder_deployment_info {label} health={row.health}"] = 1
    return samples


def _of_slots(row: Standing, label: str) -> dict[str, float | None]:
    kept, revisable = row.deployment.totals, (*wording.UNMET, SlotOutcome.WITHDRAWN)
    settled = (SlotOutcome.ON_TIME, SlotOutcome.LATE, SlotOutcome.SKIPPED, *revisable)
    counters = [("settled", word) for word in settled] + [("revised", word) for word in revisable]
    name = "qoder_deployment_slots"
    return {f"{name}_{kind}_total {label} outcome={word}": kept[kind, word] for kind, word in counters}


def _last_day(current: list[Standing], look: Look) -> dict[str, float | None]:
    """By outcome in the last 96 quarter hours, the one under way included, where all of that day is known."""
    counts = Counter(
        (run.account, run.status)
        for row in current
        for run in row.runs
        if int(run.at.timestamp()) // 900 >= int(row.at.timestamp()) // 900 - 95
        and look.covers(run.account, row.at - DAY)
    )
    return {f"qoder_runs_last_day account={a} status={s}": n for (a, s), n in counts.items()}


# -- all of them


def expected(look: Look) -> Figures:
    """What they have to hold."""
    figures: Figures = metrics(look)
    for run in look.runs:
        row = run_row(run, look)
        figures |= named("/runs.json", run.id, row)
        figures |= named("/runs.csv", run.id, {name: cell(value) for name, value in row.items()})
    for standing in look.standings:
        row = deployment_row(standing, look)
        key = " ".join(standing.deployment.key)
        figures |= named("/deployments.json", key, row)
        cells = {name: cell(value) for name, value in row.items()}
        figures |= named("/deployments.csv", key, cells)
        figures["/badges/", key, "words"] = _badge(standing)
    for run in look.runs[:100]:
        figures |= named("/runs.atom", run.id, _entry(run, look))
    figures["/healthz", "", "answer"] = _health(look)
    figures |= _feeds(look)
    return figures


def _entry(run: SeenRun, look: Look) -> dict[str, object]:
    standing = look.by_key.get(run.key)
    name = standing.deployment.label if standing else run.key[1]
    ends = [at for at in (run.started_at, run.completed_at, run.gone_at) if at and at > run.at]
    unseen = timedelta(seconds=1) if run.status not in (Outcome.PENDING, Outcome.RUNNING) else timedelta()
    return {
        "title": plain(f"{wording.outcome(run.status)}: {name or 'no deployment'}"),
        "published": when(min(run.at, look.now)),
        "updated": when(min(max(ends, default=run.at + unseen), look.now)),
    }


def _badge(standing: Standing) -> str:
    read = f", read {formatting.distance(standing.at, standing.now)}" if standing.stale else ""
    return wording.badge(standing) + read


def _health(look: Look) -> object:
    order = (FeedState.STALE, FeedState.NEVER, FeedState.READING, FeedState.LIVE)
    worst = min((look.state(account) for account in look.accounts), key=order.index)
    read = [account.read_at for account in look.accounts if account.read_at]
    if not read:
        begun = any(account.runs_read_at for account in look.accounts)
        return ANYTHING if begun else f"{worst}: nothing has been read yet"
    age = formatting.age(max(look.now - min(read), timedelta()))
    return f"{worst}: data {age} old" + (
        "" if len(read) == len(look.accounts) else ", not every account has been read"
    )


def _feeds(look: Look) -> Figures:
    figures: Figures = {}
    for account in look.accounts:
        values: dict[str, object] = {
            "state": look.state(account),
            "read_at": when(account.read_at),
            "judged_at": when(look.judged_as_of(account.name)),
            "runs": len(account.runs),
            "deployments": len(account.deployments),
        }
        figures |= named("/runs.json", f"feed {account.name}", values)
    return figures


# -- and what they hold


def shown(client: Client) -> Figures:
    """What they hold."""
    figures = _shown_metrics(client.get("/metrics").content.decode())
    archived = "?include_archived=true"
    for kind, query in (("runs", ""), ("deployments", archived)):
        rows = _json(client, f"/{kind}.json{query}")["data"]
        for row in rows:
            figures |= named(f"/{kind}.json", _subject(kind, row), _without_links(row))
        table = b"".join(client.get(f"/{kind}.csv{query}")).decode("utf-8-sig")
        for line in csv.DictReader(io.StringIO(table, newline="")):
            figures |= named(f"/{kind}.csv", _subject(kind, line), _without_links(line))
    for row in rows:
        url = f"/badges/{quote(row['id'], safe='')}.svg?account={quote(row['account'])}"
        picture = ElementTree.fromstring(client.get(url).content)  # noqa: S314 - our own picture
        [*_, word] = picture.iter(f"{SVG}text")
        figures["/badges/", _subject("deployments", row), "words"] = word.text
    figures |= _shown_feed(client.get("/runs.atom").content.decode())
    figures["/healthz", "", "answer"] = client.get("/healthz").content.decode().strip()
    for feed in _json(client, "/runs.json")["feeds"]:
        values = {name: feed[name] for name in ("state", "read_at", "judged_at", "runs", "deployments")}
        figures |= named("/runs.json", f"feed {feed['account']}", values)
    return figures


def _subject(kind: str, row: dict[str, Any]) -> str:
    """An id of a run is that of one alone; several accounts may have a deployment of one id."""
    return f"{row['account']} {row['id']}" if kind == "deployments" else str(row["id"])


def _json(client: Client, url: str) -> Any:
    return json.loads(b"".join(client.get(url)))


def _without_links(row: dict[str, Any]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "url"}


def _shown_metrics(exposition: str) -> Figures:
    figures: Figures = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            kept = ("account", "deployment_id", "health", "status", "outcome")
            labels = [f"{name}={sample.labels[name]}" for name in kept if name in sample.labels]
            figures["/metrics", "", " ".join((sample.name, *labels))] = float(sample.value)
    return {key: value for key, value in figures.items() if "complete_since" not in key[2]}


def _shown_feed(document: str) -> Figures:
    figures: Figures = {}
    for entry in ElementTree.fromstring(document).iter(f"{ATOM}entry"):  # noqa: S314 - our own feed
        values = {
            part: entry.findtext(f"{ATOM}{part}") or "" for part in ("id", "title", "published", "updated")
        }
        times = {
            name: when(datetime.fromisoformat(values[name]).astimezone(UTC))
            for name in ("published", "updated")
        }
        figures |= named("/runs.atom", values["id"].rpartition(":")[2], {"title": values["title"], **times})
    return figures
