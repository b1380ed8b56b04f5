"""Qoder deployments dashboard: what the scheduled agents did, and what they will do next."""

__version__ = "0.1.0"
