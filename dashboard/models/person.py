"""What is kept of a person beside the name and the password: who it is elsewhere, and one-time codes."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.db import models
from django.db.models import QuerySet

from dashboard.models.instants import InstantField


class Identity(models.Model):
    """A person as a provider of single sign-on knows them: by `sub`, which is never given to somebody else.

    An address may be; it names the person here at the first visit, and no more than that.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)

    class Meta:
        """One person here for one there."""

        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_of_subject"),
            models.UniqueConstraint(fields=["user", "issuer"], name="identity_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class CodeDeviceQuerySet(models.QuerySet["CodeDevice"]):
    """The questions that are asked about devices, named."""

    def unused(self, step: int) -> Self:
        """Those whose code of that step, or of a later one, was not used yet."""
        return self.filter(last_step__lt=step)


class CodeDevice(models.Model):
    """The device that shows a person's one-time codes.

    seed: what its secret is derived from, together with the key of this site: alone it makes no codes
    last_step: the step of 30 seconds whose code was used last; none of it or before is taken again
    failures, failed_at: wrong codes in a row, and the last of them
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="code_device")
    seed = models.CharField(max_length=43)
    last_step = models.BigIntegerField()
    failures = models.IntegerField(default=0)
    failed_at = InstantField(null=True)

    objects = CodeDeviceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"of {self.user_id}"


class RecoveryCode(models.Model):
    """A code for whoever has lost the device, good once: what it hashes to."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"of {self.user_id}"


def administrators(*, by_password: bool) -> QuerySet[User]:
    """The administrators who can sign in.

    by_password: whether that takes a password, which whoever was only invited has not chosen yet
    """
    active = User.objects.filter(is_superuser=True, is_active=True)
    return active.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX) if by_password else active
