"""What can go wrong when the API is asked. Callers catch families, not status numbers.

CloudError
    NotAccepted     401: the token is wrong, expired or revoked; time does not heal it
    Forbidden       403: the token is known, but not allowed to list this
    Refused         400 and the other 4xx: the question itself is not taken
        CursorGone  400 to a question that carried a cursor: the server no longer knows it
    Throttled       429: too many requests; `retry_after` says when to come back
    Unavailable     5xx, no connection, a cut answer, a timeout
    Nonsense        an answer that is not JSON, or not the envelope of a list
"""

from __future__ import annotations

import re


class CloudError(Exception):
    """An answer that is no page of records.

    status: HTTP status, None when no answer came
    type: the API's own `error.type`; empty where it gave none
    param: the parameter the API complains of; empty where it named none
    message: the API's own message, tokens masked
    request_id: what to quote to the people who run the API
    retry_after: seconds the API asks us to stay away, None when it did not say
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        type: str = "",  # noqa: A002 - the API's own word
        param: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        """Keep what is known of the answer."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.param = param
        self.request_id = request_id
        self.retry_after = retry_after


class NotAccepted(CloudError):  # noqa: N818 - these are named for what the API answers
    """The token was not accepted (401)."""


class Forbidden(CloudError):  # noqa: N818
    """The token may not list this (403)."""


class Refused(CloudError):  # noqa: N818
    """The question was not taken (400 and other 4xx)."""

    def names(self, parameter: str) -> bool:
        """Whether the refusal is about that parameter, by `param` or else by its message."""
        if self.param:
            return self.param == parameter
        return re.search(rf"\b{parameter}\b", self.message) is not None


class CursorGone(Refused):
    """The server no longer knows the cursor it was sent."""


class Throttled(CloudError):  # noqa: N818
    """Too many requests (429)."""


class Unavailable(CloudError):  # noqa: N818
    """No usable answer for now: 5xx, no connection, cut off, timed out."""


class Nonsense(CloudError):  # noqa: N818
    """An answer that is not a list of this API."""
