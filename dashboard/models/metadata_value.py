"""What the metadata of deployments says of whom they belong to."""

from __future__ import annotations

from django.db import models

from dashboard.models.keys import KeyedQuerySet


class MetadataValueQuerySet(KeyedQuerySet["MetadataValue"]):
    """The questions that are asked about values of metadata."""


class MetadataValue(models.Model):
    """The value of one listed key in the metadata of one deployment, as `domain/metadata.py` reads it."""

    account = models.CharField(max_length=100)
    deployment_id = models.CharField(max_length=256)
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=256)

    objects = MetadataValueQuerySet.as_manager()

    class Meta:
        """Looked for by deployment, and by value."""

        constraints = [
            models.UniqueConstraint(fields=["account", "deployment_id", "key"], name="metadata_once")
        ]
        indexes = [
            models.Index(fields=["key", "value", "account", "deployment_id"], name="metadata_value"),
        ]

    def __str__(self) -> str:
        return f"{self.deployment_id}: {self.key}={self.value}"
