"""What is drawn in a lane: a bar for each event, or a band where there are too many of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from dashboard.domain.text import shortened
from dashboard.domain.thresholds import ON_TIME
from dashboard.models.tally import QUARTER
from dashboard.services.calendar import links
from dashboard.services.calendar.drawings import Shape
from dashboard.services.calendar.events import CalendarEvent
from dashboard.services.calendar.lane_contents import LaneContents
from dashboard.services.calendar.lane_models import Band, Bar
from dashboard.services.calendar.lane_runs import LaneRun
from dashboard.services.calendar.state_words import explanation, label, style_key
from dashboard.web import formatting, urls
from dashboard.web.drawing import rectangle

HEIGHT = 24  # of a lane, in units of the drawing
_LEAST, _TARGET = 5, 16  # how wide a bar is at least, and what of it can be hit
_LONGEST_NAME = 60  # characters of a name in the words of a bar; the lane has all of it
_PLACES = {  # where a bar begins below the top of its lane, and how high it is
    Outcome.FAILED: (2, 20),
    SlotOutcome.MISSED: (2, 20),
    Outcome.SKIPPED: (17, 5),
    SlotOutcome.WITHDRAWN: (17, 5),
}
_PLACE = 6, 12
Quarters = Iterable[tuple[int, str]]  # quarter of an hour, outcome


@dataclass(frozen=True)
class LaneDrawing:
    """The drawings of lanes. late_s: by how many seconds runs came after their slots."""

    now: datetime
    late_s: Mapping[tuple[str, str], float]

    def bars(
        self, lane: LaneContents, runs: Iterable[LaneRun], events: Iterable[CalendarEvent]
    ) -> tuple[Bar, ...]:
        """A bar for each of those, in order of time."""
        runs = (*lane.runs_before, *(run for run in runs if lane.hours.holds(run.at)))
        events = (*lane.firings_before, *(event for event in events if lane.hours.holds(event.at)))
        timed = [(run.at, self._run(lane, run)) for run in runs]
        timed += [(event.at, self._event(lane, event)) for event in events]
        return tuple(bar for _, bar in sorted(timed, key=lambda pair: pair[0]))

    def band(self, lane: LaneContents, quarters: Quarters) -> Band:
        """All of a lane as one drawing, which leads to its runs in these hours."""
        words = [f"{number:,} {label(state)}" for state, number in lane.states.most_common()]
        return Band(
            text=f"{_name(lane)}: {', '.join(words)}",
            url=_runs_url(lane),
            shapes=(*_quarter_shapes(lane, quarters), *_coming(lane)),
        )

    def _run(self, lane: LaneContents, run: LaneRun) -> Bar:
        late = timedelta(seconds=self.late_s.get((run.key[0], run.run_id), 0))
        words = [_lasted(run, self.now)]
        if run.status == Outcome.RUNNING and lane.usual:
            words.append(f"usually {formatting.duration(lane.usual)}")
        if late > ON_TIME:
            words.append(f"{formatting.age(late)} late")
        return _bar(
            lane,
            (run.status, run.at, run.end(self.now)),
            words,
            urls.run(run.run_id, run.key[0]),
            run.at - late if late > ON_TIME else None,
        )

    def _event(self, lane: LaneContents, event: CalendarEvent) -> Bar:
        words = [explanation(event.state)]
        if event.state in (SlotOutcome.DUE, CalendarState.PROJECTED):
            usual = formatting.duration(lane.usual)
            words.append(f"usually {usual}" if lane.usual else "usual length not known")
        if event.note:
            words.append(event.note)
        return _bar(lane, (event.state, event.at, event.at + lane.usual), words, links.event_url(event))


def swatch(state: str) -> str:
    """How a state is drawn in a lane, for the key."""
    top, height = _PLACES.get(state, _PLACE)
    return f"M2 {HEIGHT // 2}H22" if state == SlotOutcome.LATE else f"M2 {top}h20v{height}h-20z"


def _bar(
    lane: LaneContents,
    what: tuple[str, datetime, datetime],
    words: Iterable[str],
    url: str,
    promised: datetime | None = None,
) -> Bar:
    state, begin, end = what
    hours = lane.hours
    x, width = _extent(hours.x(begin), hours.x(end), _LEAST)
    top, height = _PLACES.get(state, _PLACE)
    left, reach = _extent(x, x + width, _TARGET)
    local = begin.astimezone(hours.zone)
    clock = f"{local:%H:%M}" if local.date() == hours.dates.day else formatting.moment(local)
    return Bar(
        kind=style_key(state),
        text=f"{clock} {_name(lane)}, {', '.join(words)}",
        url=url,
        path=rectangle(x, top, width, height),
        target=rectangle(left, 0, reach, HEIGHT),
        late=f"M{hours.x(promised)} {HEIGHT // 2}H{x}" if promised else "",
    )


def _extent(first: int, last: int, least: int) -> tuple[int, int]:
    """Where something begins and how wide it is, so that it can be seen, or hit."""
    return (first, last - first) if last - first >= least else (first, least)


def _lasted(run: LaneRun, now: datetime) -> str:
    """What became of a run, and how long it took."""
    if run.live:
        return f"{label(run.status)} for {formatting.age(now - run.at)}"
    if run.duration_ms is None:
        return f"{label(run.status)}, duration not reported"
    return f"{label(run.status)} after {formatting.duration_ms(run.duration_ms)}"


def _name(lane: LaneContents) -> str:
    return shortened(str(lane.deployment), _LONGEST_NAME)


def _runs_url(lane: LaneContents) -> str:
    """The list of exactly the runs of a lane."""
    row, hours = lane.deployment, lane.hours
    return urls.runs_between(row.deployment_id, hours.start, hours.end, row.account)


def _quarter_shapes(lane: LaneContents, quarters: Quarters) -> Iterator[Shape]:
    """What ran, as a path for each kind; quarters of an hour that touch are drawn as one."""
    by_kind: dict[str, set[int]] = {}
    for place, status in quarters:
        by_kind.setdefault(style_key(status), set()).add(place)
    # What failed is drawn last: nothing covers it.
    for kind, places in sorted(by_kind.items(), key=lambda pair: pair[0] == Outcome.FAILED):
        top, height = _PLACES.get(kind, _PLACE)
        spans = (_span(lane, first, last) for first, last in _stretches(sorted(places)))
        path = "".join(rectangle(x, top, width, height) for x, width in spans)
        yield Shape(kind, path)


def _stretches(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow each other, as their first and the one after their last."""
    for _, following in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        numbers = [place for _, place in following]
        yield numbers[0], numbers[-1] + 1


def _span(lane: LaneContents, first: int, last: int) -> tuple[int, int]:
    begin, end = (datetime.fromtimestamp(place * QUARTER, UTC) for place in (first, last))
    return _extent(lane.hours.x(begin), lane.hours.x(end), _LEAST)


def _coming(lane: LaneContents) -> Iterator[Shape]:
    """What is to come, as one outline from the first firing to the end of these hours."""
    first = [lane.first[state] for state in (SlotOutcome.DUE, CalendarState.PROJECTED) if lane.states[state]]
    if first:
        x, width = _extent(lane.hours.x(min(first)), lane.hours.x(lane.hours.end), _LEAST)
        yield Shape(CalendarState.PROJECTED, rectangle(x, _PLACE[0], width, _PLACE[1]))
