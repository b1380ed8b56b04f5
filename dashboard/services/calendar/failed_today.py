"""What failed today, by name: in sight whatever part of the days a calendar has scrolled to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Sum

from dashboard.domain.states import Outcome
from dashboard.filters import Query, runs_of
from dashboard.models import Deployment, Key, Tally
from dashboard.models.tally import quarter
from dashboard.services.calendar import links
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.view_models import FailedToday
from dashboard.web import urls
from dashboard.web.components import ChoiceLink

MOST = 4  # deployments by name: those that failed most


def failed_today(
    deployments: Mapping[Key, Deployment], dates: DateRange, query: Query, now: datetime
) -> FailedToday | None:
    """The deployments of which a run failed today, on the clock of the days; None where none did."""
    today = now.astimezone(dates.zone).date()
    if today not in dates.days or dates.view == "day":
        return None
    first, last = (quarter(dates.instant(today, hour)) for hour in (0, 24))
    rows = Tally.objects.filter(
        account__in={account for account, _ in deployments},
        quarter__gte=first,
        quarter__lt=last,
        status=Outcome.FAILED,
        number__gt=0,
    )
    counted = rows.values_list("account", "deployment_id").annotate(n=Sum("number"))
    numbers = {(account, key): n for account, key, n in counted if (account, key) in deployments}
    if not numbers:
        return None
    most = sorted(numbers, key=lambda key: (-numbers[key], str(deployments[key]), key))

    def runs(parameters: list[tuple[str, str]]) -> str:
        return links.runs_url(dates, today, urlencode([*parameters, ("status", Outcome.FAILED)]), dates.zone)

    named = [
        ChoiceLink(
            _text(deployments[key], numbers[key]),
            runs([*urls.whose(key[0]), ("deployment_id", key[1])]),
            False,
        )
        for key in most[:MOST]
    ]
    others = f"+{len(most) - MOST:,} more" if len(most) > MOST else ""
    return FailedToday(tuple(named), others, runs(runs_of(query)))


def _text(deployment: Deployment, number: int) -> str:
    return f"{deployment} ×{number:,}" if number > 1 else str(deployment)
