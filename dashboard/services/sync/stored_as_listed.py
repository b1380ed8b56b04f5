"""Which deployments are stored just as the API lists them, so that a cycle builds nothing of these.

A digest of each record that this process has stored, kept in memory for as long as nobody else can have
written: a new process, a new holder of the lease, and each process once an hour read all of them again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import blake2b

from django.utils import timezone

from dashboard.services import cloud
from dashboard.services.sync.deployment_store import next_run_at
from dashboard.services.sync.lease import Tenure

LONGEST = 3600.0  # seconds until everything is read again, whoever may have mended the database meanwhile


class StoredAsListed:
    """The deployments of one account that need no second look."""

    def __init__(self) -> None:
        """Know none."""
        self._digests: dict[str, tuple[bytes, datetime | None]] = {}
        self._tenure: Tenure | None = None
        self._since = time.monotonic()

    def begin(self, tenure: Tenure) -> None:
        """Begin a walk under that holding of the lease; under another one somebody else may have written."""
        if tenure != self._tenure or time.monotonic() - self._since >= LONGEST:
            self._digests, self._tenure, self._since = {}, tenure, time.monotonic()

    def is_known(self, deployment_id: str, record_json: str) -> bool:
        """Whether it is stored just so, and none of its promises has come due since: that changes its row."""
        digest, until = self._digests.get(deployment_id, (b"", None))
        return digest == _digest(record_json) and (until is None or until > timezone.now())

    def note(self, records: Iterable[cloud.DeploymentRecord], now: datetime) -> None:
        """Note what has been stored, once that is committed; now: as of when it was."""
        for record in records:
            self._digests[record.id] = _digest(record.record_json), next_run_at(record, now)

    def forget(self, deployment_ids: Collection[str]) -> None:
        """Forget those that are not listed any more."""
        for deployment_id in deployment_ids:
            self._digests.pop(deployment_id, None)


def _digest(record_json: str) -> bytes:
    return blake2b(record_json.encode(), digest_size=16).digest()
