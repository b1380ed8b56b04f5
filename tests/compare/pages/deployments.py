"""The list of deployments."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, unquote, urlsplit

from django.test import Client

from dashboard.domain.states import Health
from tests.compare.figures import Figures, instant_in, named, part, tidy, utc
from tests.compare.oracle import wording
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.markup import Element, read

PAGE = "/deployments/"


def expected(look: Look) -> Figures:
    """What it has to show."""
    figures: Figures = {}
    counts = Counter(standing.health for standing in look.standings)
    pills = {"all": sum(counts.values())} | {wording.LABELS.get(h, h): n for h, n in counts.items()}
    figures |= named(PAGE, "pills", dict(pills))
    for standing in look.standings:
        figures |= named(PAGE, " ".join(standing.deployment.key), _row(standing, look))
    return figures


def _row(standing: Standing, look: Look) -> dict[str, object]:
    deployment, failure = standing.deployment, standing.last_failure
    last = standing.last_run
    parts = (wording.in_full(standing), wording.near_limit(standing), wording.moved(standing))
    detail = "; ".join(filter(None, parts))
    return {
        "health": standing.health,
        "word": _word(standing),
        "streak": look.streak(standing) if len(standing.failures) > 1 else "",
        "since": utc(standing.since),
        "detail": tidy(detail),
        "name": tidy(deployment.label),
        "strip": wording.strip(standing, 20),
        "error": tidy(_error(failure)),
        "last failure": utc(failure.at if failure else None),
        "last run": utc(last.at if last else None),
        "last word": wording.outcome(last.status) if last else "",
        "last success": utc(standing.last_success.at if standing.last_success else None),
        "next": utc(standing.next_at),
        "note": _note(standing),
        "stale": standing.stale,
    }


def _word(standing: Standing) -> str:
    """The word of its health, and that it runs."""
    known = standing.failures or standing.last_over
    return wording.badge(standing) + (", running" if standing.open and known else "")


def _error(failure: SeenRun | None) -> str:
    if failure is None:
        return ""
    return f"{failure.error_type or 'no error type'} {wording.first_line(failure.error_message)}"


def _note(standing: Standing) -> str:
    """Why there is no next run, or that it is due."""
    if standing.next_at:
        return "due" if standing.next_at <= standing.at else ""
    if standing.health in (Health.ARCHIVED, Health.PAUSED, Health.PAUSED_BY_ERROR):
        return "archived" if standing.health == Health.ARCHIVED else "paused"
    return "nothing promised" if standing.deployment.schedule[0] else "by hand only"


def shown(client: Client) -> Figures:
    """What it shows."""
    page = read(client.get(f"{PAGE}?include_archived=true&limit=200"))
    figures: Figures = {}
    for pill in page.one("nav", class_="pills").all("a"):
        number = int(pill.one("b").words())
        if number or pill.words().startswith("All"):
            figures[PAGE, "pills", pill.one("span", class_="word").words().lower()] = number
    for row in page.all("tr"):
        if row.attrs.get("id"):
            figures |= named(PAGE, _subject(row), _shown_row(row))
    return figures


def _subject(row: Element) -> str:
    """The account and the id of a deployment, as its link has them."""
    link = urlsplit(part(row, "c-name").all("a")[0].attrs["href"])
    [account] = parse_qs(link.query).get("account", ["default"])
    return f"{account} {unquote(link.path.split('/')[2])}"


def _shown_row(row: Element) -> dict[str, object]:
    state, what, last = part(row, "c-st"), part(row, "what"), part(row, "c-last")
    next_run = part(row, "c-next")
    error = [*what.all("code"), *what.all("bdi")]
    return {
        "health": row.attrs["data-health"],
        "word": state.all("span", class_="st")[0].words(),
        "streak": " ".join(streak.words() for streak in state.all("span", class_="streak")),
        "since": instant_in(state),
        "detail": " ".join(bdi.words() for small in state.all("small") for bdi in small.all("bdi")),
        "name": part(row, "c-name").all("a")[0].words(),
        "strip": part(row, "c-strip").all("svg")[0].attrs["aria-label"],
        "error": " ".join(piece.words() for piece in error).strip(),
        "last failure": instant_in(what),
        "last run": instant_in(last),
        "last word": last.one("small").words(),
        "last success": instant_in(part(row, "c-ok")),
        "next": instant_in(next_run),
        "note": _shown_note(next_run),
        "stale": "data-aged" in row.attrs,
    }


def _shown_note(cell: Element) -> str:
    """Why there is no next run, or that it is due: beside an instant everything else says when it is."""
    small = cell.all("small")
    if small:
        return "due" if small[0].words() == "due" else ""
    return cell.words()
