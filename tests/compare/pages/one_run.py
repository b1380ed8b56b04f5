"""The pages of runs: every seventh, and those of which least is known."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, unquote

from django.test import Client

from dashboard.domain.states import SlotOutcome
from tests.compare.figures import Figures, instant_in, named, utc
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
    return {
        "at": utc(run.at),
        "duration": run_list.length(run, look),
        "previous": earlier[0].id if earlier else "",
        "next": later[-1].id if later else "",
        "promised": utc(run.scheduled_at or _slot(run, look)),
        "started": utc(run.started_at),
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
        listed += [row.attrs["id"].removeprefix("run-") for row in rows]
        onwards = page.all("a", rel="next")
        url = onwards[0].attrs["href"] if onwards else ""
    return {
        key: value
        for run_id in chosen(listed)
        for key, value in named(PAGE, run_id, _shown_page(client, run_id)).items()
    }


def _shown_page(client: Client, run_id: str) -> dict[str, object]:
    page = read(client.get(f"/runs/{quote(run_id, safe='')}/"))
    steps = {step.one("b").words(): instant_in(step) for step in page.one("ol", class_="steps").all("li")}
    lengths = page.all("p", class_="duration-bar")
    banners = " ".join(banner.words() for banner in page.all("div", class_="banner"))
    return {
        "at": instant_in(page.one("div", class_="head")),
        "duration": lengths[0].words() if lengths else "",
        "previous": _led_to(page, "prev"),
        "next": _led_to(page, "next"),
        "promised": steps.get("Promised", ""),
        "started": steps.get("Started", ""),
        "gone": "Gone from the API" in banners,
        "deployment read": "Deployment not read" not in banners
        and "A run of no" not in page.one("h1").words(),
    }


def _led_to(page: Element, rel: str) -> str:
    """The run that a neighbour's link leads to."""
    links = page.all("a", rel=rel)
    return unquote(links[0].attrs["href"].split("/")[2]) if links else ""
