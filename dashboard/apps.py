"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Deployments, their runs, and what these come to."""

    name = "dashboard"
