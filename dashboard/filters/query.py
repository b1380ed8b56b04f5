"""The query of a list as one object: it reads itself from a URL, and writes itself back.

Equal filters give equal URLs, defaults never show, every filter in force is a chip whose link is the
same page without it, and what could not be used is named.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote_plus

from dashboard.domain.text import shortened
from dashboard.filters.fields import LONGEST, Field
from dashboard.filters.timespans import Unusable
from dashboard.web import urls
from dashboard.web.components import Chip, ChoiceLink, Ignored, called

MOST_VALUES = 50  # of one parameter: more than a person picks, fewer than a database minds
MOST_IGNORED = 20  # named one by one; the rest is counted
CURSOR = "cursor"
LINES = "\n"  # between the values that one choice of a select stands for: no id has it
_FROM_A_FORM = re.compile(
    r"|\d{4,6}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?"
)  # a native field, or an empty one
_LINE_END = re.compile(r"\r?\n")  # as browsers send it
_LONGEST_KEPT = (
    128  # characters of a value whose address is kept: ids and words are shorter, searches are not
)
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Query:
    """What a list is asked for.

    path: the page's path within the site, such as `/runs/`
    values: canonical texts by parameter, in the order of the fields, only what differs from the defaults
    ignored: what was given and could not be used
    remarks: what a reader of the list should know of what was given, in sentences without a full stop
    labels: what values are called, by parameter and value, where that differs from the value
    """

    path: str
    fields: tuple[Field, ...]
    values: Values
    ignored: tuple[Ignored, ...] = ()
    cursor: str = ""
    remarks: tuple[str, ...] = ()
    labels: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict, compare=False)

    def label(self, name: str, value: str) -> str:
        """What a value of a parameter is called."""
        return self.labels.get((name, value), value)

    def one(self, name: str) -> str:
        """The value of a parameter that is given once; its default, or nothing, when it was not."""
        values = self.values.get(name)
        return values[0] if values else next((f.default for f in self.fields if f.name == name), "")

    def many(self, name: str) -> tuple[str, ...]:
        """The values of a parameter that may be given several times."""
        return self.values.get(name, ())

    def url(self, **changes: str | Sequence[str]) -> str:
        """The clean URL of the same list with those parameters changed; the cursor is left behind."""
        return _address(self.path, self._values_with(changes))

    def with_values(self, **changes: str | Sequence[str]) -> Query:
        """The same query with those parameters changed; an empty value takes one away."""
        return Query(self.path, self.fields, self._values_with(changes), labels=self.labels)

    def _values_with(self, changes: Mapping[str, str | Sequence[str]]) -> Values:
        """A page links to itself some hundred times: only what changes is put in its form again."""
        given = {name: (text,) if isinstance(text, str) else tuple(text) for name, text in changes.items()}
        changed = _cleaned([field for field in self.fields if field.name in given], given)
        values = {**{name: kept for name, kept in self.values.items() if name not in given}, **changed}
        return {field.name: values[field.name] for field in self.fields if field.name in values}

    def toggled(self, name: str, value: str) -> str:
        """The URL with that value of a repeatable parameter switched on or off."""
        now = self.many(name)
        return self.url(**{name: [v for v in now if v != value] if value in now else [*now, value]})

    def of(self, path: str, *without: str) -> str:
        """The URL of another page that is asked the same, but for some parameters."""
        return replace(self.with_values(**dict.fromkeys(without, "")), path=path).here

    def at(self, cursor: str) -> str:
        """The URL of the same list at that cursor."""
        return replace(self, cursor=cursor).here

    @property
    def here(self) -> str:
        """The clean URL of exactly this page."""
        return _address(self.path, self.values, self.cursor)

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        """One for each filter in force, in the order of the fields."""
        return tuple(
            Chip(
                field.name,
                self.label(field.name, value),
                self.url(**{field.name: [v for v in self.many(field.name) if v != value]}),
            )
            for field in self._narrowing
            for value in self.many(field.name)
        )

    @cached_property
    def deployments(self) -> Query | None:
        """Which deployments are meant, as a query of their own list; None where any may be."""
        fields = {field.name: field.of_deployments for field in self.fields if field.of_deployments}
        values = {fields[name].name: values for name, values in self.values.items() if name in fields}
        return replace(self, fields=tuple(fields.values()), values=values) if values else None

    def with_labels(self, labels: Mapping[tuple[str, str], str]) -> Query:
        """The same query, whose chips and words call values so."""
        return replace(self, labels=labels)

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.many(field.name) for field in self._narrowing)

    @property
    def clear_url(self) -> str:
        """The same list with nothing narrowing it."""
        return self.url(**{field.name: "" for field in self._narrowing})

    @property
    def words(self) -> str:
        """The filters in force, as words for a title: `status failed or skipped, since 24h`."""
        return ", ".join(
            f"{called(field.name)} {' or '.join(self.label(field.name, value) for value in values)}"
            for field in self._narrowing
            if (values := self.many(field.name))
        )

    def dropping(self, name: str, value: str, why: str, instead: tuple[ChoiceLink, ...] = ()) -> Query:
        """The same query without that parameter, which is named as ignored.

        instead: what may have been meant
        """
        values = {key: kept for key, kept in self.values.items() if key != name}
        cursor = "" if name == CURSOR else self.cursor
        ignored = (*self.ignored, Ignored(name, _short(value), why, instead))
        return replace(self, values=values, cursor=cursor, ignored=ignored)

    def hidden(self, shown: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """What a form has to carry along: parameters in force that have no control of their own."""
        without = set(shown)
        return tuple((name, value) for name, value in self._pairs() if name not in without)

    @property
    def _narrowing(self) -> list[Field]:
        return [field for field in self.fields if field.chip]

    def _pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.values.items() for value in values]


def read(path: str, fields: tuple[Field, ...], given: Any) -> Query:
    """Read a query from Django's `request.GET`. What cannot be used is named and dropped."""
    values: dict[str, tuple[str, ...]] = {}
    ignored: list[Ignored] = []
    for field in fields:
        values[field.name], wrong = _read(field, given.getlist(field.name))
        ignored += wrong
    known = {field.name for field in fields} | {CURSOR}
    ignored += [
        Ignored(_short(name), _short(given[name]), "this list has no such parameter")
        for name in given
        if name not in known
    ]
    if len(ignored) > MOST_IGNORED:
        more = len(ignored) - MOST_IGNORED
        ignored[MOST_IGNORED:] = [Ignored("…", f"{more} more", "they could not be used either")]
    return Query(path, fields, _cleaned(fields, values), tuple(ignored), given.get(CURSOR, ""))


