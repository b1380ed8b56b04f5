"""The wallboard."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

from django.test import Client
from django.utils import timezone

from dashboard.domain.states import FeedState, Health, Outcome
from dashboard.services.wallboard.grid import BAND, HEIGHT, NOTE, fit_grid
from dashboard.web import formatting
from tests.compare.figures import ANYTHING, Figures, named, tidy
from tests.compare.oracle import silence, wording
from tests.compare.oracle.knowing import AccountKnowledge
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.worlds import MINUTE, SECOND
from tests.markup import Element, read

PAGE = "/wallboard/"
SECONDS = 10
TURNING = f"{PAGE}?columns=1&rotate={SECONDS}"
TOKEN_PAUSE = 30 * SECOND
ROOM = 12  # letters of a state and for how long, while there are few
LINES = 4  # of a tile, while there are few
MOST_NAMED = 3


def expected(look: Look) -> Figures:
    """What it has to show."""
    current = [row for row in look.standings if row.health != Health.ARCHIVED]
    figures: Figures = {}
    for row in current:
        figures |= named(PAGE, row.deployment.id, _tile(row, look))
    healths = Counter(row.health for row in current)
    figures |= named(PAGE, "tally", {wording.of_many(word): number for word, number in healths.items()})
    figures[PAGE, "headline", "words"] = _headline(healths, look)
    figures[PAGE, "warning", "words"] = "; ".join(_warnings(look))
    silent = [one.sentence(look) for one in silence.silences(look)]
    more = f"; and {len(silent) - MOST_NAMED} more groups" if len(silent) > MOST_NAMED else ""
    named_first = "; ".join(silent[:MOST_NAMED])
    figures[PAGE, "silent", "words"] = f"SCHEDULER SILENT {named_first}{more}" if silent else ""
    read = [account.read_at for account in look.accounts if account.read_at]
    every = len(read) == len(look.accounts)
    age = formatting.age(max(look.now - min(read), timedelta())) if every else ""
    figures[PAGE, "clock", "age"] = f"{age} age of data" if every else "– not all read"
    return figures | named(TURNING, "turn", _turn(current, look))


def _turn(current: list[Standing], look: Look) -> dict[str, object]:
    """What has its turn, by health, and what has not; how much room there is, is the wall's own to say."""
    order = sorted((row.health for row in current), key=Health.ORDER.index)
    needy = sum(word in Health.NEEDY for word in order)
    height = HEIGHT - BAND * (bool(_warnings(look)) + bool(silence.silences(look))) - NOTE
    grid = fit_grid(needy, len(order) - needy, 1, height)
    turn = int(look.now.timestamp()) // SECONDS % grid.pages
    first = needy + turn * grid.calm
    healths = order[: grid.needy] + order[first : first + grid.calm]
    left = Counter(order) - Counter(healths)
    words = ", ".join(f"{left[word]} {wording.of_many(word)}" for word in Health.ORDER if left[word])
    only_ok = left[Health.OK] == sum(left.values())
    more = f"+{sum(left.values())} more" + (", all ok" if only_ok else f": {words}")
    return {
        "healths": sorted(map(_drawn, healths)),
        "more": more if left else "",
        "page": f"page {turn + 1} of {grid.pages}" if grid.pages > 1 else "",
    }


def _drawn(health: str) -> str:
    """What goes on for the first time is drawn as what never ran."""
    return Health.OK if health == Health.NEVER_RAN else health


def _tile(row: Standing, look: Look) -> dict[str, object]:
    since = row.since
    needy = row.health in Health.NEEDY and row.health != Health.PAUSED_BY_ERROR
    word, ago = _word(row, look), f"for {formatting.rough_age(row.at - since)}" if since and needy else ""
    return {
        # What has no room beside the other, or none at all, is left out or has a shorter word.
        "word": word if len(word) <= ROOM else ANYTHING,
        "since": ago if len(word) + len(ago) <= ROOM else ANYTHING,
        "lines": [tidy(line) for line in _lines(row) if line][:LINES],
        "running": bool(row.open),
        "stale": row.stale,
        "strip": wording.strip(row, 20),
    }


