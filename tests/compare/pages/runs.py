"""The list of runs, page after page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from dashboard.domain.states import Outcome
from dashboard.web import formatting
from tests.compare.figures import Figures, instant_in, named, part, row_key, tidy, utc
from tests.compare.oracle import histogram, wording
from tests.compare.oracle.happened import happened
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY, HOUR
from tests.markup import Element, read

PAGE = "/runs/"
SPANS = {"": None, "?since=24h": DAY, "?since=3h": 3 * HOUR}  # of the histogram, as addresses have them


def expected(look: Look) -> Figures:
    """What it has to show."""
    counts = Counter(wording.outcome(run.status).lower() for run in look.runs)
    figures = named(PAGE, "pills", {"all": len(look.runs), **counts})
    figures |= {(PAGE, "rows", "in order"): [run.id for run in look.runs]}
    for run in look.runs:
        figures |= named(PAGE, run.id, row(run, look))
    for text, length in SPANS.items():
        figures |= named(f"{PAGE}{text}", "histogram", histogram.figures(look, length))
    return figures


def row(run: SeenRun, look: Look) -> dict[str, object]:
    """What is known of a run."""
    standing = look.by_key.get(run.key)
    message = wording.first_line(run.error_message)
    kind = run.error_type or ("error" if run.has_error else "")
    others = [other for other in look.runs if other.key == run.key] if run.key[1] else []
    note = happened(run, standing, elapsed(run, look), others)
    return {
        "status": run.status,
        "word": wording.outcome(run.status),
        "live": run.open,
        "name": tidy(standing.deployment.label if standing else run.key[1] or "–"),
        "what": tidy(f"{kind} {message}" if kind or message else note),
        "trigger": run.trigger,
        "at": utc(run.at),
        "duration": length(run, look),
        "try": str(run.attempt) if (run.attempt or 1) > 1 else "",
        "session": run.session_id[-6:] or "–",
        "stale": look.judged_at(run.account) != look.now,
    }


def elapsed(run: SeenRun, look: Look) -> timedelta | None:
    """How long a run was, or has been going on."""
    if run.ms is not None:
        return timedelta(milliseconds=run.ms)
    if run.open and run.status == Outcome.RUNNING:
        length = look.judged_at(run.account) - (run.started_at or run.at)
        return length if length >= timedelta() else None  # by a clock that is ahead of ours
    return None


def length(run: SeenRun, look: Look) -> str:
    """The same in words, and whether that is slow."""
    time, standing = elapsed(run, look), look.by_key.get(run.key)
    if time is None:
        return ""
    excess = wording.too_long(standing, time) if standing else ""
    text = formatting.duration(time) if run.ms is not None else formatting.age(time)
    return text + (f", {excess}" if excess else "")


def shown(client: Client) -> Figures:
    """What it shows."""
    pages = list(_pages(client, f"{PAGE}?limit=50"))
    figures: Figures = {}
    for pill in pages[0].one("nav", class_="pills").all("a"):
        number = int(pill.one("b").words())
        if number or pill.words().startswith("All"):
            figures[PAGE, "pills", pill.one("span", class_="word").words().lower()] = number
    rows = [row for page in pages for row in page.all("tr") if row.attrs.get("id")]
    figures[PAGE, "rows", "in order"] = [row_key(row) for row in rows]
    for row in rows:
        figures |= named(PAGE, row_key(row), _shown_row(row))
    for text in SPANS:
        page = read(client.get(f"{PAGE}{text}&limit=25")) if text else pages[0]
        figures |= named(f"{PAGE}{text}", "histogram", _histogram(page))
    return figures


def _histogram(page: Element) -> dict[str, object]:
    charts = page.all("div", class_="hours histogram")
    chart = charts[0].all("svg")[0] if charts else Element("svg", {})
    unknown = [
        (part.words(), int(part.attrs["x"]), int(part.attrs["width"]))
        for part in chart.all("rect", class_="unknown")
    ]
    return {
        "text": chart.attrs.get("aria-label", "").partition(";")[0],
        "bars": [f"{_span_of(bar)} {bar.one('title').words()}" for bar in chart.all("a")],
        "unknown": unknown,
    }


def _span_of(bar: Element) -> str:
    """The span of time that a bar leads to."""
    asked = parse_qs(urlsplit(bar.attrs["href"]).query)
    since, until = (datetime.fromisoformat(asked[name][0]).astimezone(UTC) for name in ("since", "until"))
    return f"{since:%d %H:%M:%S} {until:%d %H:%M:%S}"


def _pages(client: Client, url: str) -> Iterator[Element]:
    while url:
        page = read(client.get(url))
        yield page
        onwards = page.all("a", rel="next")
        url = onwards[0].attrs["href"] if onwards else ""


def _shown_row(row: Element) -> dict[str, object]:
    name = part(row, "c-name")
    return {
        "status": row.attrs["data-status"],
        "word": part(row, "c-st").words(),
        "live": "data-live" in row.attrs,
        "name": name.all("a")[0].words() if name.all("a") else name.all("span")[0].words(),
        "what": part(row, "what").words(),
        "trigger": part(row, "c-trig").words(),
        "at": instant_in(part(row, "c-when")),
        "duration": part(row, "c-dur").words(),
        "try": part(row, "c-try").words(),
        "session": part(row, "c-session").words(),
        "stale": "data-aged" in row.attrs,
    }
