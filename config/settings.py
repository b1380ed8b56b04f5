"""The settings: each is read from the environment variable of its name, or refused in one sentence.

The README has the table of them, `config/environment.py` the readers.
"""

from __future__ import annotations

import importlib.util
import secrets
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import environment
from dashboard.services.cloud import accounts

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"

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

# -- Who may look -----------------------------------------------------------------------------------


def _secret_key() -> str:
    """The key that signs sessions: given, or made once and kept beside the database, mode 600."""
    if key := environment.text("SECRET_KEY"):
        return key
    file = VAR / "secret-key"
    try:
        VAR.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(50), "ascii")
        return file.read_text("ascii").strip()
    except OSError as error:
        environment.refuse("SECRET_KEY", f"is not set, and none can be kept in {file}: {error.strerror}")


SECRET_KEY = _secret_key()
DEBUG = False
# Loopback is always among them: health checks ask there, and nobody else can.
ALLOWED_HOSTS = [*environment.host_names("ALLOWED_HOSTS"), "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXY = environment.networks("TRUSTED_PROXY")
DASHBOARD_AUTH = environment.choice("DASHBOARD_AUTH", "login", "oidc", "proxy", "none")
# Under `proxy`: where the trusted proxy names who is signed in. It must overwrite what a visitor sent.
PROXY_USER_HEADER = environment.header("PROXY_USER_HEADER", "X-Forwarded-User")
if DASHBOARD_AUTH == "proxy" and not TRUSTED_PROXY:
    raise ImproperlyConfigured(
        "DASHBOARD_AUTH=proxy believes a header, so it has to know from whom: set TRUSTED_PROXY to the"
        " address that the proxy connects from"
    )
# Under `oidc`: which provider, who we are to it, and whom of those it vouches for may look.
OIDC_ISSUER = environment.secure_address("OIDC_ISSUER")
OIDC_RP_CLIENT_ID = environment.text("OIDC_CLIENT_ID")
OIDC_RP_CLIENT_SECRET = environment.text("OIDC_CLIENT_SECRET")
OIDC_ALLOWED_DOMAINS = environment.text("OIDC_ALLOWED_DOMAINS").lower().replace(",", " ").split()
OIDC_ALLOWED_GROUPS = environment.names("OIDC_ALLOWED_GROUPS")
if DASHBOARD_AUTH == "oidc":
    if not (OIDC_ISSUER and OIDC_RP_CLIENT_ID and OIDC_RP_CLIENT_SECRET):
        raise ImproperlyConfigured(
            "DASHBOARD_AUTH=oidc needs OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (or its _FILE)"
        )
    if not (OIDC_ALLOWED_DOMAINS or OIDC_ALLOWED_GROUPS):
        raise ImproperlyConfigured(
            "DASHBOARD_AUTH=oidc has to know who may look: set OIDC_ALLOWED_DOMAINS or OIDC_ALLOWED_GROUPS"
        )
    if not importlib.util.find_spec("mozilla_django_oidc"):
        raise ImproperlyConfigured(
            "DASHBOARD_AUTH=oidc needs the extra: pip install mozilla-django-oidc~=5.0"
        )
OIDC_RP_SCOPES = "openid email profile"
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10  # seconds
OIDC_AUTHENTICATION_CALLBACK_URL = "single-sign-on-back"
SESSION_ENGINE = "dashboard.access.sessions"
CSRF_FAILURE_VIEW = "dashboard.views.signed_out.csrf_failure"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    *(["dashboard.access.oidc.Backend"] if DASHBOARD_AUTH == "oidc" else []),
    "django.contrib.auth.backends.ModelBackend",
]
# Wrong passwords are counted for one account from one address together: whoever guesses shuts out
# nobody but himself, and who shares neither with him notices nothing.
AXES_ENABLED = DASHBOARD_AUTH == "login"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "dashboard.access.client_ip.address"
AXES_LOCKOUT_CALLABLE = "dashboard.views.sign_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS: list[str] = []  # the log names who was tried, and from where
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 65_536  # bytes: no form here is longer
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]  # never a file on disk

# -- Headers ----------------------------------------------------------------------------------------

# A site whose own origin is https is served behind TLS: then nothing travels or is kept without it.
BEHIND_TLS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
_PREFIX = "__Host-" if BEHIND_TLS else ""  # then the browser itself holds a cookie to this host and to TLS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_PREFIX}sessionid", f"{_PREFIX}csrftoken"
KNOWN_BROWSER_COOKIE_NAME = f"{_PREFIX}browser"
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
# Other sites of the domain are not ours to decide for: to include them, as Django advises, is a choice.
_HSTS = environment.choice("HSTS", "host", "subdomains", "preload")
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS and _HSTS != "host"
SECURE_HSTS_PRELOAD = BEHIND_TLS and _HSTS == "preload"
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = ["^livez$", "^readyz$", "^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
_SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": _SELF,
        "style-src": _SELF,
        "img-src": _SELF,
        "connect-src": _SELF,
        "form-action": _SELF,
        "manifest-src": _SELF,
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

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
    "dashboard.access.forwarded_scheme.ForwardedSchemeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dashboard.web.security_headers.HeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.web.request_bodies.BodyLimitMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.web.timezone.ReaderZoneMiddleware",
    "axes.middleware.AxesMiddleware",
]
MIDDLEWARE += {"proxy": ["dashboard.views.proxy.ProxyMiddleware"], "none": []}.get(
    DASHBOARD_AUTH, ["dashboard.views.signed_out.LoginRequiredMiddleware"]
)
MIDDLEWARE += ["dashboard.access.reader.ReaderMiddleware"]  # once it is known who asks
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
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100},
    },
    # What pages share of one state of the mirror, see services/status/kept.py.
    "parts": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "parts",
        "OPTIONS": {"MAX_ENTRIES": 200},
    },
    # Calendars for calendar programs, a megabyte at most each: made once for a version of the mirror.
    "calendars": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "calendars",
        "OPTIONS": {"MAX_ENTRIES": 8},
    },
    # What Prometheus is given of deployments, a megabyte for 500 of them.
    "metrics": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "metrics",
        "OPTIONS": {"MAX_ENTRIES": 4},
    },
    # Who tried to sign in of late, see access/sign_in_pace.py.
    "sign-in": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "sign-in",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# -- Time, language, files --------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = environment.time_zone("TIME_ZONE", "UTC")
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "static/"
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
globals().update(environment.mail("EMAIL_URL", BASE_DIR / "var" / "mail"))
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