def _word(row: Standing, look: Look) -> str:
    if row.health == Health.FAILING:
        return look.streak(row)
    if row.health == Health.OK and row.open and not row.last_success:
        return "no result yet"
    if row.health == Health.OUTCOME_UNKNOWN and row.last_over:
        return wording.outcome(row.last_over.status)
    return wording.badge(row)


def _lines(row: Standing) -> list[str]:
    failure = row.last_failure
    why = [wording.roughly(row)]
    if row.health in (Health.FAILING, Health.PAUSED_BY_ERROR):
        line = wording.first_line(failure.error_message) if failure else ""
        reason = _short(why[0] or (failure.error_type if failure else ""))
        why = [text for text in (reason, line) if text] or [why[0] or "no error given"]
    paused = row.deployment.updated_at if row.health in (Health.PAUSED, Health.PAUSED_BY_ERROR) else None
    stopped = f"since {timezone.localtime(paused):%a %-d %b}" if paused else ""
    if row.health == Health.PAUSED_BY_ERROR:
        return [*why, stopped, _last_good(row)]
    if row.health in Health.NEEDY:
        return [*why, _running(row), _last_good(row)]
    if row.health in (Health.OK, Health.OUTCOME_UNKNOWN, Health.NEVER_RAN):
        return [_running(row), f"as of {_short_clock(row.at, row.now)}" if row.stale else _next(row)]
    return [stopped, _running(row)]


def _short(error_type: str) -> str:
    words = re.sub(r"_error$", "", error_type.strip()).replace("_", " ")
    words = re.sub(r"^session ", "", words)
    return "" if words in ("unknown", "error") else words


def _running(row: Standing) -> str:
    if not row.open or row.health in (Health.STUCK, Health.SLOW):
        return ""
    running = [run for run in row.open if run.status == Outcome.RUNNING]
    run = (running or row.open)[0]
    return f"{run.status}, {formatting.age(row.at - run.at)}"


def _last_good(row: Standing) -> str:
    good = row.last_success
    if good is None:
        return "outcomes not reported" if row.newest(Outcome.STARTED) else "no good run seen"
    ago = f"{formatting.rough_age(row.now - good.at)} ago"
    return f"last good {_short_clock(good.at, row.now) if row.stale else ago}"


def _next(row: Standing) -> str:
    at = row.next_at
    if at is None:
        return "nothing promised" if row.deployment.schedule[0] else "by hand only"
    return f"next {formatting.distance(at, row.now)}" if at > row.now else f"due {_short_clock(at, row.now)}"


def _short_clock(at: datetime, now: datetime) -> str:
    """An instant as a tile has room for it: the day of the week within a week, else no time of day."""
    at, now = timezone.localtime(at), timezone.localtime(now)
    days = abs((now.date() - at.date()).days)
    return f"{at:%H:%M}" if days == 0 else f"{at:%a %H:%M}" if days < 7 else f"{at:%-d %b}"


def _clock(at: datetime, now: datetime) -> str:
    at, now = timezone.localtime(at), timezone.localtime(now)
    return f"{at:%H:%M}" if at.date() == now.date() else wording.moment(at)


def _headline(healths: Counter[str], look: Look) -> object:
    if not healths:
        return "Nothing to show"
    stale = [account.read_at for account in look.accounts if look.state(account) == FeedState.STALE]
    read = [at for at in stale if at]
    then = f"at {_clock(min(read), look.now)}" if read and len(read) == len(look.accounts) else ""
    unread = ["not all is read yet"] if look.unread else []
    others = [
        f"{healths[word]} {wording.of_many(word)}"
        for word in Health.NEEDY
        if word != Health.FAILING and healths[word]
    ]
    if healths[Health.FAILING]:
        loud, clauses = f"{healths[Health.FAILING]} failing", [*others, *unread]
    elif others:
        loud, clauses = others[0], [*others[1:], *(unread or ["nothing failing"])]
    elif unread or healths[Health.UNREAD]:
        return ANYTHING
    else:
        everything = [f"{healths[word]} {wording.of_many(word)}" for word in Health.ORDER if healths[word]]
        loud, clauses = wording.calm(healths), everything
    return f"{loud} {': '.join(filter(None, (then, ', '.join(clauses))))}".strip()


