"""Facts of a detail page: a label, and what is known under it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.services.status import feeds as feed


@dataclass(frozen=True)
class Fact:
    """One fact. A value that is not known is empty, and the page leaves the fact out."""

    label: str
    value: str | datetime | None
    url: str = ""


def agent(agent_id: str, version: int | None) -> Fact:
    """The agent, with its version where that is known."""
    return Fact("Agent", f"{agent_id} v{version}" if version else agent_id)


def session(account: str, session_id: str) -> str:
    """The console's page of a session; empty where there is none, or links are off."""
    known = {configured.name: configured for configured in feed.accounts()}
    return known[account].session_url(session_id) if account in known else ""
