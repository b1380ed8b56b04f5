"""One-time codes, beside the password: by any program that shows them (RFC 6238), and codes for its loss.

The secret that a device shares is derived from a seed in the database and the key of this site: a copy of the
database makes no codes. Each code is good once, also for two who send it at the same instant.
"""

from __future__ import annotations

import base64
import hashlib
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import pyotp
import segno
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from dashboard.domain.text import clean
from dashboard.models import CodeDevice, RecoveryCode
from dashboard.web.drawing import rectangle

MOST_FAILURES = 10  # wrong codes in a row, after which there is one try in each COOL_OFF
COOL_OFF = timedelta(minutes=10)
TICKET_LASTS = 300  # seconds
_SALT = "one-time-code"
_STEP = 30  # seconds
_ISSUER = "Agent runs"
_QUIET = 4  # squares of white around the picture, as cameras need it
_RECOVERY_CODES = 8
_RECOVERY_BYTES = 15  # 120 bits: kept as a plain hash, which nobody can search through


@dataclass(frozen=True)
class Setup:
    """What a device is set up with: seed is kept by us, secret typed into it or read by it from the picture.

    path, view_box: the picture's dark squares as a path of SVG, and the rectangle around them
    """

    seed: str
    secret: str
    path: str
    view_box: str


@dataclass(frozen=True)
class CodeResult:
    """What came of a code: right, and whether it was a recovery code; seconds to wait where none is tried."""

    right: bool = False
    recovered: bool = False
    wait: int = 0


def new_seed() -> str:
    """A seed for a device that is set up now."""
    return secrets.token_urlsafe(32)


def setup(seed: str, name: str) -> Setup:
    """What the device of that person is set up with."""
    secret = _secret(seed)
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)
    matrix = segno.make_qr(uri, error="m").matrix
    rows = (_row(y, row) for y, row in enumerate(matrix))
    width = len(matrix) + 2 * _QUIET
    return Setup(seed, secret, "".join(rows), f"-{_QUIET} -{_QUIET} {width} {width}")


def device_of(user: User) -> CodeDevice | None:
    """The device of a person; None where signing in takes none."""
    return CodeDevice.objects.filter(user=user).first()


def begin(user: User, seed: str, code: str, now: datetime) -> list[str]:
    """Take codes from that device from now on.

    It gives the recovery codes, which are nowhere else; none where the code is wrong.
    """
    step = _step_of(seed, code, now)
    if step is None:
        return []
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(_RECOVERY_CODES)]
    with transaction.atomic():
        end(user)
        CodeDevice.objects.create(user=user, seed=seed, last_step=step)
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def end(user: User) -> None:
    """Take no codes any more."""
    CodeDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def ticket(user: User) -> str:
    """What stands for a right password while the code is asked for: five minutes, or until it changes."""
    return signing.dumps([user.pk, user.get_session_auth_hash()], salt=_SALT)


def of_ticket(text: str) -> tuple[User, CodeDevice] | None:
    """The person whose password was right, and the device; None where that is too long ago, or never was."""
    try:
        pk, mark = signing.loads(text, salt=_SALT, max_age=TICKET_LASTS)
    except signing.BadSignature:
        return None
    device = CodeDevice.objects.select_related("user").filter(pk=pk, user__is_active=True).first()
    if device is None or not constant_time_compare(mark, device.user.get_session_auth_hash()):
        return None
    return device.user, device


def use(device: CodeDevice, code: str, now: datetime) -> CodeResult:
    """Try a code, of the device or for its loss; the right one is used up by that.

    After `MOST_FAILURES` wrong ones those of the device are tried once in each `COOL_OFF`.
    """
    if _recovers(device, code):
        return CodeResult(right=True, recovered=True)
    if seconds := _wait(device, now):
        return CodeResult(wait=seconds)
    step = _step_of(device.seed, code, now)
    mine = CodeDevice.objects.filter(pk=device.pk)
    if step is not None and mine.unused(step).update(last_step=step, failures=0):
        return CodeResult(right=True)
    mine.update(failures=F("failures") + 1, failed_at=now)
    return CodeResult()


def _recovers(device: CodeDevice, code: str) -> bool:
    plain = code.replace("-", "").replace(" ", "").upper()
    return bool(RecoveryCode.objects.filter(user_id=device.pk, digest=_digest(plain)).delete()[0])


def _wait(device: CodeDevice, now: datetime) -> int:
    """Seconds until a code of the device is tried again."""
    if device.failures < MOST_FAILURES or device.failed_at is None:
        return 0
    return max(math.ceil((device.failed_at + COOL_OFF - now).total_seconds()), 0)


def _step_of(seed: str, code: str, now: datetime) -> int | None:
    """The step of 30 seconds whose code that is: this one, or one beside it, as clocks differ."""
    device, given = pyotp.TOTP(_secret(seed)), clean(code).replace(" ", "")
    this = int(now.timestamp()) // _STEP
    steps = (this, this - 1, this + 1)
    return next((step for step in steps if constant_time_compare(device.generate_otp(step), given)), None)


def _secret(seed: str) -> str:
    digest = salted_hmac(_SALT, seed, algorithm="sha256").digest()
    return base64.b32encode(digest[:20]).decode()


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def _row(y: int, row: bytearray) -> str:
    """The dark squares of a row, as bars."""
    bars, x = [], 0
    for dark, squares in groupby(row):
        width = len(list(squares))
        if dark:
            bars.append(rectangle(x, y, width, 1))
        x += width
    return "".join(bars)
