"""What gunicorn serves makes one page at a time."""

from __future__ import annotations

from importlib import import_module
from unittest.mock import patch

from dashboard.web.one_at_a_time import OneAtATime


def test_pages_are_made_one_at_a_time() -> None:
    with patch("django.core.wsgi.get_wsgi_application"):
        assert isinstance(import_module("config.wsgi").application, OneAtATime)
