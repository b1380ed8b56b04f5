"""A view that was saved: the address of a page with its filters, under a name."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """The questions that are asked about saved views, named."""

    def of_person(self, user_id: int | None) -> Self:
        """What that person sees, in their order: the person's own and the team's; None for nobody."""
        return self.filter(Q(owner=None) | Q(owner_id=user_id)).order_by("position", "pk")


class SavedView(models.Model):
    """One saved view.

    owner: whose it is; null for the team's, which everybody who may look sees and may change
    page: the name of its page's route; address: path and query string in their one canonical form
    position: its place in lists; pinned: whether it stands in the bar
    """

    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=60)
    page = models.CharField(max_length=20)
    address = models.TextField()
    position = models.BigIntegerField(default=0)
    pinned = models.BooleanField(default=False)

    objects = SavedViewQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
