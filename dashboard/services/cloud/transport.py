"""One GET at a time against one account of the API: paced, retried, and the token kept safe.

The token travels in the `Authorization` header only, to the configured host only; redirects are not
followed. Messages are masked before anybody else sees them; records are data, and stay as they came.
"""

from __future__ import annotations

import json
import logging
import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite, isnan
from typing import Any

import httpx

from dashboard import __version__
from dashboard.domain.nesting import without_deep_records
from dashboard.domain.text import clean, one_line
from dashboard.domain.tokens import mask_tokens
from dashboard.services.cloud import errors, receiver

APART = 0.1  # seconds from one request to the next: docs.qoder.com/…/conventions/rate-limits
BACKOFF = (1.0, 2.0, 4.0)  # seconds before each retry, from the same page
LONGEST_WAIT = 10.0  # seconds; whoever asks for more gets the error, and the sync comes back later
AGENT = f"qoder-deployments-dashboard/{__version__}"
TIMEOUT = httpx.Timeout(receiver.DEADLINE, connect=10.0)
_FAMILIES = {401: errors.NotAccepted, 403: errors.Forbidden, 408: errors.Unavailable, 429: errors.Throttled}
LONGEST_TEXT = 4000  # characters kept of what an error says
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

logger = logging.getLogger(__name__)


