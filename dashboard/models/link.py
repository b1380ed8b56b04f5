"""A read-only link: one view with its filters frozen, opened by whoever holds its token."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from dashboard.domain.states import LinkState


class LinkQuerySet(models.QuerySet["Link"]):
    """The questions that are asked about links, named."""

    def working(self, now: datetime) -> Self:
        """Those that open something at that instant: neither revoked nor run out."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)


class Link(models.Model):
    """One link; its token is not here, only what the token hashes to.

    kind: what it opens, a key of the table of kinds
    query: path and query string of the view it opens, in their one canonical form
    made_by: the username, kept as text so that the list shows it after the account is gone
    last_used_at, last_used_from: true to the minute
    """

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    query = models.TextField()
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True)

    objects = LinkQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def state(self, now: datetime) -> str:
        """One of the words of `LinkState`, at that instant."""
        if self.revoked_at:
            return LinkState.REVOKED
        return LinkState.EXPIRED if self.expires_at and self.expires_at <= now else LinkState.WORKING
