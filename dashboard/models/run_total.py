"""How many runs there are, added up in advance: what exact numbers of runs are made of."""

from __future__ import annotations

from django.db import models

from dashboard.models.keys import KeyedQuerySet
from dashboard.models.names import NameField
from dashboard.models.tally import QUARTER

DAY = 86_400 // QUARTER  # quarter hours


class RunTotalQuerySet(KeyedQuerySet["RunTotal"]):
    """The questions that are asked about totals of runs, named."""


class RunTotal(models.Model):
    """The runs that are alike in what is filtered by most, those whose time is not known too."""

    account = models.CharField(max_length=100)
    deployment_id = NameField(max_length=256)
    agent_id = NameField(max_length=256)
    trigger_type = models.CharField(max_length=100)
    status = models.CharField(max_length=100)
    number = models.BigIntegerField()

    objects = RunTotalQuerySet.as_manager()

    class Meta:
        """A few rows for each deployment: any sum of them is cheap."""

        constraints = [
            models.UniqueConstraint(
                fields=["account", "deployment_id", "agent_id", "trigger_type", "status"],
                name="run_total_once",
            )
        ]
        indexes = [
            models.Index(fields=["status", "account", "number"], name="run_total_status"),
            models.Index(fields=["deployment_id", "status"], name="run_total_deployment"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.status} of {self.deployment_id}"


class QuarterTotalQuerySet(models.QuerySet["QuarterTotal"]):
    """The questions that are asked about totals of quarter hours, named."""


class QuarterTotal(models.Model):
    """The tallies of all deployments of an account together: its runs of one outcome in a quarter hour."""

    account = models.CharField(max_length=100)
    quarter = models.IntegerField()
    status = models.CharField(max_length=100)
    number = models.BigIntegerField()

    objects = QuarterTotalQuerySet.as_manager()

    class Meta:
        """Asked for by time, and summed by status in the index alone."""

        constraints = [
            models.UniqueConstraint(fields=["account", "quarter", "status"], name="quarter_total_once")
        ]
        indexes = [models.Index(fields=["quarter", "status", "account", "number"], name="quarter_total_at")]

    def __str__(self) -> str:
        return f"{self.number} {self.status} in quarter hour {self.quarter}"


class DayTotalQuerySet(models.QuerySet["DayTotal"]):
    """The questions that are asked about totals of days, named."""


class DayTotal(models.Model):
    """The quarter hours of a day of UTC together: what years of history are added up from.

    day: its number since 1970, so that its first quarter hour is `DAY` times that
    """

    account = models.CharField(max_length=100)
    day = models.IntegerField()
    status = models.CharField(max_length=100)
    number = models.BigIntegerField()

    objects = DayTotalQuerySet.as_manager()

    class Meta:
        """A few rows for each day: they are asked for by time alone."""

        constraints = [
            models.UniqueConstraint(fields=["day", "status", "account"], name="day_total_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.status} on day {self.day}"
