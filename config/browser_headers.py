"""Settings of headers and cookies; a part of `config/settings.py`, which takes all of it over."""

from __future__ import annotations

from config import environment
from config.signing_in import CSRF_TRUSTED_ORIGINS

# Under a path of a host that it shares: what is asked for and what pages link to begins with it.
SUB_PATH = environment.sub_path("SUB_PATH")
FORCE_SCRIPT_NAME = SUB_PATH  # whatever a visitor's headers say, also where it is empty

# A site whose own origin is https is served behind TLS: then nothing travels or is kept without it.
BEHIND_TLS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
# Then the browser itself holds a cookie to TLS, and to this host alone where the site has it for itself.
_PREFIX = ("__Secure-" if SUB_PATH else "__Host-") if BEHIND_TLS else ""
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{SUB_PATH}/"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_PREFIX}sessionid", f"{_PREFIX}csrftoken"
KNOWN_BROWSER_COOKIE_NAME = f"{_PREFIX}browser"
OIDC_ATTEMPT_COOKIE_NAME = f"{_PREFIX}single-sign-on"
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
# Other sites of the domain are not ours to decide for: to include them, as Django advises, is a choice.
_HSTS = environment.choice("HSTS", "host", "subdomains", "preload")
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS and _HSTS != "host"
SECURE_HSTS_PRELOAD = BEHIND_TLS and _HSTS == "preload"
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
_PROBES = (f"{SUB_PATH}/{name}" for name in ("livez", "readyz", "healthz"))
SECURE_REDIRECT_EXEMPT = [f"^{probe[1:]}$" for probe in _PROBES]
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
