"""Lanes: the health of deployments over a span of time, each stretch a link to the runs of that time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dashboard.domain.states import Health, HealthCause
from dashboard.domain.stretches import Span, StateStretch, cut, gather
from dashboard.models import Deployment, HealthChange, Key, Watch
from dashboard.models.latest_per_deployment import latest
from dashboard.services.lists import badges
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls
from dashboard.web.components import Badge

MOST_CHANGES = 100  # of one deployment that are read; the newest
_MOST_WATCHES = 1_000
FEW_CELLS, MANY_CELLS = 32, 96  # stretches shorter than such a part of a span are drawn together
_NARROWEST = 0.4  # per cent of a bar: what is shorter is still seen, and can be pointed at
# From which part of the bar on, in per cent, a stretch has its word in it: on a phone, on a desk.
_WIDE, _WORDED = 30.0, 12.0
_MOST_SUMS = 2
_NOBODY_KNOWS = Badge(Health.UNREAD, "not known", Health.UNKNOWN)
_KINDS = {
    Health.FAILING: Health.FAILING,
    **dict.fromkeys((Health.MISSED, Health.SILENT, Health.BLOCKED), Health.LATE),
    **dict.fromkeys((Health.STUCK, Health.LATE, Health.SLOW), Health.LATE),
    **dict.fromkeys((Health.PAUSED_BY_ERROR, Health.PAUSED), Health.PAUSED),
    Health.OK: Health.OK,
    **dict.fromkeys((Health.OUTCOME_UNKNOWN, Health.NEVER_RAN, Health.ARCHIVED), "quiet"),
}
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Window:
    """The time that health bars are drawn over, in UTC, and the reader's zone."""

    span: Span
    zone: tzinfo

    @classmethod
    def up_to(cls, now: datetime, length: timedelta) -> Window:
        """So long a time until now; now: in the reader's zone."""
        until = now.astimezone(UTC)
        return cls(Span(until - length, until), now.tzinfo or UTC)

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.span.until - self.span.since

    def place(self, at: datetime) -> float:
        """Where an instant is, in per cent of the window."""
        return 100 * ((at - self.span.since) / self.length)


@dataclass(frozen=True)
class BarStretch:
    """One stretch as it is drawn.

    kind: how it is coloured: one of several healths
    x, width: in per cent of the bar; y, height: in per cent of its height, the worse the higher
    room: `wide` where its word fits also on a phone, `worded` where it fits on a desk, else empty
    text: all of it in words; url: the runs of that time
    """

    badge: Badge
    kind: str
    x: str
    width: str
    y: str
    height: str
    room: str
    text: str
    url: str


@dataclass(frozen=True)
class BarSum:
    """How long something that somebody should look at stood, in all."""

    badge: Badge
    length: str


@dataclass(frozen=True)
class HealthBar:
    """One deployment over a span of time, oldest left.

    badge: how it stands now
    incomplete: whether there are more changes than are read, so that the oldest part is not drawn
    known_since: from when on a known health is drawn, but for breaks; None where none is
    """

    name: str
    account: str
    deployment_id: str
    url: str
    badge: Badge
    stretches: tuple[BarStretch, ...]
    sums: tuple[BarSum, ...]
    incomplete: bool
    known_since: datetime | None


def changes_of(deployments: Collection[Deployment], since: datetime) -> Mapping[Key, list[HealthChange]]:
    """The newest changes of each of these since an instant, newest first; two queries."""
    return latest(HealthChange.objects.filter(at__gt=since), deployments, MOST_CHANGES)


def known_spans(accounts: Collection[str], since: datetime, snapshot: Snapshot) -> dict[str, list[Span]]:
    """When each account was read without a break, as far as that is kept; one query."""
    kept_since = snapshot.kept_since.astimezone(UTC)
    rows = Watch.objects.filter(account__in=accounts, until__gte=max(since, kept_since))
    spans: dict[str, list[Span]] = defaultdict(list)
    for row in rows.order_by("-until")[:_MOST_WATCHES]:
        # What was read last is true until now, or until the reading failed.
        until = row.until if spans[row.account] else max(row.until, snapshot.instant_of(row.account))
        spans[row.account].append(Span(max(row.since, kept_since), until))
    return spans