class Transport:
    """Asks the API and gives the JSON object it answered with."""

    def __init__(
        self,
        api_url: str,
        read_token: Callable[[], str],
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
        before: Callable[[], object] = lambda: None,
    ) -> None:
        """Connect to nothing yet.

        api_url: base address, to which `/deployments` and `/deployment_runs` are added
        read_token: gives the token; asked before every request
        transport: another way to send, for tests
        sleep: waits that many seconds; may raise to end the asking
        before: called before every request; may raise too
        """
        url = httpx.URL(api_url)
        self._http = httpx.Client(
            base_url=url,
            transport=transport,
            timeout=TIMEOUT,
            follow_redirects=False,
            # A proxy of the environment has no business between two processes of one machine.
            trust_env=url.host not in _LOOPBACK,
            headers={
                "user-agent": AGENT,
                "accept": "application/json",
                "accept-encoding": receiver.ENCODING,
            },
        )
        self._receiver = receiver.Receiver(self._http)
        self._read_token = read_token
        self._sleep = sleep
        self._before = before
        self._free_at = 0.0
        self.answered_at: datetime | None = None  # when the last page was given, by the clock of the API
        self._logged: tuple[type[errors.CloudError], int | None] | None = None

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        """The JSON object at that path.

        Retries what time can heal, at most three times, and not after an answer that came to no end.
        Raises a CloudError.
        """
        started = time.monotonic()
        for backoff in (*BACKOFF, None):
            try:
                body = self._ask(path, params)
                self._logged = None
                return body
            except (errors.Throttled, errors.Unavailable) as error:
                if backoff is None or time.monotonic() - started >= receiver.DEADLINE:
                    raise
                self._wait(error, backoff)
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def _legible(self, text: str) -> str:
        """A message, fit for a page and a log: without this account's token, or anything like a token."""
        # Cut again after masking: the first cut may leave half a token at its end.
        return mask_tokens(clean(text[: 4 * LONGEST_TEXT]), self._read_token())[:LONGEST_TEXT]

    def _wait(self, error: errors.CloudError, backoff: float) -> None:
        jittered = backoff * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing
        seconds = jittered if error.retry_after is None else error.retry_after
        if seconds > LONGEST_WAIT:
            raise error
        # One line for a kind of trouble, until an answer has come.
        kind = (type(error), error.status)
        if kind != self._logged:
            logger.info("%s; trying again in %.1f s", one_line(error.message), seconds)
        self._logged = kind
        self._sleep(seconds)

    def _ask(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        request_id = uuid.uuid4().hex
        headers = {"authorization": f"Bearer {self._read_token()}", "x-request-id": request_id}
        self._take_turn()
        try:
            request = self._http.build_request("GET", path, params=params, headers=headers)
            response = self._receiver.receive(request)
        except (httpx.LocalProtocolError, UnicodeEncodeError):
            # A token that cannot stand in a header: the library's own message would print it.
            raise errors.NotAccepted("the token cannot be sent", request_id=request_id) from None
        except httpx.InvalidURL:
            raise errors.Refused("the question makes no address", request_id=request_id) from None
        except receiver.UnendingAnswer:
            message = f"the answer does not end: cut off after {receiver.DEADLINE:.0f} s"
            raise errors.Unavailable(message, request_id=request_id) from None
        except receiver.UnusableBody as reason:
            raise errors.Nonsense(str(reason), request_id=request_id) from None
        except httpx.HTTPError as error:
            message = self._legible(f"no answer: {str(error) or type(error).__name__}")
            raise errors.Unavailable(message, request_id=request_id) from None
        return self._read(response, request_id)

    def _take_turn(self) -> None:
        self._before()
        wait = self._free_at - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._free_at = time.monotonic() + APART

    def _read(self, response: httpx.Response, request_id: str) -> dict[str, Any]:
        body = _object(response)
        request_id = _request_id(response, body, request_id)
        if response.status_code == 200 and isinstance(body.get("data"), list):
            self.answered_at = _date(response.headers.get("date", ""))
            return body
        raise self._error(response, body, request_id)

    def _error(self, response: httpx.Response, body: dict[str, Any], request_id: str) -> errors.CloudError:
        status = response.status_code
        envelope = body.get("error")
        reported = envelope if isinstance(envelope, dict) else {}
        return _family(status)(
            self._legible(str(reported.get("message") or _without_message(response))),
            status=status,
            type=self._legible(str(reported.get("type") or "")),
            param=self._legible(str(reported.get("param") or "")),
            request_id=self._legible(request_id),
            retry_after=_retry_after(response.headers.get("retry-after", "")),
        )


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = _loads(response.content)
    except RecursionError:
        body = _loads_without_deep_records(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _loads(text: str | bytes) -> Any:
    return json.loads(text, parse_int=_integer, parse_float=_finite, parse_constant=_nothing)


def _loads_without_deep_records(content: bytes) -> Any:
    try:
        return _loads(without_deep_records(content.decode(json.detect_encoding(content), "surrogatepass")))
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | None:
    """An integer; None for one of thousands of digits, which Python refuses to read."""
    return int(digits) if len(digits) < 4000 else None


def _finite(digits: str) -> float | None:
    """A number; None for one beyond all numbers, which would be written back as no JSON."""
    number = float(digits)
    return number if isfinite(number) else None


def _nothing(constant: str) -> None:
    """NaN and its like are no JSON."""


def _request_id(response: httpx.Response, body: dict[str, Any], own: str) -> str:
    headers = response.headers
    return str(body.get("request_id") or headers.get("x-request-id") or headers.get("request-id") or own)


def _family(status: int) -> type[errors.CloudError]:
    if status < 400:
        return errors.Nonsense
    return _FAMILIES.get(status, errors.Unavailable if status >= 500 else errors.Refused)


def _without_message(response: httpx.Response) -> str:
    """A sentence for an answer that gave none of its own."""
    if response.has_redirect_location:
        return "the answer is a redirect, which is not followed"
    if response.status_code == 200:
        return "the answer is not a list of this API"
    return f"status {response.status_code} without a message"


def _retry_after(header: str) -> float | None:
    """Seconds to stay away, from a number or an HTTP date; None where neither is given."""
    try:
        seconds = float(header if header.isascii() else "")
        return None if isnan(seconds) else max(seconds, 0.0)
    except ValueError:
        pass
    at = _date(header)
    return None if at is None else max((at - datetime.now(UTC)).total_seconds(), 0.0)


def _date(header: str) -> datetime | None:
    """The instant of an HTTP date; None for anything else."""
    try:
        at = parsedate_to_datetime(header)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
