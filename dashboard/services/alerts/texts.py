"""What a message says: as data for a webhook, and as a text for a mail."""

from __future__ import annotations

import json
import zoneinfo
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings

from dashboard.domain.states import Health, MessageKind, Outcome
from dashboard.domain.text import one_line
from dashboard.models import AlertMessage
from dashboard.web import formatting

_NAMED = 20  # deployments or runs of one message; the rest is counted
_SUBJECTS = {
    MessageKind.OPENED: "{n}: {label}",
    MessageKind.STILL: "still {n}: {label}",
    MessageKind.CLOSED: "over: {label}, {n}",
    MessageKind.BLIND: "{label}",
    MessageKind.SEEING: "{label}",
    MessageKind.TEST: "a test",
    MessageKind.SUMMARY: "{label}: {daily}",
    MessageKind.HANDOVER: "{label}",
}


def as_json(message: AlertMessage) -> bytes:
    """The body of a webhook."""
    data = {"rule": message.rule.name, **message.content, "url": absolute(message.content["url"])}
    body = {"type": f"alert.{message.kind}", "timestamp": message.written_at.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def subject(message: AlertMessage) -> str:
    """One line."""
    content: dict[str, Any] = message.content
    number = content.get("count", 0)
    words = _SUBJECTS[message.kind].format(
        n=f"{number} {content.get('unit', 'deployment')}{'' if number == 1 else 's'}",
        label=content.get("label", ""),
        daily=_daily(content),
    )
    return one_line(f"[{message.rule.name}] {words}")[:200]


def as_text(message: AlertMessage) -> str:
    """A mail, in the zone of the rule."""
    content: dict[str, Any] = message.content
    zone = zoneinfo.ZoneInfo(message.rule.zone)
    lines = [content["text"]] if content.get("text") else []
    if since := content.get("since"):
        lines.append(f"Since {formatting.moment(_at(since, zone))} ({message.rule.zone}).")
    lines += [_note(note, zone) for note in content.get("notes", [])]
    named = content.get("deployments") or content.get("runs", [])
    for row in named[:_NAMED]:
        lines.append(f"- {one_line(row['name'])}: {one_line(row['why'])}")
        lines.append(f"  {absolute(row['url'])}")
        if runbook := row.get("runbook"):
            lines.append(f"  Runbook: {one_line(runbook)}")
        lines += [f"  {_note(note, zone)}" for note in row.get("notes", [])]
    if (more := content.get("count", 0) - len(named[:_NAMED])) > 0:
        lines.append(f"and {more} more")
    if as_of := content.get("as_of"):
        lines.append(f"As of the reading of {formatting.moment(_at(as_of, zone))}.")
    return "\n".join([*lines, "", absolute(content["url"])])


def absolute(url: str) -> str:
    """An address of this site, in full where SITE_URL is set."""
    return urljoin(settings.SITE_URL, url) if settings.SITE_URL else url


def _daily(content: dict[str, Any]) -> str:
    """The figures of a daily summary that fit into a line; empty for other messages."""
    figures = content.get("figures")
    if not figures:
        return ""
    failing, failed = figures["healths"].get(Health.FAILING, 0), figures["outcomes"].get(Outcome.FAILED, 0)
    return f"{failing:,} failing, {failed:,} of {figures['runs']:,} runs failed"


def _note(note: dict[str, Any], zone: zoneinfo.ZoneInfo) -> str:
    """A note in one line: whose, what, where more is, and why it does not hold any more."""
    words = "Acknowledged" if note.get("acknowledges") else "Note"
    parts = [f"{words} by {note['author']}: {' '.join(note['text'].split())}"]
    if note.get("ended"):
        parts.append(f"(ended {formatting.moment(_at(note['ended_at'], zone))}: {note['ended']})")
    return one_line(" ".join([*parts, note.get("ticket", "")]).strip())


def _at(text: str, zone: zoneinfo.ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)
