"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Deployments, runs and what is said of them."""

    name = "dashboard"
