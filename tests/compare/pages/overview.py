"""The overview, with what stands on every page around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.test import Client
from django.utils import timezone

from dashboard.domain.states import FeedState, Health, Outcome, SlotOutcome, Withdrawal
from dashboard.web import formatting
from tests.compare.figures import ANYTHING, Figures, instant_in, named, row_key, tidy, utc
from tests.compare.oracle import ended, failing, silence, wording
from tests.compare.oracle.knowing import AccountKnowledge
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.pages import runs as run_list
from tests.compare.worlds import DAY, HOUR, MINUTE
from tests.markup import Element, read

PAGE = "/"
MOST_NEEDY, MOST_EVENTS, MOST_ROWS, MOST_MOVES = 12, 5, 8, 5


def expected(look: Look) -> Figures:
    """What it has to show."""
    figures = named(PAGE, "headline", _headline(look))
    figures[PAGE, "needs", "rows"], figures[PAGE, "needs", "more"], figures[PAGE, "moves", "texts"] = 0, 0, []
    for account in look.accounts:
        figures |= named(PAGE, f"foot {account.name}", _foot(account, look))
    if (refusals := _door(look)) is not None:
        return figures | {(PAGE, "door", "refusals"): refusals}
    return figures | _figures(look)


def _door(look: Look) -> list[tuple[str, str, str]] | None:
    """What stands in place of all figures while there is nothing to count; None where there is."""
    if look.standings or look.runs:
        return None
    if not look.unread:
        return []
    refused = [(row.name, row.trouble, row.trouble_since) for row in look.unread if row.trouble]
    of = " of {}" if look.several else ""
    return [
        (f"Nothing could be read{of.format(name)}", utc(since), f"HTTP {trouble.status}")
        for name, trouble, since in refused
    ]


def _figures(look: Look) -> Figures:
    figures = named(PAGE, "tiles", _tiles(look))
    needy = sorted(
        (row for row in look.standings if row.health in Health.NEEDY),
        key=lambda row: Health.ORDER.index(row.health),
    )
    silent = silence.silences(look)
    figures[PAGE, "needs", "silent"] = [_silent(one, look) for one in silent]
    needy = [row for row in needy if not any(one.holds(row) for one in silent)]
    for row in _first_needy(needy):
        figures |= named(PAGE, f"needs {row.deployment.id}", _needy(row, look))
    figures[PAGE, "needs", "rows"] = min(len(needy), MOST_NEEDY)
    figures[PAGE, "needs", "more"] = max(len(needy) - MOST_NEEDY, 0)
    figures[PAGE, "moves", "texts"] = _moves(look)
    for number, event in enumerate(failing.events(look)[:MOST_EVENTS]):
        figures |= named(PAGE, f"incident {number}", _event(event, look))
    figures |= _hours(look, 24) | _hours(look, 168)
    running = [run for run in reversed(look.runs) if run.status == Outcome.RUNNING]
    figures[PAGE, "running now", "rows"] = [_line(run, look) for run in running[:MOST_ROWS]]
    figures[PAGE, "recent runs", "rows"] = [_line(run, look) for run in look.runs[:MOST_ROWS]]
    figures[PAGE, "next up", "rows"] = _upcoming(look)
    return figures


def _current(look: Look) -> Counter[str]:
    return Counter(row.health for row in look.standings if row.health != Health.ARCHIVED)


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _headline(look: Look) -> dict[str, object]:
    healths, stale = _current(look), any(look.state(row) == FeedState.STALE for row in look.accounts)
    number = healths[Health.FAILING]
    begun = [row.since for row in look.standings if row.health == Health.FAILING and row.since]
    times = map(timezone.localtime, (min(begun, default=look.now), look.now))
    since = f", since {formatting.short_moment(*times)}" if begun else ""
    first = f"{number} {_plural(number, 'deployment')} failing{since}" if number else ""
    worst = next((word for word in Health.NEEDY if healths[word]), "")
    clause = f"{number}!" if worst == Health.FAILING else f"{healths[worst]} {wording.of_many(worst)}"
    clauses = ([clause] if worst else []) + (["stale"] if stale else [])
    clauses += ["first reading"] if look.unread else []
    others = (word for word in Health.ORDER if word not in (Health.FAILING, Health.ARCHIVED))
    names = {word: "fine" if word == Health.OK else wording.of_many(word) for word in Health.ORDER}
    return {
        "sentence": first or _scheduler(look) or _nothing_failing(healths, look, stale=stale),
        "pills": [f"{healths[word]} {names[word]}" for word in others if healths[word]],
        "cause": _cause(look),
        "basis": _basis(look, healths),
        "age": _age(look, stale=stale),
        "title": (f"({', '.join(clauses)}) " if clauses else "") + "Overview",
        "alarm": f"{number} failing" if number else "",
    }


def _scheduler(look: Look) -> str:
    silent = silence.silences(look)
    return f"Scheduler silent: {silent[0].sentence(look)}" if silent else ""


def _nothing_failing(healths: Counter[str], look: Look, *, stale: bool) -> str:
    partly, needy = bool(healths[Health.UNREAD] or look.unread), sum(healths[word] for word in Health.NEEDY)
    if not healths:
        return "No deployment has been read yet" if partly else "The API lists no current deployment"
    if needy:
        start = "" if partly else "Nothing failing, "
        return f"{start}{needy} {_plural(needy, 'deployment')} need{'s' if needy == 1 else ''} attention"
    if healths[Health.UNREAD] == sum(healths.values()):
        return "Nothing is judged yet"
    if partly:
        return "Nothing that is known so far needs you"
    return "Nothing needed you at the last reading" if stale else wording.calm(healths)


def _basis(look: Look, healths: Counter[str]) -> str:
    if not healths:
        return ""
    total, day = sum(healths.values()), sum(run.at >= look.now - DAY for run in look.runs)
    return f"{total} {_plural(total, 'deployment')}, {day} {_plural(day, 'run')} in 24 h"


def _age(look: Look, *, stale: bool) -> str:
    read = [account.read_at for account in look.accounts if account.read_at]
    if look.unread:
        return ""
    return f"data {formatting.age(max(look.now - min(read), timedelta()))} old{', stale' if stale else ''}"


def _cause(look: Look) -> object:
    """The failure that most of those share that fail now, if two do."""
    last = [row.last_failure for row in look.standings if row.health == Health.FAILING]
    kinds = Counter(failing.kind_of(run) for run in last if run)
    number = max(kinds.values(), default=0)
    if number < 2:
        return ""
    who = ("both" if number == 2 else f"all {number}") if number == len(last) else str(number)
    # Of those that equally many share it may be any.
    names = sorted(
        tidy(f"{who} share {kind[0] or _sample(kind, last)}")
        for kind, times in kinds.items()
        if times == number
    )
    return names[0] if len(names) == 1 else ANYTHING


def _sample(kind: failing.Kind, failures: Sequence[SeenRun | None]) -> str:
    """The text of one of several failures of a kind."""
    texts = [run.error_message for run in failures if run and failing.kind_of(run) == kind]
    return wording.first_line(max(texts, default="")) or "an error without type or text"


def _tiles(look: Look) -> dict[str, object]:
    day = [run for run in look.runs if run.at >= look.now - DAY]
    healths, words = _current(look), Counter(run.status for run in day)
    finished = words[Outcome.COMPLETED] + words[Outcome.FAILED]
    started, unrated = words[Outcome.STARTED], ended.remark(day).startswith("no rate")
    share = formatting.percent(words[Outcome.COMPLETED], finished)
    unread, total = healths[Health.UNREAD], sum(healths.values())
    judged = f"of {total - unread} judged so far" if unread else f"of {total} deployments"
    so_far = "" if look.whole_day else " so far"
    share = f"{share} " if share and look.whole_day else ""
    running = sum(run.status == Outcome.RUNNING for run in look.runs)
    return {
        "Failing now": f"{healths[Health.FAILING]} {judged}",
        "Missed": f"{healths[Health.MISSED]} {_number(Health.LATE, healths)}",
        "Running": f"{running} {_number(Health.STUCK, healths)}",
        "Failed, 24 h": f"{words[Outcome.FAILED]} "
        + (f"{started} with no outcome reported" if started else f"of {finished} finished{so_far}"),
        "Completed, 24 h": f"{words[Outcome.COMPLETED]} "
        + (ended.remark(day) if unrated else f"{share}of {finished} finished{so_far}"),
    }


def _number(health: str, healths: Counter[str]) -> str:
    """How many have a health; that there are none only where all are judged."""
    if healths[health]:
        return f"{healths[health]} {health}"
    return "not all judged yet" if healths[Health.UNREAD] else f"none {health}"


def _first_needy(needy: list[Standing]) -> list[Standing]:
    """Those that surely have a row: of those that stand equally, the order is the list's own."""
    if len(needy) <= MOST_NEEDY:
        return needy
    last = Health.ORDER.index(needy[MOST_NEEDY].health)
    return [row for row in needy if Health.ORDER.index(row.health) < last]


