"""The pages of runs: every seventh, and those of which least is known."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote, unquote

from django.test import Client

from dashboard.domain.states import SlotOutcome
from tests.compare.figures import Figures, instant_in, named, row_key, tidy, utc
from tests.compare.oracle import diagnosis, story
from tests.compare.oracle.reading import SeenRun, Slot
from tests.compare.oracle.view import Look
from tests.compare.pages import runs as run_list
from tests.markup import Element, read

PAGE = "/runs/…/"


def chosen(ids: list[str]) -> list[str]:
    """Of all runs, newest first, those whose pages are looked at."""
    return ids[:2] + ids[2::7]


def expected(look: Look) -> Figures:
    """What they have to show."""
    figures: Figures = {}
    by_id = {run.id: run for run in look.runs}
    for key in chosen([run.id for run in look.runs]):
        figures |= named(PAGE, key, _page(by_id[key], look))
    return figures


def _page(run: SeenRun, look: Look) -> dict[str, object]:
    others = [row for row in look.runs if row.key == run.key and row.id != run.id] if run.key[1] else []
    earlier = [row for row in others if (row.at, row.id) < (run.at, run.id)]
    later = [row for row in others if (row.at, row.id) > (run.at, run.id)]
    standing, time = look.by_key.get(run.key), run_list.elapsed(run, look)
    promised = run.scheduled_at or _slot(run, look)
    return {
        "at": utc(run.at),
        "duration": run_list.length(run, look),
        "verdict": tidy(story.verdict(run, standing, time)),
        "compared": story.compared(standing, time),
        "diagnosis": diagnosis.of_run(run, look),
        "tries": story.tries(run, others),
        "in the way": story.in_the_way(run, others),
        "steps": story.steps(run, promised, look.judged_at(run.account)),
        "not known": story.unknown(run, promised),
        "no session": "" if run.session_id else story.NO_SESSION.get(run.status, "The API names no session."),
        "another agent": story.version_note(run, standing),
        "previous": earlier[0].id if earlier else "",
        "next": later[-1].id if later else "",
        "gone": run.gone_at is not None,
        "deployment read": run.key in look.by_key,
    }


def _slot(run: SeenRun, look: Look) -> datetime | None:
    """The promise that it kept."""
    standing = look.by_key.get(run.key)
    slots: list[Slot] = list(standing.deployment.slots.values()) if standing else []
    met = [slot.at for slot in slots if slot.run_id == run.id and slot.outcome != SlotOutcome.DUE]
    return met[0] if met else None


def shown(client: Client) -> Figures:
    """What they show."""
    listed, url = [], "/runs/?limit=200"
    while url:
        page = read(client.get(url))
        rows = [row for row in page.all("tr") if row.attrs.get("id")]
        listed += [row_key(row) for row in rows]
        onwards = page.all("a", rel="next")
        url = onwards[0].attrs["href"] if onwards else ""
    return {
        key: value
        for run_id in chosen(listed)
        for key, value in named(PAGE, run_id, _shown_page(client, run_id)).items()
    }


def _shown_page(client: Client, run_id: str) -> dict[str, object]:
    page = read(client.get(f"/runs/{quote(run_id, safe='')}/"))
    cards = {card.all("h2")[0].words(): card for card in page.all("section", class_="card")}
    order, head = cards["Timeline"], page.one("div", class_="head")
    tries, blocking = cards.get("Tries of the same execution"), cards.get("What was in the way")
    notes = [note.words() for note in head.all("p", class_="faint")]
    agents = [text for text in page.all("div", class_="banner") if "Another agent now." in text.words()]
    lengths = page.all("p", class_="duration-bar")
    banners = " ".join(banner.words() for banner in page.all("div", class_="banner"))
    return {
        "at": instant_in(page.one("div", class_="head")),
        "duration": lengths[0].words() if lengths else "",
        "previous": _led_to(page, "prev"),
        "next": _led_to(page, "next"),
        "verdict": head.all("p")[1].words(),
        "compared": cards["Duration"].all("p", class_="pad")[0].text.split("The tick is")[0].strip(),
        "diagnosis": shown_diagnosis(page),
        "tries": [_id_of(item, run_id) for item in tries.all("li")] if tries else [],
        "in the way": _blocking(blocking) if blocking else "",
        "steps": [f"{step.one('b').words()} {instant_in(step)}" for step in order.all("li")],
        "not known": [note.words() for note in order.all("p", class_="why")],
        "no session": notes[0] if notes else "",
        "another agent": agents[0].one("bdi").words() if agents else "",
        "gone": "Gone from the API" in banners,
        "deployment read": "Deployment not read" not in banners
        and "A run of no" not in page.one("h1").words(),
    }


def shown_diagnosis(page: Element) -> tuple[str, datetime | None]:
    """The sentence about a failure, and the instant in it."""
    [*sentences] = page.all("p", class_="diagnosis")
    text = sentences[0].words() if sentences else ""
    times = [datetime.fromisoformat(time.attrs["datetime"]) for row in sentences for time in row.all("time")]
    return re.sub(r" \([^()]*\):", ":", text), times[0] if times else None


def _id_of(item: Element, here: str) -> str:
    """The run that a line is about; it leads nowhere where that is the one of the page."""
    links = item.all("a")
    return unquote(links[0].attrs["href"].split("/")[2]) if links else here


def _blocking(card: Element) -> str:
    ids = [_id_of(item, "") for item in card.all("li")]
    return " ".join((*ids, card.all("p")[-1].words()))


def _led_to(page: Element, rel: str) -> str:
    """The run that a neighbour's link leads to."""
    links = page.all("a", rel=rel)
    return unquote(links[0].attrs["href"].split("/")[2]) if links else ""
