"""Addresses that only take forms, opened by themselves: a browser would show an empty page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dashboard.views import assets


class RefusedMethodMiddleware:
    """Explains to whoever opens such an address what it is; other programs are answered as before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """As Django makes a middleware."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the view, or the explanation in its place."""
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET":
            return response
        explained: HttpResponse = assets.only_a_form(request)
        explained["Allow"] = response["Allow"]
        return explained
