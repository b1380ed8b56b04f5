"""Links out of the calendar: to the runs of a day or an hour, to a run, to a deployment."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboard.filters import Query, runs_of
from dashboard.models import Deployment
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarEvent
from dashboard.web import urls

_IN_URL = "%Y-%m-%dT%H%%3A%M%%3A%SZ"


def runs_url(dates: DateRange, day: date, parameters: str, zone: ZoneInfo, hour: int | None = None) -> str:
    """The list of exactly the runs of a day, or of an hour on its clock.

    parameters: whose runs, as a query string for the list of runs
    """
    since, until = dates.midnight(day, zone), dates.midnight(day + timedelta(days=1), zone)
    if hour is not None:
        since, until = dates.instant(day, hour, zone), dates.instant(day, hour + 1, zone)
    return urls.on_site(f"/runs/?{parameters}&since={since:{_IN_URL}}&until={until:{_IN_URL}}")


def runs_parameters(query: Query) -> str:
    """The runs of a calendar's deployments, as a query string for the list of runs."""
    return urlencode(runs_of(query))


def runs_of_deployment(deployment: Deployment, dates: DateRange, day: date) -> str:
    """The list of a deployment's runs of a day, on the clock it is shown on."""
    parameters = [*urls.whose(deployment.account), ("deployment_id", deployment.deployment_id)]
    return runs_url(dates, day, urlencode(parameters), dates.zone_of(deployment))


def event_url(event: CalendarEvent) -> str:
    """The page of an event's run, or of its deployment where it has none."""
    if event.run_id:
        return urls.run(event.run_id, event.deployment.account)
    return deployment_url(event.deployment)


def deployment_url(deployment: Deployment) -> str:
    """The page of a deployment."""
    return urls.deployment(deployment.deployment_id, deployment.account)


def named_links(deployments: list[Deployment]) -> list[tuple[str, str]]:
    """The name and the page of each, by name."""
    return sorted((str(deployment), deployment_url(deployment)) for deployment in deployments)
