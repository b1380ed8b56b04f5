"""One-time codes: each good once, for a minute or so, and none from a copy of the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pyotp
import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection

from dashboard.access import one_time_codes
from dashboard.access.one_time_codes import COOL_OFF, MOST_FAILURES, CodeResult
from dashboard.models import CodeDevice, RecoveryCode
from tests.factories import NOW

pytestmark = pytest.mark.django_db
RIGHT = CodeResult(right=True)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ana", password="long enough to hold")


def shown(device: CodeDevice, seconds: int = 0) -> str:
    """What the device shows so long after now."""
    secret = one_time_codes.setup(device.seed, "ana").secret
    return pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))


def on(user: User) -> tuple[CodeDevice, list[str]]:
    """A device set up two minutes ago, and the recovery codes."""
    seed = one_time_codes.new_seed()
    code = pyotp.TOTP(one_time_codes.setup(seed, "ana").secret).at(NOW - timedelta(seconds=120))
    recovery = one_time_codes.begin(user, seed, code, NOW - timedelta(seconds=120))
    return CodeDevice.objects.get(), recovery


def test_a_device_is_set_up_by_a_key_or_a_picture() -> None:
    setup = one_time_codes.setup("a seed", "ana@team.example")
    assert len(setup.secret) == 32
    assert setup.secret == one_time_codes.setup("a seed", "another").secret
    assert setup.path.startswith("M0 0h7v1h-7z")
    assert setup.view_box.startswith("-4 -4 ")


def test_a_copy_of_the_database_makes_no_codes(user: User, settings: Any) -> None:
    device, _ = on(user)
    before = shown(device)
    settings.SECRET_KEY = "another"
    assert shown(device) != before


@pytest.mark.parametrize(("seconds", "outcome"), [(0, RIGHT), (-30, RIGHT), (30, RIGHT), (-60, CodeResult())])
def test_a_code_is_good_for_its_half_minute_and_those_beside_it(
    user: User, seconds: int, outcome: CodeResult
) -> None:
    device, _ = on(user)
    assert one_time_codes.use(device, shown(device, seconds), NOW) == outcome


@pytest.mark.parametrize("code", ["", "000000x", "é", "\ud800", "1" * 60])
def test_what_is_no_code_is_wrong_and_counted(user: User, code: str) -> None:
    device, _ = on(user)
    assert one_time_codes.use(device, code, NOW) == CodeResult()
    assert CodeDevice.objects.get().failures == 1
    assert one_time_codes.begin(user, device.seed, code, NOW) == []


def test_a_code_is_good_once_and_none_from_before_it(user: User) -> None:
    device, _ = on(user)
    code = shown(device)
    assert one_time_codes.use(device, f"{code[:3]} {code[3:]}", NOW) == RIGHT
    assert one_time_codes.use(device, code, NOW) == CodeResult()
    assert one_time_codes.use(device, shown(device, -30), NOW) == CodeResult()


@pytest.mark.django_db(transaction=True)
def test_of_several_who_send_one_code_at_once_one_comes_in(user: User) -> None:
    device, recovery = on(user)
    for code in (shown(device), recovery[0]):
        together = Barrier(4)

        def send(_: int, code: str = code, together: Barrier = together) -> bool:
            together.wait(30)
            try:
                return one_time_codes.use(device, code, NOW).right
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(send, range(4))).count(True) == 1


def test_many_wrong_codes_have_to_wait_and_recovery_codes_do_not(user: User) -> None:
    device, recovery = on(user)
    for _ in range(MOST_FAILURES):
        assert one_time_codes.use(device, "0", NOW) == CodeResult()
        device.refresh_from_db()
    assert one_time_codes.use(device, shown(device), NOW) == CodeResult(wait=600)
    assert one_time_codes.use(device, recovery[0].lower(), NOW) == CodeResult(right=True, recovered=True)
    assert one_time_codes.use(device, recovery[0], NOW) == CodeResult(wait=600)
    later = NOW + COOL_OFF
    assert one_time_codes.use(device, shown(device, 600), later) == RIGHT
    assert CodeDevice.objects.get().failures == 0


def test_recovery_codes_have_120_bits_and_are_kept_as_hashes(user: User) -> None:
    _, recovery = on(user)
    assert len(set(recovery)) == 8
    assert {len(code.replace("-", "")) for code in recovery} == {24}
    assert not any(code in str(list(RecoveryCode.objects.values())) for code in recovery)


def test_setting_up_another_device_ends_the_first_and_its_recovery_codes(user: User) -> None:
    _, recovery = on(user)
    device, _ = on(user)
    assert not one_time_codes.use(device, recovery[0], NOW).right
    one_time_codes.end(user)
    assert one_time_codes.device_of(user) is None
    assert not RecoveryCode.objects.exists()


def test_a_ticket_stands_for_the_password_for_five_minutes_or_until_it_changes(user: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        ticket = one_time_codes.ticket(user)
        assert one_time_codes.of_ticket(ticket) is None  # there is no device
        device, _ = on(user)
        assert one_time_codes.of_ticket(ticket) == (user, device)
        assert one_time_codes.of_ticket(ticket + "x") is None
        clock.shift(301)
        assert one_time_codes.of_ticket(ticket) is None
        ticket = one_time_codes.ticket(user)
        user.set_password("another that holds")
        user.save()
        assert one_time_codes.of_ticket(ticket) is None
    assert {str(device), str(RecoveryCode.objects.all()[0])} == {f"of {user.pk}"}