def health_bar(
    deployment: Deployment,
    changes: Sequence[HealthChange],
    known: Sequence[Span],
    window: Window,
    cells: int = FEW_CELLS,
) -> HealthBar:
    """The bar of a deployment. changes: its newest ones, newest first; cells: how finely it is drawn."""
    stands, known = _with_streak(deployment, changes, list(_stands(deployment, changes, window)), known)
    pieces = cut(stands, known, window.span)
    runs_since = {row.at: row.moment for row in changes if row.cause == HealthCause.RUN and row.moment}
    drawn = gather(pieces, window.length / cells, _place)
    return HealthBar(
        name=str(deployment),
        account=deployment.account,
        deployment_id=deployment.deployment_id,
        url=urls.deployment(deployment.deployment_id, deployment.account),
        badge=badges.of_deployment(deployment),
        stretches=tuple(
            _drawn(piece, deployment, window, runs_since.get(piece.since, piece.since)) for piece in drawn
        ),
        sums=tuple(_sums(pieces))[:_MOST_SUMS],
        incomplete=_incomplete(changes, window),
        known_since=next((piece.since for piece in drawn if piece.state not in ("", Health.UNREAD)), None),
    )


def badge_of(state: str) -> Badge:
    """The badge of a state of a bar."""
    return badges.of_many(state) if state else _NOBODY_KNOWS


def _stands(
    deployment: Deployment, changes: Sequence[HealthChange], window: Window
) -> Iterator[StateStretch]:
    """What stood when, as far as it was judged."""
    until = window.span.until
    yield from (StateStretch(row.after, row.at, row.until_at or until) for row in changes)
    if not changes and deployment.health_since:
        yield StateStretch(deployment.health, deployment.health_since, until)
    elif changes and changes[-1].before and not _incomplete(changes, window):
        oldest = changes[-1].at
        yield StateStretch(changes[-1].before, min(oldest, window.span.since), oldest)


def _with_streak(
    deployment: Deployment,
    changes: Sequence[HealthChange],
    stands: list[StateStretch],
    known: Sequence[Span],
) -> tuple[list[StateStretch], Sequence[Span]]:
    """With the failures in a row before it was first judged: its runs show them, whoever watched."""
    judged = next((row for row in reversed(changes) if row.after != Health.UNREAD), None)
    since = deployment.failing_since
    if judged is None or since is None or since >= judged.at:
        return stands, known
    if judged.before not in ("", Health.UNREAD) or judged.after != Health.FAILING or judged.until_at:
        return stands, known
    before = StateStretch(Health.FAILING, since, judged.at)
    later = (Span(max(span.since, judged.at), span.until) for span in known if span.until > judged.at)
    return [before, *(row for row in stands if row.since >= judged.at)], [Span(since, judged.at), *later]


def _incomplete(changes: Sequence[HealthChange], window: Window) -> bool:
    return len(changes) == MOST_CHANGES and changes[-1].at > window.span.since


def _place(state: str) -> int:
    return Health.ORDER.index(state) if state else len(Health.ORDER)


def _drawn(piece: StateStretch, deployment: Deployment, window: Window, runs_since: datetime) -> BarStretch:
    badge, width = badge_of(piece.state), window.place(piece.until) - window.place(piece.since)
    high = piece.state in Health.NEEDY
    # The run that ended what stood before is the first one of the stretch.
    return BarStretch(
        badge=badge,
        kind=_KINDS.get(piece.state, ""),
        x=f"{window.place(piece.since):.2f}%",
        width=f"{max(width, _NARROWEST):.2f}%",
        y="0" if high else "20%",
        height="100%" if high else "60%",
        room="wide" if width >= _WIDE else "worded" if width >= _WORDED else "",
        text=_text(piece, badge, window),
        url=urls.runs_between(
            deployment.deployment_id, min(runs_since, piece.since), piece.until + _SECOND, deployment.account
        ),
    )


def _text(piece: StateStretch, badge: Badge, window: Window) -> str:
    since, until = (formatting.moment(at.astimezone(window.zone)) for at in (piece.since, piece.until))
    text = f"{badge.word}, {since} to {until}, {formatting.age(piece.length)}"
    return f"{text}, {piece.changes} short changes" if piece.changes else text


def _sums(pieces: Sequence[StateStretch]) -> Iterator[BarSum]:
    """How long each of what somebody should look at stood, the worst first."""
    lengths: dict[str, timedelta] = defaultdict(timedelta)
    for piece in pieces:
        lengths[piece.state] += piece.length
    for state in Health.NEEDY:
        if lengths[state]:
            yield BarSum(badge_of(state), formatting.age(lengths[state]))
