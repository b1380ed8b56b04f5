"""When a person was here."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models

from dashboard.models.instants import InstantField


class ReaderVisit(models.Model):
    """The visits of one person, as far as pages ask for them.

    seen_at: the last page that was asked for, to a few minutes; before_at: the end of the visit before this
    one, or when the reader marked everything as read; null during the first
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    seen_at = InstantField()
    before_at = InstantField(null=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.seen_at}"
