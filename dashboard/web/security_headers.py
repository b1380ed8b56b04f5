"""Headers that hold for every answer, beside those that Django and django-csp set."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

# A page wants the clipboard, to copy its own address; a wall may fill its screen and keep it awake.
_REFUSED = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation"),
    *("gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment"),
    *("picture-in-picture", "publickey-credentials-get", "serial", "usb"),
    "xr-spatial-tracking",
)
_ALWAYS = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _REFUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-Agent-Runs": "1",  # the mark by which our scripts know an answer of ours: static/js/ours.js
}


class HeadersMiddleware:
    """Sets them where a view has not; without a `Cache-Control` of its own an answer is private."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with all of them."""
        response = self.get_response(request)
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response:
            patch_cache_control(response, private=True, no_cache=True)
        elif "immutable" in response["Cache-Control"]:
            response["Vary"] = (
                "Accept-Encoding"  # it is the same for everybody, whichever cookies come and go
            )
        return response
