"""The Jinja2 environment: the filters and globals that templates may use, and nothing more."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from jinja2 import StrictUndefined

from dashboard.domain.states import (
    DeploymentStatus,
    FailureState,
    FeedState,
    Health,
    LinkState,
    Outcome,
    PausedReason,
    PersonState,
    Role,
    SlotOutcome,
)
from dashboard.domain.times import to_the_second
from dashboard.web import bundles, formatting, glyphs, kept_markup, reader, urls
from dashboard.web.templates import Environment

# Templates compare states by name: `{% if run.outcome == Outcome.FAILED %}`.
_STATES = (
    *(DeploymentStatus, FailureState, FeedState, Health, LinkState, Outcome, PausedReason, SlotOutcome),
    *(PersonState, Role),
)


def environment(**options: Any) -> Environment:
    """Django's Jinja2 backend asks for this; autoescape is on, an unknown name is an error."""
    options |= {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(**options)
    env.filters |= {
        "iso": to_the_second,
        "exact": exact,
        "moment": moment,
        "short_moment": short_moment,
        "distance": distance,
        "aged": kept_markup.aged,
        "duration": formatting.duration,
        "grouped": grouped,
        "on_site": urls.on_site,
    }
    env.globals |= {
        "static": static,
        "url": reverse,
        "stylesheet": bundles.stylesheet_url,
        "script": bundles.script_url,
        "reader": reader.current,
        "somebody_signs_in": _somebody_signs_in,
        "kept": kept_markup.kept,
        "later": kept_markup.LATER,
        "row_id": urls.row_id,
        "shapes": glyphs.SHAPES,
        **{states.__name__: states for states in _STATES},
    }
    return env


def _somebody_signs_in() -> bool:
    return settings.DASHBOARD_AUTH != "none"


def exact(at: datetime) -> str:
    """An instant in full, in the reader's zone: `Tue 16 Jun 2026, 09:22:03 CEST`."""
    return _exact(at, timezone.get_current_timezone())


@lru_cache(maxsize=10_000)  # a page names an instant again and again, and the next one most of them once more
def _exact(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%a %-d %b %Y, %H:%M:%S %Z")


def moment(at: datetime) -> str:
    """An instant as tables show it, in the reader's zone: `Tue 16 Jun 09:22`."""
    return formatting.moment(timezone.localtime(at))


def short_moment(at: datetime, now: datetime) -> str:
    """An instant as short as a heading needs it, in the reader's zone: `09:22`, `Tue 09:22`."""
    return formatting.short_moment(timezone.localtime(at), timezone.localtime(now))


def distance(at: datetime, now: datetime) -> str:
    """How far an instant is from the page's own now, in words."""
    return formatting.distance(at, now)


def grouped(number: int) -> str:
    """A number with commas between its thousands: `12,345`."""
    return f"{number:,}"