def _needy(row: Standing, look: Look) -> dict[str, object]:
    failure = row.last_failure
    error = (
        f"{failure.error_type or 'no error type'} {wording.first_line(failure.error_message)}"
        if failure
        else ""
    )
    if failure and not (failure.error_type or wording.first_line(failure.error_message)):
        error = ""
    detail = "; ".join(filter(None, (wording.in_full(row), wording.near_limit(row))))
    if row.health in (Health.PAUSED_BY_ERROR, Health.FAILING) and error:
        detail = ""
    if row.health == Health.STUCK:
        detail = f"running for {detail}"
    return {
        "health": row.health,
        "reason": tidy(detail or error),
        "since": utc(row.since),
        "streak": look.streak(row) if len(row.failures) > 1 else "",
        "stale": row.stale,
        "strip": wording.strip(row, 20),
    }


def _silent(one: silence.Silence, look: Look) -> tuple[str, str, str]:
    """The row of a group of which nothing fires."""
    number = sum(map(one.holds, look.standings))
    text = f"Scheduler silent: {one.sentence(look)}"
    return f"{number} {_plural(number, 'deployment')}", text, utc(one.lost[0].at)


def _moves(look: Look) -> list[str]:
    moved = []
    for row in look.standings:
        text = wording.moved(row) if row.health != Health.ARCHIVED else ""
        if text:
            last = [slot for slot in row.slots(SlotOutcome.WITHDRAWN) if slot.reason == Withdrawal.MOVED][-1]
            moved.append((last.at, tidy(text.replace("next run", f"Next run of {row.deployment.label}", 1))))
    newest = sorted(moved, reverse=True)[:MOST_MOVES]
    return sorted(text for _, text in newest)  # of those of one instant the order is chance


