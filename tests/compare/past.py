"""The overview and the wall at each look, and what they show as of then after the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.test import Client

from tests.markup import Element, read

Screen = dict[str, Any]
TILES = ("Failing", "Missed", "Failed, 24 h", "Completed, 24 h")


class Screens:
    """What was shown, by what our clock showed."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._seen: dict[datetime, Screen] = {}

    def pass_to(self, now: datetime) -> None:
        """Forget what a clock that was set back covers."""
        self._seen = {at: screen for at, screen in self._seen.items() if at < now}

    def note(self, client: Client, now: datetime, true: datetime) -> None:
        """Note both screens; true: what the API's clock shows.

        When runs were read is written down by the later of both clocks: while ours is behind, screens as they
        were show less than they did.
        """
        if true <= now:
            self._seen[now] = _screen(read(client.get("/")), read(client.get("/wallboard/")))

    def differences(self, client: Client) -> Iterator[str]:
        """A line for each screen that is shown otherwise now."""
        for at, seen in self._seen.items():
            when = f"?at={at.isoformat().replace('+', '%2B')}"
            page, wall = read(client.get(f"/{when}")), read(client.get(f"/wallboard/{when}"))
            if "Back to now" in page.words():
                shown = _screen(page, wall)
                yield from (
                    f"{at:%d %b %H:%M:%S} as it was, {name}: {shown.get(name)}, was {seen[name]}"
                    for name in seen
                    if shown.get(name) != seen[name]
                )


def _screen(page: Element, wall: Element) -> Screen:
    tiles = [tile for section in page.all("section", class_="card tiles") for tile in section.all("a")]
    figures = {tile.all("span")[0].words().removesuffix(" now"): tile.one("b").words() for tile in tiles}
    pills = [pills for kind in ("nav", "div") for pills in page.all(kind, class_="pills")]
    return {
        **{name: figures.get(name, "0") for name in TILES},
        "pills": pills[0].words() if pills else "",
        "tally": wall.one("p", class_="w-tally").words(),
    }
