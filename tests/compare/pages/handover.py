"""The hand-over: of the last twelve hours, and of the last half hour."""

from __future__ import annotations

from django.test import Client

from tests.compare.figures import Figures, instant_in
from tests.compare.oracle import handing
from tests.compare.oracle.handing import OTHER, OVER, SEEN, Line
from tests.compare.oracle.view import Look
from tests.compare.worlds import HOUR, MINUTE
from tests.markup import Element, read

SPANS = {"12h": 12 * HOUR, "30m": 30 * MINUTE}


def expected(look: Look) -> Figures:
    """What it has to show."""
    figures: Figures = {}
    for span, length in SPANS.items():
        for kind, lines in handing.sections(look, look.now - length).items():
            figures[_page(span), kind, "lines"] = lines
    return figures


def shown(client: Client) -> Figures:
    """What it shows."""
    figures: Figures = {}
    for span in SPANS:
        page = read(client.get(_page(span)))
        for section in page.all("section", class_="card"):
            kind = section.attrs.get("id", "")
            if kind not in ("", "definitions", "nothing"):
                lines = sorted(_line(item, kind) for item in section.all("li"))
                figures[_page(span), kind, "lines"] = lines
    return figures


def _page(span: str) -> str:
    return f"/handover/?since={span}"


def _line(item: Element, kind: str) -> Line:
    badge = item.one("span", class_="state").words()
    text = SEEN if kind == OTHER else _what(item, kind)
    when = "" if kind in (OTHER, OVER) else instant_in(item.one("span", class_="end"))
    return item.all("a")[0].words(), badge, text, when


def _what(item: Element, kind: str) -> str:
    what = item.one("span", class_="soft what")
    text = what.words()
    for account in what.all("bdi")[:1]:
        text = text.removeprefix(account.words()).removeprefix(", ").strip()
    if kind == "first-errors":  # whose text is quoted there may be any
        quoted = what.all("span", class_="faint")
        text = text.removesuffix(quoted[0].words()).strip() if quoted else text
    return text
