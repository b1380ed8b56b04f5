"""What every list page is made of, prepared for its template: rows, counts, ways on, controls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from dashboard.domain.states import OTHER_OUTCOMES
from dashboard.domain.text import shortened
from dashboard.domain.times import later, to_the_second
from dashboard.filters import Query, timespans
from dashboard.filters.cursors import Cursor
from dashboard.filters.parameters import PAGE_SIZES
from dashboard.filters.query import CURSOR, LINES
from dashboard.filters.timespans import Unusable
from dashboard.models.run_queries import RunQuerySet
from dashboard.services.lists.paging import Order, Slice, first, slice_at
from dashboard.services.lists.undated import UndatedRuns
from dashboard.web import urls
from dashboard.web.components import Badge, ChoiceLink, Control, Count, Option, Pager, Pill, Sort, TimeRange

Row = TypeVar("Row")
Item = TypeVar("Item")
Stored = TypeVar("Stored", bound=Model)

_LONGEST = 80  # characters of a choice
_MOST_WORDS = 40  # choices of a select
COUNT_TO = 1_000  # counting stops there, and says so: a page must not take longer as history grows


class FilteredPage:
    """A page with a filter form: where the form leads, and what it carries along."""

    filter: Query
    controls: tuple[Control, ...]
    span: TimeRange | None

    @property
    def path(self) -> str:
        """The page's address, for its form."""
        return urls.on_site(self.filter.path)

    @property
    def url(self) -> str:
        """The clean URL of exactly this page."""
        return self.filter.here

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What the form carries along: parameters without a control."""
        shown = {name for control in self.controls for name in (control.name, control.parameter)}
        return self.filter.hidden(shown | ({"since", "until"} if self.span else set()))


@dataclass(frozen=True)
class Listing(FilteredPage, Generic[Row]):
    """One page of a list.

    count: what matches; total: what would match without the pills
    exports: all that matches, in other forms; beside: other pages of the same
    undated: runs that are not in the span that is asked for because their time is not known
    """

    filter: Query
    rows: list[Row]
    count: Count
    total: Count
    pills: tuple[Pill, ...]
    sorts: Mapping[str, Sort]
    pager: Pager
    controls: tuple[Control, ...]
    span: TimeRange | None = None
    exports: tuple[ChoiceLink, ...] = ()
    beside: tuple[ChoiceLink, ...] = ()
    undated: tuple[UndatedRuns, ...] = ()

    @property
    def first_page_url(self) -> str:
        """The first page, where other rows match but this place is gone; empty otherwise."""
        gone = self.filter.cursor and not self.pager.shown and self.count.number
        return self.filter.at("") if gone else ""


def page_of(
    rows: QuerySet[Any, Item],
    orders: Mapping[str, Order],
    query: Query,
    read: Callable[..., list[Item]] = first,
) -> tuple[Query, Slice[Item]]:
    """The rows of the page a query asks for; the query again, without a cursor that is none.

    read: see `slice_at`
    """
    order, limit = orders[query.one("sort")], int(query.one("limit"))
    try:
        cursor = order.parse(query.cursor)
    except Unusable as error:
        return query.dropping(CURSOR, query.cursor, str(error)), slice_at(rows, order, None, limit, read)
    return query, slice_at(rows, order, cursor, limit, read)


def place_of(query: Query, orders: Mapping[str, Order]) -> Cursor | None:
    """Where the page that a query asks for begins; None for the first one."""
    try:
        return orders[query.one("sort")].parse(query.cursor)
    except Unusable:
        return None


def held_by(account: str, rows: QuerySet[Stored]) -> Stored | None:
    """The row of that account, of those that share an id; without an account the first one's."""
    return (rows.filter(account=account) if account else rows).order_by("account").first()


def pager(query: Query, page: Slice[Any], folded: int = 0) -> Pager:
    """The ways on from a page; folded: how many of its rows are not shown by themselves."""
    sizes = tuple(
        ChoiceLink(str(size), query.url(limit=str(size)), str(size) == query.one("limit"))
        for size in PAGE_SIZES
    )
    return Pager(
        shown=len(page.rows),
        folded=folded,
        newer_url=query.at(page.newer) if page.newer else "",
        older_url=query.at(page.older) if page.older else "",
        sizes=sizes,
    )


def fixed_url(query: Query, now: datetime) -> str:
    """The same list with its span fixed to the instants that it means now; empty where it has none, or is."""
    ends = {"since": timespans.since, "until": timespans.until}
    fixed = {
        name: to_the_second(resolve(query.one(name), now))
        for name, resolve in ends.items()
        if query.one(name)
    }
    if "since" in fixed:
        fixed.setdefault(
            "until", to_the_second(later(now, timedelta(seconds=1)))
        )  # which is not in it itself
    url = query.url(**fixed)
    return url if url != query.url() else ""