def _read(field: Field, texts: Sequence[str]) -> tuple[tuple[str, ...], list[Ignored]]:
    collected: list[str] = []
    ignored: list[Ignored] = []
    for text in filter(None, _parts(field, _sent(field, texts))):  # an empty control of a form is not a value
        try:
            value = _usable(field, text, collected)
        except Unusable as error:
            ignored.append(Ignored(field.name, _short(text), str(error)))
        else:
            collected += [] if value in collected else [value]
    return tuple(collected), ignored


def _sent(field: Field, texts: Sequence[str]) -> Sequence[str]:
    """What counts of a value in force and of the field of a form that follows it.

    The field shows less than the value may say, so it counts where it was changed, also where it was emptied.
    """
    if field.in_form is None or len(texts) != 2 or not _FROM_A_FORM.fullmatch(texts[1]):
        return texts
    try:
        unchanged = field.in_form(texts[0]) == texts[1]
    except Unusable:
        unchanged = not texts[1]
    return texts[:1] if unchanged else texts[1:]


def _parts(field: Field, texts: Sequence[str]) -> Iterable[str]:
    """The values that were given: the choice of several in a select gives them as the lines of one text."""
    return (part for text in texts for part in (_LINE_END.split(text) if field.many else [text]))


def _usable(field: Field, text: str, taken: Sequence[str]) -> str:
    if len(text) > LONGEST:
        raise Unusable(f"it is longer than {LONGEST} characters")
    value = field.read(text)
    if value not in taken and len(taken) >= (MOST_VALUES if field.many else 1):
        raise Unusable(
            "it is given more than once" if not field.many else f"more than {MOST_VALUES} are given"
        )
    return value


def _address(path: str, values: Values, cursor: str = "") -> str:
    given = values if not cursor else {**values, CURSOR: (cursor,)}
    pairs = [f"{_quoted(name)}={_quoted(value)}" for name, some in given.items() for value in some]
    address = urls.on_site(path)
    return f"{address}?{'&'.join(pairs)}" if pairs else address


def _quoted(text: str) -> str:
    return _word_quoted(text) if len(text) <= _LONGEST_KEPT else quote_plus(text)


@lru_cache(maxsize=10_000)  # the links of a page differ in one value
def _word_quoted(text: str) -> str:
    return quote_plus(text)


def _cleaned(fields: Sequence[Field], values: Values) -> Values:
    """Without defaults and empty ones; values of a repeatable parameter in one order."""
    return {
        field.name: tuple(sorted(set(rows)))
        for field in fields
        if (rows := [value for value in values.get(field.name, ()) if value not in ("", field.default)])
    }


def _short(text: str) -> str:
    return shortened(text, 80)