def _event(event: failing.Event, look: Look) -> dict[str, object]:
    first, last = failing.span_of(event.runs)
    number = len(event.runs)
    return {
        "size": f"{number} {_plural(number, 'run')} of {len(event.keys)} deployments",
        "bursts": f"{event.bursts} {_plural(event.bursts, 'burst')}",
        "first": utc(first),
        "last": utc(last),
        "before": event.since_before,
        "so far": False if look.complete() else ANYTHING,
        "shared": ", ".join(failing.shared(event.runs, look)),
    }


def _hours(look: Look, number: int) -> Figures:
    last = timezone.localtime(look.now).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    bars = []
    for hour in (last - n * HOUR for n in reversed(range(number))):
        words = Counter(run.status for run in look.runs if hour <= run.at < hour + HOUR)
        bars.append(f"{wording.moment(hour)}: {wording.counts(words)}")
    return {(PAGE, f"{number} hours", "bars"): bars}


def _line(run: SeenRun, look: Look) -> tuple[str, ...]:
    return (
        wording.outcome(run.status),
        tidy(failing.label(run.key, look)),
        run_list.length(run, look),
        utc(run.at),
    )


def _upcoming(look: Look) -> list[tuple[str, ...]]:
    firing = []
    for row in look.standings:
        if row.coming:
            firing.append((row.coming[0], row.deployment.name, row))
    rows = sorted(firing, key=lambda item: item[:2])[:MOST_ROWS]
    named_rows = ((row.next_at or at, row.deployment.label, row) for at, _, row in rows)
    shown = sorted(named_rows, key=lambda item: item[:2])
    return [
        (tidy(name), utc(at), "due" if at <= row.at else "as last read" if row.stale else "to come")
        for at, name, row in shown
    ]


def _foot(account: AccountKnowledge, look: Look) -> dict[str, object]:
    bad = account.unreadable
    return {
        "read": utc(account.read_at),
        "runs": len(account.runs),
        # After the clock was set back minutes may be missing at the far end, and a page may name that or not.
        "complete": ANYTHING
        if account.known_from and timedelta() < account.known_from - look.now + look.keeps <= 5 * MINUTE
        else account.complete_at(look.now, look.keeps),
        "unreadable": f"{bad} unreadable {_plural(bad, 'record')} left out" if bad else "",
    }


# -- and what it shows


def shown(client: Client) -> Figures:
    """What it shows."""
    page = read(client.get(PAGE))
    figures = named(PAGE, "headline", _shown_headline(page))
    figures |= named(PAGE, "tiles", _shown_tiles(page))
    if doors := page.all("section", class_="card door"):
        figures[PAGE, "door", "refusals"] = [_refusal(door) for door in doors if "data-refused" in door.attrs]
    figures |= _shown_needs(page, door=bool(page.all("section", class_="card door")))
    more = [
        a.words().split()[0]
        for a in page.all("a")
        if a.words().endswith(" more") and "health" in a.attrs["href"]
    ]
    figures[PAGE, "needs", "more"] = int(more[0]) if more else 0
    figures[PAGE, "moves", "texts"] = sorted(
        move.words() for move in page.all("p") if "data-move" in move.attrs
    )
    for number, item in enumerate(
        item for ol in page.all("ol", class_="rows events") for item in ol.all("li")
    ):
        figures |= named(PAGE, f"incident {number}", _shown_event(item))
    for chart in page.all("svg", role="group"):
        bars = [bar.one("title").words() for bar in chart.all("a")]
        figures[PAGE, f"{len(bars)} hours", "bars"] = bars
    for card in page.all("section", class_="card"):
        heading = card.all("h2")[0].words().lower()
        if heading in ("running now", "recent runs"):
            figures[PAGE, heading, "rows"] = [_shown_line(item) for item in card.all("li")]
        if heading == "next up":
            figures[PAGE, heading, "rows"] = [_shown_firing(item) for item in card.all("li")]
    return figures | _shown_foot(page)


