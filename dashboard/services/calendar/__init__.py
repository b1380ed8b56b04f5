"""The calendar: one grid across now."""

from __future__ import annotations

from dashboard.services.calendar.page import calendar
from dashboard.services.calendar.view_models import CalendarPage

__all__ = ["CalendarPage", "calendar"]
