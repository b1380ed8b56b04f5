"""Quiet windows: planned work, in which nothing is sent of some deployments."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, time
from typing import Self

from django.db import models
from django.db.models import Q

from dashboard.domain.quiet import QuietPlan
from dashboard.models.instants import InstantField


class QuietWindowQuerySet(models.QuerySet["QuietWindow"]):
    """The questions that are asked about quiet windows, named."""

    def not_over(self, now: datetime) -> Self:
        """Those that are in force at that instant or may be later."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("name")


class QuietWindow(models.Model):
    """One window.

    address: a list of deployments with its filters, in its one canonical form
    zone: whose clock and calendar it goes by
    begins_at, ends_at: of one that comes once; null of one that comes back
    days: the days of the week on which one that comes back begins, as digits, Monday is 0
    from_time, to_time: when it begins and ends by the clock; where that is not later, on the next day
    covers: how many deployments it was about at the last look of the sync
    """

    name = models.CharField(max_length=60, unique=True)
    address = models.TextField()
    zone = models.CharField(max_length=64, default="UTC")
    begins_at = InstantField(null=True)
    ends_at = InstantField(null=True)
    days = models.CharField(max_length=7, blank=True)
    from_time = models.TimeField(default=time())
    to_time = models.TimeField(default=time())
    covers = models.IntegerField(default=0)
    made_by = models.CharField(max_length=150, blank=True)
    made_at = InstantField()

    objects = QuietWindowQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def plan(self) -> QuietPlan:
        """When it is in force."""
        if self.begins_at and self.ends_at:
            return QuietPlan(zoneinfo.ZoneInfo(self.zone), once=(self.begins_at, self.ends_at))
        days = frozenset(int(digit) for digit in self.days)
        return QuietPlan(zoneinfo.ZoneInfo(self.zone), days, self.from_time, self.to_time)
