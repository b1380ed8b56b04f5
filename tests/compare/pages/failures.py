"""The list of failures, its files, and the page of each group."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

from django.test import Client

from dashboard.domain.states import Health
from tests.compare.figures import Figures, named, part, row_key, tidy, utc
from tests.compare.oracle import attempts, failing
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.pages import runs as run_list
from tests.compare.worlds import DAY
from tests.markup import Element, read

PAGE = "/failures/"
WEEK, LATEST, OF_EACH, OF_ALL = 7 * DAY, 10, 5, 40


def _subject(kind: failing.Kind) -> str:
    """A group is known by its type and what its messages have in common."""
    return tidy(" ".join(kind))


def expected(look: Look) -> Figures:
    """What they have to show."""
    figures: Figures = {}
    week = failing.alike(run for run in look.runs if run.at >= look.now - WEEK)
    for kind, every in failing.alike(look.runs).items():
        if kind in week:
            figures |= named(PAGE, _subject(kind), _group(week[kind], every, look, len(week)))
            figures |= named("/failures.csv", _subject(kind), _row(week[kind], every, look))
            figures |= named("/failures.json", _subject(kind), _row(week[kind], every, look))
            figures |= named("/failures/…/", _subject(kind), _page(every, look))
    figures[PAGE, "basis", "runs"] = sum(map(len, week.values()))
    figures[PAGE, "basis", "complete"] = _complete(look)
    return figures


def _complete(look: Look) -> bool:
    stale = any(look.judged_at(account.name) != look.now for account in look.accounts)
    known = look.complete() or (look.keeps > WEEK and _covers(look.now - WEEK, look))
    return known and not stale and not any(account.unreadable for account in look.accounts)


def _group(runs: list[SeenRun], every: list[SeenRun], look: Look, groups: int) -> dict[str, object]:
    keys, names = {run.key for run in runs}, ", ".join(failing.shared(runs, look))
    together = f"; all of {names}" if names else ""
    rescued = _rescued(runs[: max(min(OF_EACH, OF_ALL // groups), 1)], look)
    new = look.now - every[-1].at <= DAY and _covers(every[-1].at - DAY, look)
    agents = {run.agent for run in runs}
    ids, versions = (
        {agent for agent, _ in agents if agent},
        sorted({number for _, number in agents if number}),
    )
    several = f"{len(ids)} agents" if len(ids) > 1 else ""
    same = f"agent {', '.join(f'v{number}' for number in versions)}" if versions else ""
    which = "" if "agent " in names else several or same
    still = len(_still(keys, runs[0], look))
    return {
        "runs": len(runs),
        "touched": f"{len(keys)} deployment{'' if len(keys) == 1 else 's'}"
        + (f", {still} still failing" if still else "")
        + (f"; {rescued} rescued by a retry" if rescued else "")
        + (f"; {which}" if which else "")
        + together,
        "state": _state(still, keys, look, new=new),
        "first": utc(every[-1].at),
        "last": utc(runs[0].at),
        "new": new,
        "over the span": failing.spread(runs, max(look.now - WEEK, look.now - look.keeps), look.now),
    }


def _rescued(latest: list[SeenRun], look: Look) -> str:
    """How many of those a retry completed."""
    others = {key: [run for run in look.runs if run.key == key] for key in {run.key for run in latest}}
    number = sum(attempts.is_rescued(run, others[run.key]) for run in latest)
    return f"{number} of the latest {len(latest)}" if number else ""


def _still(keys: set[tuple[str, str]], run: SeenRun, look: Look) -> list[Standing]:
    """The deployments whose last failure is of that kind, and that did not complete since."""
    rows = [look.by_key[key] for key in keys if key in look.by_key]
    failing_rows = [
        row for row in rows if row.failures and row.health != Health.ARCHIVED and row.last_failure
    ]
    kind = failing.kind_of(run)
    return [row for row in failing_rows if row.last_failure and failing.kind_of(row.last_failure) == kind]


def _state(still: int, keys: set[tuple[str, str]], look: Look, *, new: bool) -> str:
    if still:
        return "new" if new else "ongoing"
    return "stopped" if all(key in look.by_key for key in keys) else "failed"


def _covers(since: datetime, look: Look) -> bool:
    """Whether every run of every account since then is known."""
    return all(look.covers(account.name, since) for account in look.accounts)


def _row(runs: list[SeenRun], every: list[SeenRun], look: Look) -> dict[str, object]:
    return {
        "runs": str(len(runs)),
        "deployments": str(len({run.key for run in runs})),
        "first_seen": utc(every[-1].at),
        "last_seen": utc(runs[0].at),
        "shared": ", ".join(failing.shared(runs, look)),
    }


def _page(every: list[SeenRun], look: Look) -> dict[str, object]:
    """Over all that is kept."""
    touched = sorted(
        (-sum(run.key == key for run in every), tidy(failing.label(key, look)))
        for key in {run.key for run in every}
    )
    return {
        "runs": len(every),
        "first": utc(every[-1].at),
        "last": utc(every[0].at),
        "message": tidy(every[0].error_message) or "The API gave no message.",
        "touched": [f"{name} {-n} run{'' if n == -1 else 's'}" for n, name in touched],
        "latest": [run.id for run in every[:LATEST]],
        "over the span": failing.spread(every, look.now - look.keeps, look.now),
        "durations": [run_list.length(run, look) for run in every[:LATEST]],
        "shared": ", ".join(failing.shared(every, look)),
    }


def shown(client: Client) -> Figures:
    """What they show."""
    page = read(client.get(f"{PAGE}?limit=200"))
    figures: Figures = {}
    subjects: dict[str, str] = {}
    files = _files(client)
    for row in page.all("tr"):
        if row.attrs.get("id"):
            key = row.attrs["id"].removeprefix("failure-")
            link = part(row, "what").all("a")[0]
            code = link.one("code").words()
            one = read(client.get(f"{PAGE}{key}/"))
            message = one.one("p", class_="message").words()
            subjects[key] = _shown_subject(code, message)
            figures |= named(PAGE, subjects[key], _shown_group(row))
            figures |= named("/failures/…/", subjects[key], _shown_page(one))
    for path, key, values in files:
        figures |= named(path, subjects[key], values)
    text = page.one("section", aria_label="Failures").all("p")[0].words()
    figures[PAGE, "basis", "runs"] = int(text.split()[0])
    figures[PAGE, "basis", "complete"] = text.endswith(", complete")
    return figures


def _shown_subject(code: str, message: str) -> str:
    raw = {"error": {"type": "" if code == "no error type" else code, "message": message}}
    if message == "The API gave no message.":
        raw["error"]["message"] = ""
    return _subject(failing.kind_of(SeenRun("", raw, "", reported=True, at=datetime.now(UTC))))


def _files(client: Client) -> list[tuple[str, str, dict[str, object]]]:
    table = b"".join(client.get("/failures.csv")).decode("utf-8-sig")
    rows = [("/failures.csv", row) for row in csv.DictReader(io.StringIO(table, newline=""))]
    rows += [("/failures.json", row) for row in json.loads(b"".join(client.get("/failures.json")))["data"]]
    names = ("runs", "deployments", "first_seen", "last_seen", "shared")
    result = []
    for path, row in rows:
        values: dict[str, object] = {name: str(row[name]) for name in names}
        values |= {name: utc(datetime.fromisoformat(row[name])) for name in ("first_seen", "last_seen")}
        result.append((path, row["fingerprint"], values))
    return result


def _times(element: Element) -> list[str]:
    return [utc(datetime.fromisoformat(time.attrs["datetime"])) for time in element.all("time")]


def _shown_group(row: Element) -> dict[str, object]:
    return {
        "runs": int(part(row, "c-runs").all("a")[0].words().split()[0]),
        "touched": part(row, "what").one("small").words(),
        "first": _times(part(row, "c-first"))[0],
        "last": _times(part(row, "c-last"))[0],
        "state": (state := part(row, "c-st").words()),
        "new": state == "new" or bool(part(row, "c-first").all("span", class_="new")),
        "over the span": _spark(row),
    }


def _spark(around: Element) -> tuple[str, int]:
    """The text of a sparkline, and how many bars it has."""
    spark = next(svg for svg in around.all("svg") if "spark" in svg.attrs.get("class", "").split())
    return spark.attrs["aria-label"], len(spark.all("rect"))


def _shown_page(page: Element) -> dict[str, object]:
    facts = page.all("dl", class_="facts")[0]
    names = [term.words() for term in facts.all("dt")]
    values = dict(zip(names, facts.all("dd"), strict=True))
    rows = [row for row in page.one("table", id="runs").all("tr") if row.attrs.get("id")]
    return {
        "runs": int(values["Runs"].words()),
        "first": _times(values["First seen"])[0],
        "last": _times(values["Last seen"])[0],
        "message": page.one("p", class_="message").words(),
        "touched": [_touched(item) for names in page.all("ul", class_="touched") for item in names.all("li")],
        "latest": [row_key(row) for row in rows],
        "over the span": _spark(page),
        "durations": [part(row, "c-dur").words() for row in rows],
        "shared": values["They share"].words() if "They share" in values else "",
    }


def _touched(item: Element) -> str:
    """The name of a deployment, and how many of its runs failed so: links where they lead anywhere."""
    name, number = item.all("a") if len(item.all("a")) == 2 else (item.inner[0], item.inner[-1])
    return f"{name.words()} {number.words()}"
