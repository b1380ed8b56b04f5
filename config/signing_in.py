"""Settings of who may look, and how they sign in; a part of `config/settings.py`, which takes it over."""

from __future__ import annotations

import importlib.util
import secrets
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import environment

VAR = Path(__file__).resolve().parent.parent / "var"


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
OIDC_MAX_STATES = 5  # sign-ins that a browser may have begun at once: they are in a cookie
# After that a page has the provider say again who it is; 0 for never.
OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = 60 * environment.whole_number(
    "OIDC_RECHECK_MINUTES", 60, least=0, most=10_080
)
OIDC_TIMEOUT = 10  # seconds
OIDC_AUTHENTICATION_CALLBACK_URL = "single-sign-on-back"
SESSION_ENGINE = "dashboard.access.sessions"
# A session ends when it is that old, and when nobody has used it for that long.
SESSION_LIFETIME = timedelta(hours=environment.number("SESSION_HOURS", 336, least=1, most=8_760))
SESSION_IDLE = timedelta(hours=environment.number("SESSION_IDLE_HOURS", 168, least=0.1, most=8_760))
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
AUDIT_RETENTION_DAYS = environment.whole_number("AUDIT_RETENTION_DAYS", 365, least=1, most=3_650)
CSRF_FAILURE_VIEW = "dashboard.views.signed_out.csrf_failure"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
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
