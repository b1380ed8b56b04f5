"""The Django application."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Deployments, runs and what is said of them."""

    name = "dashboard"