def _shown_needs(page: Element, *, door: bool) -> Figures:
    rows = [row for needs in page.all("ol", id="needs") for row in needs.all("li")]
    silent = [row for row in rows if "data-scheduler" in row.attrs]
    others = [row for row in rows if row not in silent]
    figures: Figures = {(PAGE, "needs", "rows"): len(others)}
    for row in others:
        figures |= named(PAGE, f"needs {row_key(row)}", _shown_needy(row))
    if not door:
        figures[PAGE, "needs", "silent"] = [_shown_silent(row) for row in silent]
    return figures


def _shown_tiles(page: Element) -> dict[str, object]:
    tiles = [tile for section in page.all("section", class_="card tiles") for tile in section.all("a")]
    return {
        tile.all("span")[0].words(): f"{tile.one('b').words()} {tile.one('small').words()}" for tile in tiles
    }


def _refusal(door: Element) -> tuple[str, str, str]:
    facts = door.one("dl", class_="facts")
    values = dict(zip((dt.words() for dt in facts.all("dt")), facts.all("dd"), strict=True))
    return door.one("h2").words(), instant_in(door), values["Came back"].words().partition(":")[0]


def _shown_headline(page: Element) -> dict[str, object]:
    verdict = page.one("section", class_="verdict")
    text = verdict.all("p")[0].words() if verdict.all("p") else ""
    basis, _, age = text.rpartition("data ") if "data " in text else (text, "", "")
    cause = verdict.all("a", class_="cause")
    return {
        "sentence": verdict.one("h1").words(),
        "pills": [pill.words() for nav in verdict.all("nav") for pill in nav.all("a")],
        "cause": cause[0].words() if cause else "",
        "basis": ", ".join(basis.split(", ")[:2]) if basis.strip() else "",
        "age": f"data {age}" if age else "",
        "title": page.all("title")[0].words().split(" · ")[0],
        "alarm": page.one("div", id="alarm").words(),
    }


def _shown_needy(row: Element) -> dict[str, object]:
    return {
        "health": row.attrs["data-health"],
        "reason": row.one("span", class_="reason clip").words(),
        "since": instant_in(row.one("span", class_="since")),
        "streak": row.one("span", class_="run").words(),
        "stale": "data-aged" in row.attrs,
        "strip": row.all("svg", class_="strip")[0].attrs["aria-label"],
    }


def _shown_silent(row: Element) -> tuple[str, str, str]:
    text = row.one("span", class_="reason").words()
    return row.all("a")[0].words(), text, instant_in(row.one("span", class_="since"))


def _shown_event(item: Element) -> dict[str, object]:
    size, [names, times] = item.one("span", class_="end"), item.all("small")
    first, last = times.all("time")
    text, _, together = names.words().partition("; all of ")
    assert text
    return {
        "size": size.words().removesuffix(" read so far"),
        "bursts": times.words().partition(" since ")[0],
        "so far": size.words().endswith("so far"),
        "first": utc(datetime.fromisoformat(first.attrs["datetime"])),
        "last": utc(datetime.fromisoformat(last.attrs["datetime"])),
        "before": "since before" in times.words(),
        "shared": together,
    }


def _shown_line(item: Element) -> tuple[str, ...]:
    name = item.all("a")[0]
    length, when = item.all("span", class_="end")
    return (
        item.all("span", class_="st")[0].words(),
        tidy(name.attrs["title"]),
        length.words(),
        instant_in(when),
    )


def _shown_firing(item: Element) -> tuple[str, ...]:
    first = item.all("span")[0].words()
    word = first if first in ("due", "as last read") else "to come"
    return tidy(item.one("a").attrs["title"]), instant_in(item.all("span", class_="end")[0]), word


def _shown_foot(page: Element) -> Figures:
    figures: Figures = {}
    for feed in page.one("footer", id="foot").all("span"):
        if feed.all("b"):
            parts = feed.words().split(" · ")
            values = {
                "read": instant_in(feed),
                "runs": int(parts[2].split()[0]),
                "complete": parts[3] == "complete" or parts[3].startswith("of all "),
                "unreadable": parts[4] if len(parts) > 4 else "",
            }
            figures |= named(PAGE, f"foot {parts[0]}", values)
    return figures
