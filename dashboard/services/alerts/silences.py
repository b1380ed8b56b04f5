"""Of what nothing is sent: what somebody has acknowledged, and what is in a quiet window."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.domain.states import SilentBy
from dashboard.models import Acknowledgement, Key
from dashboard.services.alerts import quiet
from dashboard.services.status.snapshot import Snapshot


@dataclass(frozen=True)
class Silences:
    """What is silent at one look.

    accounts: all of whose deployments are in a quiet window: that they cannot be read is not sent either
    """

    acknowledged: frozenset[Key]
    quiet: frozenset[Key]
    accounts: frozenset[str]

    def of(self, key: Key) -> str:
        """Why nothing is sent of a deployment, a word of `SilentBy`; empty where it is."""
        if key in self.acknowledged:
            return SilentBy.ACKNOWLEDGED
        return SilentBy.QUIET if key in self.quiet else ""


def silences(snapshot: Snapshot) -> Silences:
    """What is silent at the instant of a look; writes down how many deployments each window covers."""
    rows = Acknowledgement.objects.standing(snapshot.now)
    window = quiet.covered(snapshot)
    return Silences(
        frozenset(rows.values_list("account", "deployment_id")), window.deployments, window.accounts
    )
