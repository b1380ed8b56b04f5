"""Reads a calendar's file as a calendar program does: what repeats in it is expanded, by its own zones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import StringIO

from dateutil import rrule, tz

Properties = dict[str, tuple[str, str]]  # by name: the whole content line, and its value


@dataclass(frozen=True)
class Occurrence:
    """One instant of a calendar, with what its entry says of it."""

    at: datetime
    uid: str
    summary: str
    description: str
    status: str


def occurrences(text: str) -> list[Occurrence]:
    """Every instant that the entries of a file stand for, in order."""
    zones = _zones(text)
    series: dict[str, dict[datetime, Properties]] = defaultdict(dict)
    for entry in sorted(entries(text), key=lambda entry: "RECURRENCE-ID" in entry):
        instants = series[entry["UID"][1]]
        if "RECURRENCE-ID" in entry:
            replaced = _instants({"DTSTART": _renamed(entry["RECURRENCE-ID"])}, zones)
            assert instants.pop(replaced[0]), "an exception is of an instant that its rule has"
        for at in _instants(entry, zones):
            assert at not in instants, "an instant stands in one entry"
            instants[at] = entry
    every = [_occurrence(at, entry) for of_uid in series.values() for at, entry in of_uid.items()]
    return sorted(every, key=lambda occurrence: (occurrence.at, occurrence.uid))


def entries(text: str) -> Iterator[Properties]:
    """The entries of a file that have a time, as they are written."""
    for block in re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT\r\n", text.replace("\r\n ", ""), re.S):
        lines = block.split("\r\n")[:-1]
        entry = {re.split("[;:]", line)[0]: (line, line.partition(":")[2]) for line in lines}
        assert len(entry) == len(lines), "no property comes twice"
        if "VALUE=DATE" not in entry["DTSTART"][0]:
            yield {name: (line, _value(line)) for name, (line, _) in entry.items()}


def _value(line: str) -> str:
    """What a content line says; a text without its escapes."""
    letters = {"n": "\n"}
    value = line.partition(":")[2]
    return re.sub(r"\\(.)", lambda escaped: letters.get(escaped[1], escaped[1]), value)


def _zones(text: str) -> Callable[[str], tzinfo]:
    defined = tz.tzical(StringIO(text)) if "BEGIN:VTIMEZONE" in text else None

    def zone(name: str) -> tzinfo:
        known: tzinfo | None = defined and defined.get(name)
        assert known is not None, f"{name} is defined in the file"
        return known

    return zone


def _renamed(line: tuple[str, str]) -> tuple[str, str]:
    return line[0].replace("RECURRENCE-ID", "DTSTART"), line[1]


def _instants(entry: Properties, zones: Callable[[str], tzinfo]) -> list[datetime]:
    rule = [entry[name][0] for name in ("DTSTART", "RRULE", "EXDATE") if name in entry]
    if "RRULE" not in entry:
        rule.append("RRULE:FREQ=DAILY;COUNT=1")
    return [at.astimezone(UTC) for at in rrule.rrulestr("\n".join(rule), forceset=True, tzids=zones)]


def _occurrence(at: datetime, entry: Properties) -> Occurrence:
    return Occurrence(at, *(entry[name][1] for name in ("UID", "SUMMARY", "DESCRIPTION", "STATUS")))
