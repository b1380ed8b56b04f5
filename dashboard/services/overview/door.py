"""What stands in place of figures while there is nothing to count: what is wrong, or how to begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from dashboard.domain.states import FeedState
from dashboard.services.status import feeds
from dashboard.services.status.feeds import FeedView, Trouble
from dashboard.services.status.snapshot import Snapshot

_LISTS = "/deployment_runs"  # what is asked first


@dataclass(frozen=True)
class UnreadAccount:
    """An account of which nothing could be read.

    asked: method, host and path; answered: the status and the API's own words, or that no answer came
    long_answer: whether these are more than a line or two
    request_id: what the API calls the request, where it does; remedy: what to set, in sentences
    retry_at: when the API is asked again, where that was put off; else that is every `every` seconds
    """

    account: str
    asked: str
    answered: str
    long_answer: bool
    request_id: str
    remedy: str
    since: datetime
    retry_at: datetime | None
    every: int


@dataclass(frozen=True)
class Door:
    """Why nothing is shown yet. refusals: of each account that cannot be read.

    reading: the accounts of which nothing has arrived so far
    Without either each account was read and has nothing.
    console_url: where a deployment is made; empty where that is not known
    """

    refusals: tuple[UnreadAccount, ...] = ()
    reading: tuple[str, ...] = ()
    console_url: str = ""


def door(snapshot: Snapshot) -> Door | None:
    """What stands in place of the overview; None as soon as there is anything to show."""
    if snapshot.healths or any(feed.runs_kept for feed in snapshot.feeds):
        return None
    unread = [feed for feed in snapshot.feeds if feed.state == FeedState.NEVER]
    if not unread:
        return Door(console_url=next((row.console_url for row in feeds.accounts() if row.console_url), ""))
    return Door(
        refusals=tuple(_unread_account(feed, feed.trouble) for feed in unread if feed.trouble),
        reading=tuple(feed.account for feed in unread if not feed.trouble),
    )


def _unread_account(feed: FeedView, trouble: Trouble) -> UnreadAccount:
    account = next(row for row in feeds.accounts() if row.name == feed.account)
    status = f"HTTP {trouble.status}" if trouble.status else ""
    return UnreadAccount(
        account=feed.account,
        asked=f"GET {account.api_url}{_LISTS}",
        answered=": ".join(filter(None, (status, trouble.api_message))) or "no answer",
        long_answer=trouble.long_message,
        request_id=trouble.request_id,
        remedy=_remedy(trouble, account.token_from, urlsplit(account.api_url).hostname or account.api_url),
        since=trouble.since,
        retry_at=trouble.retry_at,
        every=round(settings.SYNC_INTERVAL),
    )


def _remedy(trouble: Trouble, token_from: str, host: str) -> str:
    """What whoever runs this dashboard can do about it."""
    if trouble.status == 401:
        return f"Set a personal access token that is valid as {token_from}, then restart the dashboard."
    if trouble.status == 403:
        return (
            f"Let the token that is set as {token_from} list deployments and their runs, or use another one."
        )
    if trouble.status == 429:
        return (
            "Nothing has to be set: it goes on by itself. Other programs may use up what this token may ask."
        )
    if trouble.status and trouble.status >= 500:
        return "Nothing has to be set: it goes on by itself as soon as the API answers again."
    if trouble.status:
        return "Check QODER_API_URL: what answers there does not take this question."
    return f"Check that this machine reaches {host} (name, network, proxy, certificate), and QODER_API_URL."
