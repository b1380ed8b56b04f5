"""The page of each deployment."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import groupby
from math import ceil
from statistics import median

from django.test import Client

from dashboard.domain.states import Health, Outcome, SlotOutcome
from dashboard.web import formatting
from tests.compare.figures import Figures, instant_in, named, part, row_key, utc
from tests.compare.oracle import changes, diagnosis, ended, history, wording
from tests.compare.oracle.attempts import first_try
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.pages.one_run import shown_diagnosis
from tests.compare.pages.timeline import shown_bar
from tests.compare.plans import read_plan
from tests.compare.worlds import DAY
from tests.markup import Element, read

PAGE = "/deployments/…/"
PLACES, NEXT, MOST_FAST, LOOKED_AT, PARTS, FEWER_CHANGES = 60, 5, 5, 500, 96, 4
FINISHED = (Outcome.COMPLETED, Outcome.FAILED)


def expected(look: Look) -> Figures:
    """What they have to show."""
    figures: Figures = {}
    for row in look.standings:
        figures |= named(PAGE, f"{row.deployment.account}/{row.deployment.id}", _page(row, look))
    return figures


def _page(row: Standing, look: Look) -> dict[str, object]:
    latest = row.runs[:LOOKED_AT]
    finished = [run for run in latest if run.status in FINISHED][:PLACES]
    measured = [run for run in finished if run.status == Outcome.COMPLETED and run.ms is not None]
    middle = median(run.ms or 0 for run in measured) if measured else 0
    fast = [run for run in measured if len(measured) >= 5 and (run.ms or 0) < 0.2 * round(middle)]
    return {
        "since": utc(row.since),
        "diagnosis": diagnosis.of_deployment(row, look),
        "strip": wording.strip(row, PLACES),
        "health": history.bands(row, look, look.turns, [days * DAY for days in (1, 7, 30)], PARTS),
        "changes": _changes(row, look),
        "rates": _rates([_rate(row, days * DAY) for days in (1, 7, 30)]),
        "first try": "" if any(run.unreported for run in latest) else first_try(latest),
        "lines": _lines(row, sorted(run.ms or 0 for run in measured), finished=bool(finished)),
        "fast": [formatting.duration_ms(run.ms or 0) for run in fast[:MOST_FAST]],
        "paused": _paused(row),
        "late": _late(row),
        "next": _upcoming(row),
        "runs": dict(Counter(wording.outcome(run.status) for run in row.runs)),
        "rows": [run.id for run in row.runs[:20]],
    }


def _changes(row: Standing, look: Look) -> list[tuple[str, str, str]]:
    """The newest changes of its health, each with what it came from."""
    return [
        (
            utc(change.at),
            wording.of_many(change.after),
            _certain(change.after, wording.of_many(change.before), change.cause),
        )
        for change in changes.newest(look.changes[row.deployment.key], look.now)[:FEWER_CHANGES]
    ]


def _certain(after: str, before: str, cause: str) -> str:
    """What a change came from, where that does not depend on what was read first in its turn."""
    certain = after in (Health.OK, Health.FAILING, Health.ARCHIVED, Health.PAUSED)
    return cause if certain and before not in ("", wording.of_many(Health.UNREAD)) else ""


def _rates(of_spans: list[str]) -> list[str]:
    """They themselves, or why there is none of any span."""
    if not all(rate.startswith("–") for rate in of_spans):
        return of_spans
    why = of_spans[-1].removeprefix("– ").replace("0 of 0", "no run finished in 30 d")
    return [why[:1].upper() + why[1:]]


def _rate(row: Standing, span: timedelta) -> str:
    recent = [run for run in row.runs if run.at >= row.now - span]
    remark = ended.remark(recent)
    if remark.startswith("no rate"):
        return f"– {remark}"
    words = Counter(run.status for run in recent)
    good, bad = words[Outcome.COMPLETED], words[Outcome.FAILED]
    basis = f"{good} of {good + bad}" if good + bad or not remark else ""
    return " ".join(filter(None, (formatting.percent(good, good + bad) or "–", basis, remark)))


def _lines(row: Standing, ordered: list[int], *, finished: bool) -> list[str]:
    """What is usual of the durations; the limit stands elsewhere too."""
    if not ordered or not finished:
        return []
    number = f"{len(ordered)} completed run{'' if len(ordered) == 1 else 's'}"
    most = ordered[ceil(0.95 * len(ordered)) - 1]
    return [
        f"median {formatting.duration_ms(round(median(ordered)))} (of {number})",
        f"95 in 100 within {formatting.duration_ms(most)}",
    ]


def _paused(row: Standing) -> str:
    deployment = row.deployment
    if row.health not in (Health.PAUSED, Health.PAUSED_BY_ERROR):
        return ""
    error = deployment.raw["paused_reason"] or {}
    why = {
        "error": f"by an error, {(error.get('error') or {}).get('type')}",
        "manual": "by hand",
        "": "for a reason that is not reported",
    }.get(deployment.paused_reason, f"for the reason {deployment.paused_reason}")
    since, plan = deployment.updated_at, read_plan(*deployment.schedule)
    if since is None:
        return f"Paused {why}, since when is not known."
    gone_by = len(list(plan.between(since, row.now))) if plan else 0
    cost = f"; {gone_by:,} {'slot' if gone_by == 1 else 'slots'} of its schedule went by" if gone_by else ""
    return f"Paused {why}, since {wording.moment(since)} at the latest, when it was last changed{cost}."


def _late(row: Standing) -> str:
    """How late its runs start."""
    met = row.slots(SlotOutcome.ON_TIME, SlotOutcome.LATE, SlotOutcome.RUNNING)
    late = sorted(slot.late for slot in met if slot.at >= row.now - 7 * DAY)
    if not late:
        return ""
    middle, worst = (
        formatting.duration(timedelta(seconds=round(length.total_seconds())))
        for length in (late[len(late) // 2], late[-1])
    )
    return f"{middle} usual, {worst} at worst, {len(late)} {'slot' if len(late) == 1 else 'slots'} in 7 d"


def _upcoming(row: Standing) -> list[str]:
    if not row.deployment.fires:
        return []
    promised = [at for at in row.deployment.promised if at > row.at][:NEXT]
    plan = read_plan(*row.deployment.schedule)
    edge = promised[-1] if promised else row.at
    beyond = plan.next(edge, NEXT)[: NEXT - len(promised)] if plan else []
    return [f"promised {utc(at)}" for at in promised] + [f"projected {utc(at)}" for at in beyond]


def shown(client: Client) -> Figures:
    """What they show."""
    listed = read(client.get("/deployments/?include_archived=true&limit=200"))
    figures: Figures = {}
    for row in listed.all("tr"):
        if row.attrs.get("id"):
            url = part(row, "c-name").all("a")[0].attrs["href"]
            page = read(client.get(url))
            figures |= named(PAGE, _subject(page), _shown_page(page))
    return figures


def _subject(page: Element) -> str:
    facts = page.all("dl", class_="facts")[-1]
    values = dict(zip((dt.words() for dt in facts.all("dt")), facts.all("dd"), strict=True))
    return f"{values['Account'].words()}/{values['Deployment'].words()}"


def _shown_page(page: Element) -> dict[str, object]:
    strips = [drawing for drawing in page.all("svg", class_="strip") if "data-bars" in drawing.attrs]
    boxes = [box for rates in page.all("dl", class_="bigs") for box in rates.all("div")]
    unrated = [text.words().rstrip(".").split("; ")[0] for text in page.all("p", **{"data-no-rate": ""})]
    notes = [note.words() for note in page.all("p", class_="pad foot-note")]
    fast = [note for note in page.all("p", class_="pad foot-note") if note.words().startswith("Suspiciously")]
    lines = [item.words() for legend in page.all("ul", class_="legend lines") for item in legend.all("li")]
    pills = page.one("nav", class_="pills").all("a")[1:]
    counts = {pill.one("span", class_="word").words(): int(pill.one("b").words()) for pill in pills}
    banners = [banner.words() for banner in page.all("div", class_="banner")]
    return {
        "since": instant_in(page.one("div", class_="head")),
        "diagnosis": shown_diagnosis(page),
        "health": [shown_bar(band)["stretches"] for band in _bands(page)],
        "changes": _shown_changes(page),
        "strip": strips[0].attrs["aria-label"].split(";")[0] if strips else "no runs yet",
        "rates": [_shown_rate(box) for box in boxes] or unrated,
        "first try": next((note for note in notes if note.startswith("At the first try")), ""),
        "lines": [line for line in lines if line.startswith(("median", "95"))],
        "fast": [link.words() for note in fast for link in note.all("a")],
        "paused": next((text for text in banners if text.startswith("Paused")), ""),
        "late": _fact(page, "Starts late by"),
        "next": _shown_upcoming(page),
        "runs": {word: number for word, number in counts.items() if number},
        "rows": [
            row_key(row)
            for table in page.all("table", id="runs")
            for row in table.all("tr")
            if "id" in row.attrs
        ],
    }


def _bands(page: Element) -> list[Element]:
    """The bars of its health."""
    items = [item for bands in page.all("ol", class_="health-bars bands") for item in bands.all("li")]
    return [item for item in items if item.attrs.get("class") != "axis"]


def _shown_changes(page: Element) -> list[tuple[str, str, str]]:
    """The last of each instant: a turn may judge several times, by what it has read until then."""
    lists = [
        ol for health in page.all("section", id="health") for ol in health.all("ol", class_="rows changes")
    ]
    rows = [item for ol in lists for item in ol.all("li")]
    shown: list[tuple[str, str, str]] = []
    for at, items in groupby(rows, key=lambda row: instant_in(row.one("span", class_="end"))):
        texts = [(item.all("span", class_="st")[0].words(), _words_of(item)) for item in items]
        (after, (_, cause)), (_, (before, _)) = texts[0], texts[-1]
        if after != before:
            shown.append((at, after, _certain(after, before, cause)))
    return shown[:FEWER_CHANGES]


def _words_of(item: Element) -> tuple[str, str]:
    """From which health a change came, and by what."""
    before, _, cause = item.one("span", class_="faint").words().rpartition("by ")
    return before.removeprefix("from ").removesuffix(", "), cause.partition(" of ")[0]


def _shown_rate(box: Element) -> str:
    """The share, of how many, and what is remarked; how far back runs were read is left out."""
    notes = [small.words() for small in box.all("small")]
    kept = [note for note in notes if not note.startswith(("read back", "nothing read", "not all accounts"))]
    return " ".join((box.one("b").words(), *kept))


def _fact(page: Element, name: str) -> str:
    for facts in page.all("dl", class_="facts"):
        values = dict(zip((dt.words() for dt in facts.all("dt")), facts.all("dd"), strict=True))
        if name in values:
            return values[name].words()
    return ""


def _shown_upcoming(page: Element) -> list[str]:
    rows = [item for ol in page.all("ol", class_="rows slots") for item in ol.all("li")]
    return [
        f"{row.one('span', class_='faint').words()} {instant_in(row.one('span', class_='end'))}"
        for row in rows
    ]
