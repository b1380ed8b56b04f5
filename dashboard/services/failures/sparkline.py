"""How often groups failed over a span, in as many steps for any span."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count, Value
from django.db.models.functions import Floor
from django.utils import timezone

from dashboard.models.instants import SecondsOf
from dashboard.models.run_queries import RunQuerySet
from dashboard.services.failures.basis import TimeSpan
from dashboard.web import formatting
from dashboard.web.components import Sparkline

STEPS = 28  # of a week six hours each: a night differs from a day


def sparklines(runs: RunQuerySet, fingerprints: Collection[str], span: TimeSpan) -> dict[str, Sparkline]:
    """The sparkline of each of those groups, in one query."""
    length = max((span.until - span.since).total_seconds(), 1.0) / STEPS
    step = Floor((SecondsOf("at") - Value(span.since.timestamp())) / Value(length))
    counts = (
        runs.dated()
        .filter(fingerprint__in=fingerprints)
        .values_list("fingerprint", step)
        .annotate(n=Count("pk"))
    )
    bars: dict[str, list[int]] = {fingerprint: [0] * STEPS for fingerprint in fingerprints}
    for fingerprint, at, number in counts:
        bars[fingerprint][min(max(int(at), 0), STEPS - 1)] += number
    return {fingerprint: Sparkline(tuple(steps), _text(steps, span)) for fingerprint, steps in bars.items()}


def sparkline(instants: Iterable[datetime], span: TimeSpan) -> Sparkline:
    """The sparkline of what happened at those instants, all of them within the span."""
    length, bars = (span.until - span.since) / STEPS, [0] * STEPS
    for at in instants:
        bars[min(max(int((at - span.since) / length), 0), STEPS - 1)] += 1
    return Sparkline(tuple(bars), _text(bars, span))


def _text(bars: list[int], span: TimeSpan) -> str:
    length = (span.until - span.since) / STEPS
    at = timezone.localtime(span.since + bars.index(max(bars)) * length)
    runs = formatting.counted(sum(bars), "run")
    most = f"{max(bars):,} of them" if max(bars) < sum(bars) else "all of them"
    all_of_it, step = formatting.age(span.until - span.since), formatting.age(length)
    return f"{runs} in {all_of_it}, {most} in the {step} from {at:%a %-d %b %H:%M}"
