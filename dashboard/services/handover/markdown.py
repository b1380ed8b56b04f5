"""A hand-over as a text: Markdown for a chat or a ticket, and a mail that its reader sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from dashboard.domain.text import one_line, shortened
from dashboard.services.handover.lines import HandoverLine, HandoverSection
from dashboard.services.handover.page import Handover
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting

UrlOf = Callable[[str], str]
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&@:])")
_LONGEST = 120  # characters of an error
_MAIL = 1_500  # characters of a mail: programs take few more of an address


def as_markdown(handover: Handover, snapshot: Snapshot, url_of: UrlOf) -> str:
    """All of it. url_of: makes a path of this site into an address that can be opened elsewhere."""
    lines = [f"# {title(handover, snapshot)}", "", _escaped(f"{_as_of(snapshot)}."), ""]
    if words := handover.filter.with_values(since="", until="").words:
        lines += [_escaped(f"Only {words}."), ""]
    lines += [f"**{_escaped(sentence)}**\n" for sentence in handover.basis]
    for section in handover.filled:
        lines += [*_section(section, snapshot, url_of), ""]
    lines += [_escaped(handover.nothing), ""] if handover.nothing else []
    lines.append(f"[The page]({url_of(handover.fixed or handover.url)})")
    return "\n".join(lines) + "\n"


def mail_url(handover: Handover, snapshot: Snapshot, url_of: UrlOf) -> str:
    """A mail with its beginning, for the reader's own program to send: who receives it is left open."""
    address = f"\n\n{url_of(handover.fixed or handover.url)}"
    body = shortened("\n".join(_plain(handover)), _MAIL) + address
    return f"mailto:?subject={quote(title(handover, snapshot))}&body={quote(body, safe='')}"


def as_plain(handover: Handover, snapshot: Snapshot) -> str:
    """All of it as a text without marks and links."""
    return "\n".join([f"{_as_of(snapshot)}.", "", *_plain(handover)])


def title(handover: Handover, snapshot: Snapshot) -> str:
    """Its span, in one line."""
    ends = (at.astimezone(snapshot.now.tzinfo) for at in (handover.since, handover.until))
    since, until = (formatting.moment(at) for at in ends)
    return f"Hand-over, {since} to {until} ({snapshot.now.tzinfo})"


def _plain(handover: Handover) -> Iterator[str]:
    yield from handover.basis
    for section in handover.filled:
        yield f"{section.title}: {section.number:,}"
        for line in section.lines:
            yield "- " + ", ".join(map(one_line, filter(None, (line.name, line.text, line.error_type))))
        yield from ([f"  and {section.more:,} more"] if section.more else [])
    yield from filter(None, [handover.nothing])


def _as_of(snapshot: Snapshot) -> str:
    at = snapshot.age.read_at
    return f"As read {formatting.moment(at.astimezone(snapshot.now.tzinfo))}" if at else "Nothing read yet"


def _section(section: HandoverSection, snapshot: Snapshot, url_of: UrlOf) -> Iterator[str]:
    yield f"## {section.title} ({section.number:,})"
    yield ""
    yield from (_line(line, snapshot, url_of) for line in section.lines)
    if section.more:
        yield f"- and {section.more:,} more"


def _line(line: HandoverLine, snapshot: Snapshot, url_of: UrlOf) -> str:
    at = formatting.moment(line.at.astimezone(snapshot.now.tzinfo))
    error = ": ".join(filter(None, (line.error_type, shortened(line.error_line, _LONGEST))))
    facts = (line.badge.word if line.badge else "", line.text, at, error)
    shown = ", ".join(_escaped(fact) for fact in facts if fact)
    return f"- [{_escaped(line.name)}]({url_of(line.url)}): {shown}"


def _escaped(text: str) -> str:
    """The text in one line, no letter of which means anything to Markdown."""
    return _SPECIAL.sub(r"\\\1", one_line(text))
