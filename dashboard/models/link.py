"""A read-only link: one view with its filters frozen, opened by whoever holds its token."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q

from dashboard.domain.states import LinkState
from dashboard.models.instants import InstantField


class LinkQuerySet(models.QuerySet["Link"]):
    """The questions that are asked about links, named."""

    def working(self, now: datetime) -> Self:
        """Those that open something at that instant: neither revoked nor run out nor without an owner."""
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return self.filter(_owned(), unexpired, revoked_at__isnull=True)

    def ownerless(self) -> Self:
        """Those that nobody who may still look answers for."""
        return self.filter(~_owned())

    def with_owner(self) -> Self:
        """Each with `has_owner`: whether somebody who may still look answers for it."""
        return self.annotate(has_owner=_owned())


def _owned() -> Exists:
    return Exists(User.objects.filter(username=OuterRef("made_by"), is_active=True))


class Link(models.Model):
    """One link; its token is not here, only what the token hashes to.

    kind: what it opens, a key of the table of kinds
    query: path and query string of the view it opens, in their one canonical form
    accounts: the names of the accounts there were when it was made: it never shows another
    made_by: who answers for it, by name, so that the list shows it after that person is gone
    last_used_at, last_used_from: true to the minute
    """

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    query = models.TextField()
    token_hash = models.CharField(max_length=64, unique=True)
    accounts = models.JSONField(default=list)
    made_by = models.CharField(max_length=150)
    made_at = InstantField()
    expires_at = InstantField(null=True)
    revoked_at = InstantField(null=True)
    last_used_at = InstantField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True)

    has_owner: bool  # see `with_owner`

    objects = LinkQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def state(self, now: datetime) -> str:
        """One of the words of `LinkState`, at that instant; of a row that was read `with_owner`."""
        if self.revoked_at:
            return LinkState.REVOKED
        if self.expires_at and self.expires_at <= now:
            return LinkState.EXPIRED
        return LinkState.WORKING if self.has_owner else LinkState.OWNERLESS
