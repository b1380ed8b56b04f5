"""The timeline: health over the last day of each deployment that is not archived."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from django.test import Client

from dashboard.domain.states import Health
from tests.compare.figures import Figures, named
from tests.compare.oracle import history, wording
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY
from tests.markup import Element, read

PAGE = "/timeline/"
PARTS = 32


def expected(look: Look) -> Figures:
    """What it has to show."""
    figures: Figures = {}
    for row in look.standings:
        if row.health != Health.ARCHIVED:
            figures |= named(
                PAGE,
                f"{row.deployment.account if look.several else ''}/{row.deployment.id}",
                {
                    "badge": wording.badge(row),
                    "stretches": history.texts(row, look, look.turns, DAY, PARTS),
                    "sums": history.sums(row, look, look.turns, DAY),
                },
            )
    return figures


def shown(client: Client) -> Figures:
    """What it shows."""
    figures: Figures = {}
    for bar in read(client.get(f"{PAGE}?span=24h")).all("li"):
        if bar.attrs.get("id", "").startswith("bar-"):
            figures |= named(PAGE, _subject(bar), {"badge": _badge(bar), **shown_bar(bar)})
    return figures


def shown_bar(item: Element) -> dict[str, object]:
    """The stretches of a bar, and its sums."""
    chart = item.one("svg", class_="health-bar")
    sums = item.one("small", class_="health-sums")
    return {
        "stretches": [title.words() for title in chart.all("title")],
        "sums": [part.words() for part in sums.all("span")],
    }


def _badge(bar: Element) -> str:
    return bar.one("small", class_="pieces").all("span", class_="st")[0].words()


def _subject(bar: Element) -> str:
    url = urlsplit(bar.all("a")[0].attrs["href"])
    [account] = parse_qs(url.query).get("account", [""])
    return f"{account}/{unquote(url.path.split('/')[2])}"
