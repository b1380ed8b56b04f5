"""Reading deployments: one page a cycle, walk after walk, archived ones too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from dashboard.models import Deployment, Feed
from dashboard.services import cloud
from dashboard.services.sync import deployment_store, journal, slots
from dashboard.services.sync.absences import Absences
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.stored_as_listed import StoredAsListed


class Deployments:
    """The endless walk over one account's deployments.

    The first walk is read at once. Later ones take a page a cycle, so that a cycle stays cheap
    however many deployments there are; up to 1000 of them fit one page of the API as documented first.
    """

    def __init__(self) -> None:
        """Start no walk yet."""
        self._walk: Iterator[cloud.Page[cloud.DeploymentRecord]] | None = None
        self._began_at = timezone.now()
        self._listed: set[str] = set()
        self._read_once = False
        self._pages = 0
        self._failed_after = -1
        self._absences = Absences()
        self._known = StoredAsListed()

    def read(self, reader: SyncContext) -> bool:
        """Read the next page; all of them the first time. Whatever it raises, it starts anew then.

        Gives whether the walk has come past the place where it failed last.
        """
        try:
            while not self._read_page(reader) and not self._read_once:
                pass
        except Exception:  # whatever it is: the page may not have been written
            self._walk, self._failed_after = None, self._pages
            raise
        if self._walk is None or self._pages > self._failed_after:
            self._failed_after = -1
        return self._failed_after < 0

    def _read_page(self, reader: SyncContext) -> bool:
        """Read one page; whether it was the last of its walk."""
        if self._walk is None:
            self._walk = reader.api.deployments(include_archived=True, is_known=self._known.is_known)
            self._began_at, self._listed, self._pages = timezone.now(), set(), 0
        self._known.begin(reader.tenure)
        page = next(self._walk, None)
        if page is None:
            raise cloud.Nonsense("the list of deployments names a next page that it does not give")
        self._pages += 1
        reader.spent += 1
        reader.malformed += page.malformed
        self._listed |= {record.id for record in page.records} | page.unchanged
        now = timezone.now()
        with reader.writing():
            gone = self._store(reader, page, now)
        self._known.note(page.records, now)
        self._known.forget(gone)
        if not page.has_more:
            self._walk, self._read_once = None, True
            self._doubt_an_empty_list(reader)
        return not page.has_more

    def _store(
        self, reader: SyncContext, page: cloud.Page[cloud.DeploymentRecord], now: datetime
    ) -> set[str]:
        """Write a page, inside a transaction; the ids of those that are gone."""
        promised = slots.record(reader.account, page.records, reader.read_at)
        stored = deployment_store.store_deployments(reader.account, page.records, now)
        journal.note_changes(stored.revised, reader.feed().deployments_read_from, now)
        reader.refresh(stored.touched)
        slots.refresh(reader.account, promised)
        gone: set[str] = set()
        if not page.has_more:
            # A record that could not be read may be any of those that seem to be missing.
            gone = set() if page.malformed else self._gone(reader)
            deployment_store.mark_gone(reader.account, gone, now)
            read = {"deployments_read_from": self._began_at, "deployments_read_at": now}
            Feed.objects.filter(account=reader.account).update(**read)
        reader.to_judge.update(promised, gone, (after.deployment_id for _, after in stored.revised))
        if stored or gone or promised:
            reader.changed()
        return gone

    def _gone(self, reader: SyncContext) -> set[str]:
        """Those that this walk and an earlier one did not list."""
        missing = deployment_store.missing(reader.account, self._listed)
        self._absences.retain(missing)
        return {deployment_id for deployment_id in missing if self._absences.confirmed(deployment_id)}

    def _doubt_an_empty_list(self, reader: SyncContext) -> None:
        """Raise Nonsense where the list is empty, and deployments are known that are not marked as gone."""
        known = Deployment.objects.filter(account=reader.account, gone_at__isnull=True)
        if not self._listed and known.exists():
            raise cloud.Nonsense("the list of deployments is empty, and was not before")