def exports(query: Query) -> tuple[ChoiceLink, ...]:
    """All that a query asks for as files, whose address is the page's with another ending."""
    stem = query.path.removesuffix("/")
    return tuple(ChoiceLink(form.upper(), query.of(f"{stem}.{form}", "limit")) for form in ("csv", "json"))


def count_by_status(
    runs: RunQuerySet, statuses: Collection[str], beside: Mapping[str, RunQuerySet] | None = None
) -> dict[str, Count]:
    """How many runs there are of each of these statuses, exact up to a bound.

    beside: other runs to count in the same query, by a name of their own
    """
    numbers = runs.count_by_status(statuses, COUNT_TO + 1, beside)
    return {status: bounded(number) for status, number in numbers.items()}


def bounded(number: int) -> Count:
    """A number that was counted up to one more than the bound."""
    return Count(min(number, COUNT_TO), at_least=number > COUNT_TO)


def total(counts: Iterable[Count]) -> Count:
    """The sum of counts: exact where each of them is."""
    counts = list(counts)
    return Count(sum(count.number for count in counts), any(count.at_least for count in counts))


def pills(
    query: Query, name: str, counts: Mapping[str, Count], badge: Callable[[str], Badge]
) -> tuple[Pill, ...]:
    """A pill for each value of a parameter, in the order of `counts`, and one for all of them."""
    chosen = query.many(name)
    everything = Pill(None, "All", total(counts.values()), query.url(**{name: ""}), not chosen)
    one_by_one = (
        Pill(badge(value), badge(value).word, count, query.toggled(name, value), value in chosen)
        for value, count in counts.items()
        if value != OTHER_OUTCOMES
    )
    others = counts.get(OTHER_OUTCOMES)
    rest = () if others is None else (Pill(None, "Others", others, "", current=False),)
    return everything, *one_by_one, *rest


def chosen_count(query: Query, name: str, counts: Mapping[str, Count]) -> Count:
    """How many rows match, from the counts of the pills."""
    chosen = query.many(name) or tuple(counts)
    return total(counts.get(value, Count(0)) for value in chosen)


def sort_head(query: Query, word: str, *, first: str, then: str) -> Sort:
    """A column head: `first` is the order a click gives, `then` the opposite one."""
    sort = query.one("sort")
    direction = (
        {True: "descending", False: "ascending"}[sort.startswith("-")] if sort in (first, then) else ""
    )
    return Sort(word, query.url(sort=then if sort == first else first), direction)


def select(
    query: Query,
    name: str,
    label: str,
    everything: str,
    choices: Iterable[tuple[str, str]],
    *,
    more: bool = False,
) -> Control:
    """A select with every choice, what is in force also when it is not among them: several as one choice.

    everything: what it says where none is chosen
    """
    values = query.many(name)
    known = dict(choices)
    chosen = LINES.join(values)
    several = shortened(" or ".join(known.get(value, value) for value in values), _LONGEST)
    options: Sequence[tuple[str, str]] = [
        ("", everything),
        *([(chosen, several)] if len(values) > 1 else []),
        *((value, value) for value in values if value not in known),
        *known.items(),
    ]
    drawn = tuple(Option(value, option, value == chosen) for value, option in options)
    return Control("select", name, label, values, drawn, more=more)


def word(
    query: Query, name: str, label: str, everything: str, words: Collection[str], *, more: bool = False
) -> Control:
    """A select of words of the API; a field to type one into, where they are more than anybody reads."""
    if len(words) > _MOST_WORDS:
        return text(query, name, label, everything, more=more)
    return select(query, name, label, everything, ((word, word) for word in words), more=more)


def accounts(query: Query, names: Collection[str]) -> tuple[Control, ...]:
    """The select of accounts, where there is more than one to choose from."""
    if len(names) < 2:
        return ()
    return (select(query, "account", "Account", "All accounts", ((name, name) for name in names), more=True),)


def text(query: Query, name: str, label: str, placeholder: str, *, more: bool = True) -> Control:
    """A field to type into."""
    return Control("text", name, label, query.many(name), placeholder=placeholder, more=more)


def time_range(query: Query, presets: Iterable[str], now: datetime) -> TimeRange:
    """The control of a span; presets: lengths of time up to now, and words. now: in the reader's zone."""
    since, until = query.one("since"), query.one("until")
    ends = {timespans.LAST_NIGHT: timespans.LAST_NIGHT}  # what does not reach to now
    return TimeRange(
        presets=tuple(
            ChoiceLink(
                length.replace("-", " "),
                query.url(since=length, until=ends.get(length, "")),
                (since, until) == (length, ends.get(length, "")),
            )
            for length in presets
        ),
        since=timespans.in_form(since, now, timespans.since) if since else "",
        until=timespans.in_form(until, now, timespans.until) if until else "",
        hidden=tuple((name, value) for name in ("since", "until") for value in query.many(name)),
        zone=str(now.tzinfo),
    )


def search(query: Query, placeholder: str) -> Control:
    """The search field."""
    return Control("search", "q", "Search", query.many("q"), placeholder=placeholder)
