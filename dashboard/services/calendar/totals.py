"""What a day comes to: its counts by state, and the figures that pages show of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from dashboard.services.calendar.state_words import label


@dataclass(frozen=True)
class DayFigure:
    """A number and its word. `state`: what its glyph and its colour stand for, empty for a plain one."""

    number: int
    word: str
    state: str = ""


@dataclass(frozen=True)
class DayTotals:
    """How many runs and slots of a day are in each state.

    late: of runs that others count too; unreported: of runs whose outcome is not reported
    """

    failed: int = 0
    missed: int = 0
    late: int = 0
    completed: int = 0
    unreported: int = 0
    other: int = 0
    promised: int = 0
    projected: int = 0

    @classmethod
    def of(cls, states: Mapping[str, int]) -> DayTotals:
        """From a count of states; slots withdrawn or not watched come to nothing."""
        numbers: Counter[str] = Counter()
        for state, number in states.items():
            if state not in _UNCOUNTED:
                numbers[_FIELDS.get(state, "other")] += number
        return cls(**numbers)

    @classmethod
    def sum(cls, days: Iterable[DayTotals]) -> DayTotals:
        """Several days together."""
        numbers: Counter[str] = Counter()
        for day in days:
            numbers.update(vars(day))
        return cls(**numbers)

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return self.completed + self.failed + self.unreported + self.other

    @property
    def coming(self) -> tuple[DayFigure, ...]:
        """What is to come: promises, then projections."""
        counts = (
            DayFigure(self.promised, label(SlotOutcome.DUE)),
            DayFigure(self.projected, CalendarState.PROJECTED),
        )
        return tuple(figure for figure in counts if figure.number)

    @property
    def text(self) -> str:
        """All that is not nothing, in one line."""
        words = {"unreported": label(Outcome.STARTED)}
        counted = ((number, words.get(name, name)) for name, number in vars(self).items())
        return ", ".join(f"{number:,} {word}" for number, word in counted if number)

    @property
    def figures(self) -> tuple[DayFigure, ...]:
        """Everything, trouble first."""
        return (*self.troubles, *self._plain())

    @property
    def short_figures(self) -> tuple[DayFigure, ...]:
        """What a month's cell has room for: two troubles and one figure more."""
        return (*self.troubles[:2], *self._plain()[:1])

    @property
    def troubles(self) -> tuple[DayFigure, ...]:
        """What failed, was missed or came late."""
        counts = (
            DayFigure(self.failed, Outcome.FAILED, Outcome.FAILED),
            DayFigure(self.missed, SlotOutcome.MISSED, SlotOutcome.MISSED),
            DayFigure(self.late, SlotOutcome.LATE, SlotOutcome.LATE),
        )
        return tuple(figure for figure in counts if figure.number)

    @property
    def worst(self) -> DayFigure | None:
        """The first trouble, else what went well, else what is to come; None for an empty day."""
        coming = SlotOutcome.DUE if self.promised else CalendarState.PROJECTED
        candidates = (
            *self.troubles,
            DayFigure(self.completed, Outcome.COMPLETED, Outcome.COMPLETED),
            DayFigure(self.unreported, label(Outcome.STARTED), Outcome.STARTED),
            DayFigure(self.promised + self.projected, SlotOutcome.DUE, coming),
        )
        return next((figure for figure in candidates if figure.number), None)

    def _plain(self) -> tuple[DayFigure, ...]:
        counts = (
            DayFigure(self.completed, "ok"),
            DayFigure(self.unreported, "not reported"),
            DayFigure(self.other, "other"),
            DayFigure(self.promised + self.projected, SlotOutcome.DUE),
        )
        return tuple(figure for figure in counts if figure.number)


_UNCOUNTED = (SlotOutcome.WITHDRAWN, SlotOutcome.UNOBSERVED)
_FIELDS = {  # which number counts which state
    **{state: state for state in (Outcome.FAILED, SlotOutcome.MISSED, SlotOutcome.LATE, Outcome.COMPLETED)},
    Outcome.STARTED: "unreported",
    SlotOutcome.DUE: "promised",
    CalendarState.PROJECTED: CalendarState.PROJECTED,
}
