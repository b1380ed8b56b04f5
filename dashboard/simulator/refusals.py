"""The API's errors: a status and an envelope."""

from __future__ import annotations

from dashboard.simulator.records import Record


class Refusal(Exception):  # noqa: N818 (an answer, not a failure)
    """A request that is answered with an error envelope.

    status: HTTP status; kind: the envelope's `error.type`; param: the parameter at fault, if there is one
    """

    def __init__(self, status: int, kind: str, message: str, param: str = "") -> None:
        """Keep the parts of the envelope."""
        super().__init__(message)
        self.status, self.kind, self.message, self.param = status, kind, message, param

    def envelope(self) -> Record:
        """The body of the answer, in the shape of the first generation."""
        error = {"type": self.kind, "message": self.message}
        return {"type": "error", "error": error | ({"param": self.param} if self.param else {})}


def bad_parameter(param: str, why: str) -> Refusal:
    """A 400 that names the parameter."""
    return Refusal(400, "invalid_request_error", f"{param}: {why}", param)


def unauthorized() -> Refusal:
    """The 401 of a missing, wrong or misplaced token."""
    return Refusal(401, "authentication_error", "Invalid API key or token.")


def not_found(path: str) -> Refusal:
    """The 404 of a path that is no endpoint."""
    return Refusal(404, "not_found_error", f"No such resource: {path}")


def wrong_method(method: str) -> Refusal:
    """The 405 of anything but a GET."""
    return Refusal(405, "invalid_request_error", f"Method {method} is not allowed here.")
