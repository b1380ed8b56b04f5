"""The shipped settings, for tests: no token, plain static files, nothing kept in `var/`."""

from __future__ import annotations

import os
import tempfile

from config.settings import *  # noqa: F403

SECRET_KEY = "only-for-tests"
# A file, not memory: the threads of a live server then wait for each other instead of failing.
# One for each process, so that two runs of the tests do not meet.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/dashboard-{os.getpid()}.sqlite3"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, guards nothing here
STATIC_ROOT = None  # type: ignore[assignment] # the pages of a test need no collected files
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # static files from where they are kept, uncollected
METADATA_KEYS = ()  # a test that is about them lists its own
