"""How many runs of each outcome a quarter of an hour saw: what counts over long spans are made of.

A quarter of an hour, because no zone's days begin at a finer step.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import models

from dashboard.models.keys import KeyedQuerySet
from dashboard.models.names import NameField

QUARTER = 900  # seconds


def quarter(at: datetime) -> int:
    """The number of the quarter hour an instant lies in, since 1970."""
    return int(at.timestamp()) // QUARTER


def first_whole_quarter(since: datetime) -> int:
    """The number of the first quarter hour that does not begin before an instant."""
    return int(-(-since.timestamp() // QUARTER))


def begin_of(quarter: int) -> datetime:
    """When a quarter hour begins."""
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=quarter * QUARTER)


class TallyQuerySet(KeyedQuerySet["Tally"]):
    """The questions that are asked about tallies, named."""


class Tally(models.Model):
    """The runs of one deployment and one outcome that were triggered in one quarter of an hour."""

    account = models.CharField(max_length=100)
    deployment_id = NameField(max_length=256)
    quarter = models.IntegerField()
    status = models.CharField(max_length=100)
    number = models.IntegerField()

    objects = TallyQuerySet.as_manager()

    class Meta:
        """Summed by time and status, in the order of the index, which answers without the table."""

        constraints = [
            models.UniqueConstraint(
                fields=["account", "deployment_id", "quarter", "status"], name="tally_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["account", "quarter", "status", "deployment_id", "number"],
                name="tally_account_quarter",
            ),
            # Of few deployments over a long time.
            models.Index(fields=["deployment_id", "quarter"], name="tally_deployment_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.status} of {self.deployment_id}"


class DayTallyQuerySet(KeyedQuerySet["DayTally"]):
    """The questions that are asked about tallies of days, named."""


class DayTally(models.Model):
    """The tallies of a day of UTC together: what years of one deployment are added up from.

    day: its number since 1970
    """

    account = models.CharField(max_length=100)
    deployment_id = NameField(max_length=256)
    day = models.IntegerField()
    status = models.CharField(max_length=100)
    number = models.IntegerField()

    objects = DayTallyQuerySet.as_manager()

    class Meta:
        """A few rows for each day of a deployment: they are asked for by both."""

        constraints = [
            models.UniqueConstraint(
                fields=["deployment_id", "day", "status", "account"], name="day_tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.status} of {self.deployment_id} on day {self.day}"