def trouble(account: AccountKnowledge, look: Look) -> str:
    """Why an account is not read, in a clause; empty where it is."""
    if account.trouble:
        whose = f"the token of account {account.name} (QODER_PAT)"
        return {
            401: f"the API does not accept {whose}",
            403: f"{whose} may not list this",
            429: "the API limits how often it may be asked",
        }.get(account.trouble.status, f"the API answers {account.trouble.status}")
    silent = account.tried_at and look.now - account.tried_at > max(30 * SECOND, 3 * look.interval)
    if account.tried_at and account.tried_at - look.now > 5 * MINUTE:
        ahead = formatting.age(account.tried_at - look.now)
        return f"the last reading is dated {ahead} ahead, a clock is off or was set back"
    return "nothing reads the API any more, the sync has stopped reporting" if silent else ""


def _warnings(look: Look) -> list[str]:
    """The words across the screen, and a clause for each account, three at most."""
    troubled = [account for account in look.accounts if trouble(account, look)]
    if not troubled:
        return []
    unread = "NOT READ COMPLETELY YET" if any(row.runs for row in troubled) else "NOTHING READ YET"
    loud = "STALE DATA" if any(account.read_at for account in troubled) else unread
    clauses = []
    for account in troubled:
        at = account.read_at
        known = f"last complete read {_exact(at, look.now)}" if at else "never read completely"
        refused = account.tried_at if account.trouble and account.trouble.status == 401 else None
        again = (
            f", next try {_exact(account.tried_at + TOKEN_PAUSE, look.now)}"
            if refused and account.tried_at
            else ""
        )
        named_account = f"{account.name}: " if look.several else ""
        clauses.append(f"{named_account}{known}: {trouble(account, look)}{again}")
    return [f"{loud} {clauses[0]}", *clauses[1:]]


def _exact(at: datetime, now: datetime) -> str:
    return f"{_clock(at, now)}:{at:%S}"


def shown(client: Client) -> Figures:
    """What it shows."""
    page = read(client.get(PAGE))
    figures: Figures = {}
    for tile in page.all("li", class_="w"):
        figures |= named(PAGE, tile.attrs["data-id"], _shown_tile(tile))
    for part in page.one("p", class_="w-tally").all("span"):
        number = part.one("b").words()
        figures[PAGE, "tally", part.words().removeprefix(number).strip()] = int(number)
    figures[PAGE, "headline", "words"] = page.one("h1").words()
    warnings = [p.words() for p in page.all("p", class_="w-band") if "data-late" in p.attrs]
    figures[PAGE, "warning", "words"] = "".join(warnings)
    silent = [p.words() for p in page.all("p", class_="w-band") if "data-scheduler" in p.attrs]
    figures[PAGE, "silent", "words"] = "".join(silent)
    figures[PAGE, "clock", "age"] = page.all("p", class_="w-clock")[0].words()
    turning = read(client.get(TURNING))
    return figures | named(TURNING, "turn", _shown_turn(turning))


def _shown_turn(page: Element) -> dict[str, object]:
    notes = page.one("div", class_="w-more").all("span")
    pages = [note.words() for note in notes if note.words().startswith("page ")]
    return {
        "healths": sorted(_drawn(tile.attrs["data-health"]) for tile in page.all("li", class_="w")),
        "more": "".join(note.words() for note in notes if "data-more" in note.attrs),
        "page": "".join(pages),
    }


def _shown_tile(tile: Element) -> dict[str, object]:
    state = tile.one("p", class_="w-st")
    return {
        "word": state.one("b").words(),
        "since": " ".join(span.words() for span in state.all("span")),
        "lines": [line.words() for line in tile.all("p") if line.attrs.get("class") != "w-st"],
        "running": "data-running" in tile.attrs,
        "stale": "data-stale" in tile.attrs,
        "strip": tile.all("svg", class_="strip")[0].attrs["aria-label"],
    }
