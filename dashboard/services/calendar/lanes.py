"""A day as lanes: a row for each deployment, trouble first, and only as many as a page holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from dashboard.domain.states import Outcome
from dashboard.filters import Query
from dashboard.models import Key, Tally
from dashboard.models.tally import quarter
from dashboard.services.calendar import links
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.day_hours import DayHours, day_hours
from dashboard.services.calendar.events import CalendarDeployments, CalendarEvent, projected, slots
from dashboard.services.calendar.forecast import forecast
from dashboard.services.calendar.lane_bars import HEIGHT, LaneDrawing
from dashboard.services.calendar.lane_contents import LaneContents, lane_contents
from dashboard.services.calendar.lane_models import Band, Bar, HourTick, Lane, LaneSet, MoreLanes
from dashboard.services.calendar.lane_runs import runs_before, runs_of
from dashboard.services.calendar.lateness import late_s
from dashboard.services.calendar.state_words import label, rank, style_key
from dashboard.services.lists import badges
from dashboard.web import formatting

Item = TypeVar("Item")
MOST_LANES = 40  # of a page
MOST_BARS = 24  # of a lane: beyond that it is a band
MOST_BARS_OF_A_PAGE = 400  # what keeps it under 200 kB
FEW_LANES = 12  # of a page: so many are in sight without folding any
FEWEST_FOLDED = 2  # quiet lanes: one is no longer than the line that would unfold it


def lane_set(
    deployments: CalendarDeployments,
    events: Iterable[CalendarEvent],
    dates: DateRange,
    query: Query,
    now: datetime,
) -> LaneSet:
    """The lanes of a day that a query asks for. events: see `lane_contents`."""
    hours, rows = day_hours(dates), deployments.all.values()
    starts = {day_hours(dates, zone).start for zone in {dates.zone_of(row) for row in rows}}
    before = runs_before([start for start in starts if start <= now])
    contents = lane_contents(deployments, events, before, dates, now)
    ordered = sorted(contents.values(), key=lambda lane: lane.order)
    page = min(int(query.one("page")), max(-(-len(ordered) // MOST_LANES), 1))
    first, last = (page - 1) * MOST_LANES, page * MOST_LANES
    lanes = _drawn(ordered[first:last], dates, now)
    in_sight, quiet = _folded(lanes)
    return LaneSet(
        ticks=tuple(_ticks(hours, query)),
        grid="".join(f"M{hours.x(at)} 0V{HEIGHT}" for at, _ in hours.hours()),
        hours=dates.hours[1] - dates.hours[0],
        now=hours.part(now) if hours.holds(now) else "",
        now_text=f"{now.astimezone(dates.zone):%H:%M}",
        lanes=in_sight,
        quiet=quiet,
        before=_others(ordered[:first], "before these", query, page - 1),
        after=_others(ordered[last:], "more", query, page + 1),
        forecast=forecast(rows, before, hours, query, now),
    )


def _drawn(chosen: Sequence[LaneContents], dates: DateRange, now: datetime) -> list[Lane]:
    single = _with_bars(chosen)
    rows = {lane.deployment.key: lane.deployment for lane in single}
    runs = list(runs_of(rows, dates.start, dates.end))
    firings = [*slots(rows, dates, now), *projected(rows.values(), dates, now)]
    runs_by_key = _by_key((run.key, run) for run in runs)
    firings_by_key = _by_key((event.deployment.key, event) for event in firings)
    before = [run.run_id for lane in single for run in lane.runs_before]
    drawing = LaneDrawing(now, late_s([*before, *(run.run_id for run in runs)]))
    quarters = _quarters([lane for lane in chosen if lane.deployment.key not in rows])
    lanes = []
    for lane in chosen:
        key = lane.deployment.key
        if key in rows:
            bars = drawing.bars(lane, runs_by_key[key], firings_by_key[key])
            lanes.append(_lane(lane, now, bars=bars))
        else:
            lanes.append(_lane(lane, now, band=drawing.band(lane, quarters[key])))
    return lanes


def _by_key(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return groups


def _with_bars(chosen: Iterable[LaneContents]) -> list[LaneContents]:
    """The lanes that are drawn bar by bar, as far as a page has room for them."""
    room, single = MOST_BARS_OF_A_PAGE, []
    for lane in chosen:
        number = lane.states.total()
        if number <= min(MOST_BARS, room):
            single.append(lane)
            room -= number
    return single


def _quarters(lanes: Sequence[LaneContents]) -> dict[Key, list[tuple[int, str]]]:
    """In which quarters of an hour the runs of those lanes were, and their outcomes."""
    quarters: dict[Key, list[tuple[int, str]]] = defaultdict(list)
    keys = [lane.deployment.key for lane in lanes]
    first = min((quarter(lane.hours.start) for lane in lanes), default=0)
    last = max((quarter(lane.hours.end) for lane in lanes), default=0)
    rows = Tally.objects.for_deployments(keys).filter(quarter__gte=first, quarter__lt=last, number__gt=0)
    columns = ("account", "deployment_id", "quarter", "status")
    for account, deployment_id, place, status in rows.values_list(*columns):
        quarters[account, deployment_id].append((place, status))
    return quarters


def _lane(lane: LaneContents, now: datetime, *, bars: tuple[Bar, ...] = (), band: Band | None = None) -> Lane:
    row, counted = lane.deployment, sorted(lane.states.items(), key=lambda pair: rank(pair[0]))
    return Lane(
        name=str(row),
        url=links.deployment_url(row),
        state=style_key(lane.state),
        glyph=badges.slot_glyph(lane.state),
        detail=", ".join(f"{number:,} {label(state)}" for state, number in counted),
        usual=formatting.duration(lane.usual) if lane.usual else "",
        quiet=lane.quiet,
        now=f"M{lane.hours.x(now)} 0V{HEIGHT}" if lane.hours.holds(now) else "",
        bars=bars,
        band=band,
    )


def _folded(lanes: Sequence[Lane]) -> tuple[tuple[Lane, ...], tuple[Lane, ...]]:
    """The lanes in sight, and the quiet ones, which are folded where a page has many lanes."""
    quiet = tuple(lane for lane in lanes if lane.quiet)
    if len(lanes) <= FEW_LANES or len(quiet) < FEWEST_FOLDED:
        return tuple(lanes), ()
    return tuple(lane for lane in lanes if not lane.quiet), quiet


def _others(lanes: Sequence[LaneContents], word: str, query: Query, page: int) -> MoreLanes | None:
    """The way to lanes on another page."""
    if not lanes:
        return None
    failed = sum(lane.states[Outcome.FAILED] > 0 for lane in lanes)
    noun = "lane" if len(lanes) == 1 else "lanes"
    text = f"{len(lanes):,} {noun} {word}" if word != "more" else f"{len(lanes):,} more {noun}"
    failures = f" ({failed:,} with failures)" if failed else ""
    return MoreLanes(text + failures, query.url(page=str(page)), page)


def _ticks(hours: DayHours, query: Query) -> Iterator[HourTick]:
    for at, text in hours.hours():
        hour = int(text[:2])
        yield HourTick(
            text, query.url(**{"from": str(hour), "to": str(hour + 1), "page": ""}), hours.part(at)
        )
