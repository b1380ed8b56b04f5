"""The status badge of a deployment: a small picture for a README or a wiki. Its name and one word."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from dashboard.domain.states import FeedState, Health
from dashboard.domain.text import shortened, without_controls
from dashboard.models import Deployment
from dashboard.services.deployments import detail as deployment_detail
from dashboard.services.lists import badges
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls
from dashboard.web.components import Badge

_LONGEST = 40  # characters of a name
# px of a character at 11 px: about what a common face takes, and then held to by `textLength`.
_WIDTHS = dict.fromkeys("fijlrt I.,:;|!'()[]", 4.0) | dict.fromkeys("mwMW@%…", 10.0)
_USUAL, _EAST_ASIAN = 6.9, 11.0
_PAD = 7  # px
_GLYPH = 14  # px, with the space beside it
_CORNER = 3  # px, the radius
# The inks of the look as a picture needs them, since no stylesheet reaches into one: white on each has
# a contrast of at least 4.5. What is paused is never red.
_RED, _GREEN, _AMBER, _VIOLET, _QUIET = "#c51e21", "#106b51", "#855412", "#6c5594", "#61666f"
_FILLS = {
    Health.FAILING: _RED,
    Health.OK: _GREEN,
    **dict.fromkeys(
        (Health.MISSED, Health.SILENT, Health.BLOCKED, Health.LATE, Health.STUCK, Health.SLOW), _AMBER
    ),
    **dict.fromkeys((Health.PAUSED, Health.PAUSED_BY_ERROR), _VIOLET),
}


@dataclass(frozen=True)
class StatusBadge:
    """The picture: what it says, and where its parts are, in px."""

    name: str
    word: str
    glyph: str
    fill: str

    @property
    def name_width(self) -> int:
        """How wide the text of the left part is."""
        return _width(self.name)

    @property
    def word_width(self) -> int:
        """How wide the text of the right part is."""
        return _width(self.word)

    @property
    def split(self) -> int:
        """Where the left part ends."""
        return self.name_width + 2 * _PAD

    @property
    def left_edge(self) -> int:
        """How long the upper edge of the left part is, behind its round corner."""
        return self.split - _CORNER

    @property
    def glyph_x(self) -> int:
        """Where the glyph begins."""
        return self.split + _PAD - 1

    @property
    def word_x(self) -> int:
        """Where the text of the right part begins."""
        return self.split + _PAD + _GLYPH

    @property
    def width(self) -> int:
        """How wide the picture is."""
        return self.split + _GLYPH + self.word_width + 2 * _PAD


def status_badge(deployment_id: str, account: str, snapshot: Snapshot) -> StatusBadge | None:
    """The badge of a deployment, of that account or of the first that has it; None if it was never read.

    Where the feed has stopped the badge says how old its word is, and is coloured as nothing.
    """
    deployment = deployment_detail.find(deployment_id, account)
    if deployment is None:
        return None
    badge = badges.of_deployment(deployment)
    old = _how_old(deployment.account, snapshot)
    word = f"{badge.word}, {old}" if old else badge.word
    return StatusBadge(_short(str(deployment)), word, badge.glyph, _QUIET if old else _fill(badge))


def address_of(deployment_id: str, account: str) -> str:
    """Where the badge of a deployment is; empty if it was never read. Names the account where it must."""
    deployment: Deployment | None = deployment_detail.find(deployment_id, account)
    return urls.badge(deployment.deployment_id, deployment.account) if deployment else ""


def _fill(badge: Badge) -> str:
    return _FILLS.get(badge.state, _QUIET)


def _how_old(account: str, snapshot: Snapshot) -> str:
    """Nothing for what is fresh; else how long ago it was read."""
    view = next((view for view in snapshot.feeds if view.account == account), None)
    if view is None:
        return "not read any more"
    if view.state != FeedState.STALE or view.read_at is None:
        return ""
    return f"read {formatting.distance(view.read_at, snapshot.now)}"


def _short(name: str) -> str:
    return shortened(without_controls(" ".join(name.split())), _LONGEST)


def _width(text: str) -> int:
    return round(sum(_WIDTHS.get(character) or _usual(character) for character in text))


def _usual(character: str) -> float:
    return _EAST_ASIAN if unicodedata.east_asian_width(character) in "WF" else _USUAL
