"""The settings: each is read from the environment variable of its name, or refused in one sentence.

The README has the table of them, `config/environment.py` the readers. Who may look is set in
`config/signing_in.py`, what browsers are held to in `config/browser_headers.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.browser_headers import *  # noqa: F403
from config.browser_headers import SUB_PATH
from config.signing_in import *  # noqa: F403
from config.signing_in import DASHBOARD_AUTH, VAR
from dashboard.services.cloud import accounts

BASE_DIR = Path(__file__).resolve().parent.parent

# -- The accounts to show ---------------------------------------------------------------------------

QODER_API_URL = environment.web_address("QODER_API_URL", "https://api.qoder.com/api/v1/cloud")
QODER_CONSOLE_URL = environment.web_address("QODER_CONSOLE_URL", "https://qoder.com/cloud", optional=True)


def _accounts() -> tuple[accounts.Account, ...]:
    """Those of the accounts file, else the one of the token, else the demonstration."""
    if path := environment.text("QODER_ACCOUNTS_FILE"):
        return accounts.from_file(Path(path), api_url=QODER_API_URL, console_url=QODER_CONSOLE_URL)
    if path := environment.text("QODER_PAT_FILE"):
        return (_only_account("QODER_PAT_FILE", accounts.token_file(Path(path))),)
    if token := environment.text("QODER_PAT"):
        return (_only_account("QODER_PAT", lambda: token),)
    return (accounts.demonstration(),)


def _only_account(token_from: str, read: Callable[[], str]) -> accounts.Account:
    return accounts.account("default", QODER_API_URL, QODER_CONSOLE_URL, token_from, read)


try:
    ACCOUNTS = _accounts()
except accounts.AccountsError as reason:
    raise ImproperlyConfigured(str(reason)) from reason
DEMONSTRATION = ACCOUNTS[0].simulated
SYNC_INTERVAL = environment.number("SYNC_INTERVAL", 10.0, least=1, most=86_400)  # seconds
# The keys of a deployment's metadata that say whom it belongs to; nothing else of it is read.
METADATA_KEYS = environment.metadata_keys("METADATA_KEYS", "team,owner,runbook,tier" if DEMONSTRATION else "")
RUN_RETENTION_DAYS = environment.whole_number("RUN_RETENTION_DAYS", 90, least=1, most=36_500)

# -- Database ---------------------------------------------------------------------------------------

# The demonstration keeps to a file of its own, so that it can never mix with a real account.
_DEFAULT_FILE = VAR / ("demonstration.sqlite3" if DEMONSTRATION else "dashboard.sqlite3")
DATABASES = {"default": environment.database("DATABASE_URL", _DEFAULT_FILE)}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a server that was restarted costs no reader an error
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # A transaction that will write takes its turn at once instead of failing half way.
        "transaction_mode": "IMMEDIATE",
        # Readers never wait for the sync (WAL). A crash of the machine may cost the newest
        # transactions, which the next walk reads again (NORMAL). The page cache is per process.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
        " PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        # A host that stops inside a transaction must not keep the others from writing, nor a lock a page from
        # its reader: the server ends the transaction, or the wait, and what was asked by a host that is gone.
        "options": "-c idle_in_transaction_session_timeout=10s -c lock_timeout=10s -c tcp_keepalives_idle=10"
        " -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
        # Nor does a process wait for ever for a server that it cannot reach any more.
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,  # milliseconds
    } | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATA_UPLOAD_MAX_MEMORY_SIZE = 65_536  # bytes: no form here is longer
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]  # never a file on disk

# -- The application --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "csp",
    "dashboard",
]
MIDDLEWARE = [
    "dashboard.web.sub_path.SubPathMiddleware",
    "dashboard.access.forwarded_scheme.ForwardedSchemeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dashboard.web.security_headers.HeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.web.request_bodies.BodyLimitMiddleware",
    "dashboard.web.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.web.timezone.ReaderZoneMiddleware",
    "axes.middleware.AxesMiddleware",
]
MIDDLEWARE += ["dashboard.views.single_sign_on.RecheckMiddleware"] if DASHBOARD_AUTH == "oidc" else []
MIDDLEWARE += {"proxy": ["dashboard.views.proxy.ProxyMiddleware"], "none": []}.get(
    DASHBOARD_AUTH, ["dashboard.views.signed_out.LoginRequiredMiddleware"]
)
MIDDLEWARE += (
    ["dashboard.access.sessions.SessionUseMiddleware"] if DASHBOARD_AUTH in ("login", "oidc") else []
)
MIDDLEWARE += [  # once it is known who asks
    "dashboard.access.reader.ReaderMiddleware",
    "dashboard.views.refused_methods.RefusedMethodMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "dashboard.web.jinja.environment"},
    }
]

# Pages, in each process: as many as there may be different ones open at a time, see views/shared_pages.py.
# What each process keeps is listed in docs/operating.md.
CACHES = {
    "default": {
        "BACKEND": "dashboard.web.sized_memory.SizedMemory",
        "OPTIONS": {"MAX_ENTRIES": 100, "MAX_BYTES": 32_000_000},
    },
    # What pages share of one state of the mirror, see services/status/kept.py.
    "parts": {
        "BACKEND": "dashboard.web.sized_memory.SizedMemory",
        "LOCATION": "parts",
        "OPTIONS": {"MAX_ENTRIES": 200, "MAX_BYTES": 8_000_000},
    },
    # Calendars for calendar programs, a megabyte at most each: made once for a version of the mirror.
    "calendars": {
        "BACKEND": "dashboard.web.sized_memory.SizedMemory",
        "LOCATION": "calendars",
        "OPTIONS": {"MAX_ENTRIES": 8, "MAX_BYTES": 8_000_000},
    },
    # What Prometheus is given of deployments, a megabyte for 500 of them.
    "metrics": {
        "BACKEND": "dashboard.web.sized_memory.SizedMemory",
        "LOCATION": "metrics",
        "OPTIONS": {"MAX_ENTRIES": 4, "MAX_BYTES": 8_000_000},
    },
    # Who tried to sign in of late, see access/sign_in_pace.py.
    "sign-in": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "sign-in",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    # How long pages of read-only links took of late, see access/link_pace.py.
    "links": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "links",
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
}

# -- Time, language, files --------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = environment.time_zone("TIME_ZONE", "UTC")
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = f"{SUB_PATH}/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"  # beside the code it was collected from, not among the data
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

# -- Serving ----------------------------------------------------------------------------------------

HOST = environment.host("HOST", "127.0.0.1")
PORT = environment.whole_number("PORT", 8000, least=1, most=65_535)
_LOOPBACK = HOST in environment.LOOPBACK
_EVERYWHERE = environment.text("DASHBOARD_AUTH_NONE_EVERYWHERE") == "yes"
if DASHBOARD_AUTH == "none" and not (_LOOPBACK or _EVERYWHERE):
    raise ImproperlyConfigured(
        f"DASHBOARD_AUTH=none shows everything to whoever reaches {HOST}. If every one of them may look, set"
        " DASHBOARD_AUTH_NONE_EVERYWHERE=yes as well; if not, use HOST=127.0.0.1 or ask for a sign-in"
    )
WEB_CONCURRENCY = environment.whole_number("WEB_CONCURRENCY", 2, least=1, most=1_000)

# Where messages of alert rules go out, and what they link to.
globals().update(environment.mail("EMAIL_URL", VAR / "mail"))
EMAIL_TIMEOUT = 5  # seconds
EMAIL_FROM = environment.text("EMAIL_FROM", "dashboard@localhost")
SITE_URL = environment.web_address("SITE_URL", optional=True)
# Networks of our own that a webhook may lead into; none without.
WEBHOOK_NETWORKS = tuple(map(ip_network, filter(None, environment.networks("WEBHOOK_NETWORKS").split(","))))
# Asked after each complete reading, so that somebody outside notices when there are none.
HEARTBEAT_URL = environment.web_address("HEARTBEAT_URL", optional=True)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"safe": {"()": "dashboard.services.cloud.redaction.LogFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["safe"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "dashboard": {"level": "INFO"},
        "gunicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
