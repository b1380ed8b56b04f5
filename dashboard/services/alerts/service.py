"""Services that people chat and are called by, such as Slack: a message through apprise, an optional extra.

An address of apprise is a secret as a whole: it is shown nowhere, and what apprise logs is kept to itself.
Its programs open connections of their own. Those of the schemes below do it by HTTP in the thread that sends,
and each connection is looked at where Python opens it: none leads into the own network but where
WEBHOOK_NETWORKS lists it.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from dashboard.domain.states import MessageKind
from dashboard.filters.timespans import Unusable
from dashboard.services.alerts import connections
from dashboard.services.alerts.webhook import TIMEOUT, NotSent, is_listed

# Schemes, and what people call the service. Of each is known that it speaks HTTPS and nothing else.
NAMES = {
    "slack": "Slack",
    "workflow": "Microsoft Teams",
    "workflows": "Microsoft Teams",
    "tgram": "Telegram",
    "pagerduty": "PagerDuty",
    "opsgenie": "Opsgenie",
    "splunk": "Splunk On-Call",
    "signl4": "SIGNL4",
    "discord": "Discord",
    "gchat": "Google Chat",
    "zulip": "Zulip",
    "webex": "Webex",
    "feishu": "Feishu",
    "lark": "Lark",
    "dingtalk": "DingTalk",
    "wecombot": "WeCom",
    "pover": "Pushover",
    "pbul": "Pushbullet",
    "twilio": "Twilio",
    "mmosts": "Mattermost",
    "rockets": "Rocket.Chat",
    "ntfys": "ntfy",
    "gotifys": "Gotify",
    "jsons": "JSON",
}
_WITHOUT_TLS = ("mmost", "rocket", "ntfy", "gotify", "json")  # the same with an s are in the table
_SCHEME = re.compile(r"([a-z][a-z0-9]*)://", re.IGNORECASE)
_STATUS = re.compile(r"error=(\d{3})\b")
_MENTION = re.compile(r"@|<(?=[!#@])")  # what a text from outside could call people by
_HELD = {  # whatever an address says of them
    "socket_connect_timeout": TIMEOUT,
    "socket_read_timeout": TIMEOUT,
    "verify_certificate": True,
    "redirects": False,
}
_KINDS = {
    **dict.fromkeys((MessageKind.OPENED, MessageKind.STILL, MessageKind.BLIND), "failure"),
    **dict.fromkeys((MessageKind.CLOSED, MessageKind.SEEING), "success"),
}


def scheme_of(target: str) -> str:
    """What an address of a service begins with; empty for any other one."""
    match = _SCHEME.match(target.strip())
    return match[1].lower() if match else ""


def name_of(target: str) -> str:
    """What a service is called, which is all that is ever shown of its address."""
    scheme = scheme_of(target)
    return NAMES.get(scheme) or NAMES.get(f"{scheme}s", "a service")


def is_installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("apprise") is not None


def check(target: str) -> None:
    """Whether an address can be a service's. Raises Unusable with the reason, which quotes nothing of it."""
    scheme = scheme_of(target)
    if scheme not in NAMES and scheme not in _WITHOUT_TLS:
        known = ", ".join(dict.fromkeys(NAMES.values()))
        raise Unusable(f"a service has to be one whose connections can be checked: {known}")
    if not is_installed():
        raise Unusable("services need the extra `services` (apprise), which is not installed")
    program = _program(target)
    if program is None:
        raise Unusable(f"this is no address of {name_of(target)} that apprise can read")
    if scheme in _WITHOUT_TLS and not is_listed(program.host):
        raise Unusable(f"it has to begin with {scheme}s://, but for addresses that WEBHOOK_NETWORKS lists")


def post(target: str, kind: str, subject: str, text: str) -> None:
    """Send one message. kind: a word of `MessageKind`. Raises NotSent, in words without the address."""
    if not is_installed():
        raise NotSent("the extra `services` is not installed")
    program, name = _program(target), name_of(target)
    if program is None:
        raise NotSent(f"this is no address of {name} any more")
    with _logged() as lines, connections.guarded() as guard:
        try:
            sent = program.notify(
                body=_MENTION.sub("\\g<0>\u200b", text),
                title=_MENTION.sub("\\g<0>\u200b", subject),
                notify_type=_library().NotifyType(_KINDS.get(kind, "info")),
                body_format=_library().NotifyFormat.TEXT,
            )
        except Exception as error:
            raise NotSent(f"{type(error).__name__} at {name}") from None
    if guard.refused:
        raise NotSent(f"{name} is in the own network, and WEBHOOK_NETWORKS does not list it")
    if not sent:
        raise NotSent(_why(name, lines))


def _why(name: str, lines: list[str]) -> str:
    """Of what apprise logs, which may quote the address, only the status is taken."""
    status = next((match[1] for line in lines if (match := _STATUS.search(line))), "")
    return f"{name} answers {status}" if status else f"{name} cannot be reached, or refuses the message"


def _program(target: str) -> Any:
    """What sends to an address; None where it cannot be read."""
    library: Any = _library()
    asset = library.AppriseAsset(async_mode=False, interpret_emojis=False, interpret_escapes=False)
    with _logged():
        program = library.Apprise.instantiate(target.strip(), asset=asset, suppress_exceptions=True)
    if program is not None:
        vars(program).update(_HELD, overflow_mode=library.OverflowMode.TRUNCATE)
    return program


@cache
def _library() -> Any:
    """Loaded where it is needed: it knows a hundred services, and takes half a second."""
    import apprise

    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())  # without any, Python would write what is logged to the terminal
    return apprise


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.lines.append(record.getMessage())


@contextmanager
def _logged() -> Iterator[list[str]]:
    """What apprise logs meanwhile, which goes nowhere else."""
    handler, logger = _Lines(), logging.getLogger("apprise")
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
