"""A session of somebody who has signed in, by person, so that they can be counted and ended."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """One session; its key is not here, only what the key hashes to.

    user: whose it is; null before anybody has signed in
    expire_date: when it ends unless it is used before, at the latest when its lifetime is over
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions_here")

    class Meta(AbstractBaseSession.Meta):
        """In a table of its own."""

        abstract = False
        indexes = [models.Index(fields=["user", "expire_date"], name="session_of_user")]

    def __str__(self) -> str:
        return f"of {self.user_id}, until {self.expire_date}"
