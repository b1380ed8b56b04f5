"""What gunicorn serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from dashboard.web.one_at_a_time import OneAtATime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = OneAtATime(get_wsgi_application())
