"""The journal of definitions: what a deployment was before it was changed."""

from __future__ import annotations

from typing import Any

from django.db import models

from dashboard.domain import record_text
from dashboard.models.instants import InstantField


class DefinitionChange(models.Model):
    """One change of a deployment's definition, seen between two readings.

    known_at: when the reading began that still gave the former definition; null where that is not known
    seen_at: when the reading gave the new one
    words: what changed
    before_json: the former definition, canonical JSON; the new one is the next change's, or the record's
    """

    account = models.CharField(max_length=100)
    deployment_id = models.CharField(max_length=256)
    known_at = InstantField(null=True)
    seen_at = InstantField()
    words = models.JSONField(default=list)
    before_json = models.TextField()

    class Meta:
        """Newest first: that is how they are read."""

        ordering = ["-seen_at", "-pk"]
        indexes = [
            models.Index(fields=["account", "deployment_id", "seen_at"], name="definition_change"),
            models.Index(fields=["seen_at"], name="definition_change_at"),
        ]

    def __str__(self) -> str:
        return f"{self.deployment_id}: {', '.join(self.words)}"

    @property
    def before(self) -> dict[str, Any]:
        """The former definition."""
        return record_text.loads(self.before_json)
