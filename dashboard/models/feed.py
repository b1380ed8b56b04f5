"""What is known of the reading itself: how far, how fresh, what went wrong, and who reads."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from dashboard.models.instants import InstantField


class Feed(models.Model):
    """The stream of facts from one account's two lists.

    version: rises whenever something that a page shows has changed
    polled_at: when the newest runs were last asked for, with success
    succeeded_at: when a whole cycle last went through
    deployments_read_from, deployments_read_at: when the last walk over all of them began and ended
    failing_since: when the trouble that lasts began; null while all is well
    history_from: what lies before it was never read, or has been deleted as past keeping
    fill_share: which share of history has been read, from 0 to 1; fill_speed: how many runs a second were
    read last; fill_left_s: how many seconds the rest takes. Null where not known, and once no gap is left
    runs_read: how many runs were ever read; runs_kept: how many of them are in the mirror
    asked_at: when a reader asked for a cycle at once; null again as soon as one begins
    scheduler: the groups of deployments of which nothing fires, as of the last complete cycle
    remembers_from: since when it is kept what was known when, so that screens can be shown as they were
    """

    account = models.CharField(max_length=100, unique=True)
    version = models.BigIntegerField(default=0)
    attempted_at = InstantField(null=True)
    polled_at = InstantField(null=True)
    succeeded_at = InstantField(null=True)
    deployments_read_at = InstantField(null=True)
    deployments_read_from = InstantField(null=True)
    failing_since = InstantField(null=True)
    retry_at = InstantField(null=True)
    asked_at = InstantField(null=True, help_text="when a reader asked for a cycle, until it begins")
    error_family = models.CharField(max_length=40, blank=True)
    error_status = models.IntegerField(null=True)
    error_type = models.CharField(max_length=256, blank=True)
    error_message = models.CharField(max_length=2000, blank=True)
    error_request_id = models.CharField(max_length=256, blank=True)
    malformed = models.IntegerField(default=0, help_text="records that could not be read")
    runs_read = models.BigIntegerField(default=0)
    runs_kept = models.BigIntegerField(default=0)
    history_from = InstantField(null=True)
    fill_share = models.FloatField(null=True)
    fill_speed = models.FloatField(null=True)
    fill_left_s = models.FloatField(null=True)
    words = models.JSONField(default=dict, help_text="statuses and triggers ever seen, for the filters")
    scheduler = models.JSONField(default=list)
    audit_after_id = models.CharField(max_length=256, blank=True)
    audited_at = InstantField(null=True)
    remembers_from = InstantField(default=timezone.now)

    def __str__(self) -> str:
        return self.account


class Gap(models.Model):
    """A stretch of history that has not been read yet.

    Every run newer than `from_at` is in the mirror, down to the next gap above. Reading goes on after
    the run `after_id`, and the gap is closed once it reaches `until_at`. A gap is written in the same
    transaction as the page above it, so a process killed at any moment leaves no hole unmarked.
    """

    account = models.CharField(max_length=100)
    after_id = models.CharField(max_length=256, help_text="empty: from the top")
    from_at = InstantField()
    until_at = InstantField()

    class Meta:
        """Newest first: what is fresh is read first."""

        ordering = ["-from_at", "-id"]
        indexes = [models.Index(fields=["account", "from_at"], name="gap_account_from")]

    def __str__(self) -> str:
        return f"{self.account}: {self.from_at} to {self.until_at}"


class Lease(models.Model):
    """The right to write the mirror, held by one process at a time and lost after 10 s of silence.

    term: how many times it was taken; whoever writes names the one that it began under
    expires_at: by the database's own clock
    """

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=100)
    term = models.BigIntegerField(db_default=0)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder}"
