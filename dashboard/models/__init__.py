"""The mirror: few columns for what is filtered, sorted or joined, and the whole record beside them."""

from __future__ import annotations

from dashboard.models.alert import Alert, AlertedRun, AlertIncident, AlertMessage, AlertRule, FinishedRun
from dashboard.models.audit_entry import AuditEntry
from dashboard.models.definition_change import DefinitionChange
from dashboard.models.deployment import Deployment
from dashboard.models.feed import Feed, Gap, Lease
from dashboard.models.health_change import HealthChange
from dashboard.models.keys import Key
from dashboard.models.link import Link
from dashboard.models.metadata_value import MetadataValue
from dashboard.models.names import Name
from dashboard.models.note import Acknowledgement, Note
from dashboard.models.person import CodeDevice, Identity, RecoveryCode, administrators
from dashboard.models.quiet_window import QuietWindow
from dashboard.models.reader_choice import ReaderChoice
from dashboard.models.reader_visit import ReaderVisit
from dashboard.models.run import Run
from dashboard.models.run_total import DayTotal, QuarterTotal, RunTotal
from dashboard.models.saved_view import SavedView
from dashboard.models.session import Session
from dashboard.models.slot import Slot, SlotTotal, Watch
from dashboard.models.tally import DayTally, Tally

__all__ = [
    "Acknowledgement",
    "Alert",
    "AlertIncident",
    "AlertMessage",
    "AlertRule",
    "AlertedRun",
    "AuditEntry",
    "CodeDevice",
    "DayTally",
    "DayTotal",
    "DefinitionChange",
    "Deployment",
    "Feed",
    "FinishedRun",
    "Gap",
    "HealthChange",
    "Identity",
    "Key",
    "Lease",
    "Link",
    "MetadataValue",
    "Name",
    "Note",
    "QuarterTotal",
    "QuietWindow",
    "ReaderChoice",
    "ReaderVisit",
    "RecoveryCode",
    "Run",
    "RunTotal",
    "SavedView",
    "Session",
    "Slot",
    "SlotTotal",
    "Tally",
    "Watch",
    "administrators",
]
