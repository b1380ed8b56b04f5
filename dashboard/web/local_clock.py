"""An instant beside another one, in the reader's zone."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from dashboard.web import formatting


def clock(at: datetime, beside: datetime) -> str:
    """As short as it is clear: `09:12`, of another day than the other one `Mon 15 Jun 09:12`."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localtime(beside).date() else formatting.moment(local)
