"""Every state is drawn; one that nobody has heard of keeps its own word."""

from __future__ import annotations

import pytest

from dashboard.domain.states import Health, Outcome
from dashboard.models import Deployment
from dashboard.services.lists import badges
from dashboard.web.components import Badge


@pytest.mark.parametrize("status", Outcome.KNOWN)
def test_a_known_outcome_is_drawn_in_its_own_colour(status: str) -> None:
    badge = badges.outcome(status)
    assert badge.state == (Health.UNKNOWN if status == Outcome.GONE else status)
    assert badge.word == {"started": "outcome not reported", "gone": "left the API"}.get(status, status)


@pytest.mark.parametrize("status", ["cancelled", "FAILED", "🙂", "failed "])
def test_an_outcome_nobody_has_heard_of_is_neutral_and_keeps_its_word(status: str) -> None:
    assert badges.outcome(status) == Badge("unknown", status, "unknown")


def test_a_started_run_is_not_drawn_as_one_that_went_well() -> None:
    assert badges.outcome("started").glyph != badges.outcome("completed").glyph


def test_every_health_has_a_badge_of_its_own() -> None:
    drawn = [badges.health(word) for word in Health.ORDER]
    assert len({(badge.state, badge.word) for badge in drawn}) == len(Health.ORDER)


@pytest.mark.parametrize(
    ("health", "columns", "word"),
    [
        ("unknown", {"status": "draining"}, "draining"),
        ("unknown", {"status": ""}, "unknown"),
        ("unknown", {"status": "active"}, "not seen"),
        ("paused", {"paused_reason": "manual"}, "paused by hand"),
        ("paused", {"paused_reason": ""}, "paused"),
        ("paused", {"paused_reason": "quota_exceeded"}, "paused: quota_exceeded"),
        ("failing", {"paused_reason": "budget"}, "failing"),
        ("ok", {"status": "draining"}, "ok"),
        ("outcome-unknown", {"last_outcome": "started"}, "started, outcome not reported"),
        ("outcome-unknown", {"last_outcome": "cancelled"}, "cancelled"),
        ("outcome-unknown", {"last_outcome": "gone"}, "outcome unknown"),
    ],
)
def test_where_the_api_says_more_its_word_is_used(health: str, columns: dict[str, str], word: str) -> None:
    deployment = Deployment(**columns)
    deployment.health_rank = Health.ORDER.index(health)
    badge = badges.of_deployment(deployment)
    assert (badge.state, badge.word) == (badges.health(health).state, word)


def test_several_that_are_paused_are_not_all_paused_by_hand() -> None:
    assert [badges.of_many(word).word for word in ("paused", "unknown")] == ["paused", "not seen"]


@pytest.mark.parametrize(
    ("trigger", "glyph"),
    [
        ("schedule", "schedule"),
        ("manual", "manual"),
        ("retry", "retry"),
        ("webhook", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_unheard_of_trigger_is_drawn_neutral(trigger: str, glyph: str) -> None:
    assert badges.trigger_glyph(trigger) == glyph
