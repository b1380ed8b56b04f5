"""The people who may look, as administrators manage them: on their page, and with `manage.py people`.

Everything here is kept in the audit trail, and refused with a sentence where it cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from dashboard.access import audit, one_time_codes, sessions, users
from dashboard.access.audit import Actor
from dashboard.domain.states import Deed, PersonState, Role
from dashboard.models import CodeDevice, Identity, administrators

LINK_LASTS = 3 * 24 * 3600  # seconds: an invitation waits for a weekend
PAGE_SIZE = 100  # people
_SALT = "set-password"


class PersonRefused(ValueError):  # noqa: N818 - what is wrong names it
    """Something that cannot be done with a person; the message says why, without a full stop."""


@dataclass(frozen=True)
class PersonRow:
    """A person, as the list shows them.

    state, role: words of `PersonState` and `Role`
    sessions: how many have not ended; codes: whether signing in takes a one-time code
    """

    pk: int
    name: str
    role: str
    state: str
    last_sign_in: datetime | None
    sessions: int
    codes: bool


@dataclass(frozen=True)
class PeoplePage:
    """Some people by name; after: the name that the next ones come after, empty where there are no more."""

    rows: list[PersonRow]
    after: str


def page(part: str = "", after: str = "") -> PeoplePage:
    """A page of people.

    part: what their names have in them, in any case of its letters
    after: the last name of the page before
    """
    named = User.objects.filter(username__icontains=part, username__gt=after).order_by("username")
    rows = [_row(user) for user in _with_sessions(named)[: PAGE_SIZE + 1]]
    return PeoplePage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].name if len(rows) > PAGE_SIZE else "")


def find(name: str) -> User:
    """The person of that name. Raises PersonRefused where there is none."""
    return _one(Q(username=User.normalize_username(name)))


def get(pk: int) -> User:
    """The person of that key. Raises PersonRefused where there is none."""
    return _one(Q(pk=pk))


def invite(name: str, role: str, by: Actor) -> str:
    """Make a person, who chooses a password by the token that this gives.

    role: one of `Role`. Raises PersonRefused.
    """
    _only_with_passwords()
    name = User.normalize_username(name).strip()
    if not users.is_username(name):
        raise PersonRefused("a name has at most 150 letters, digits and @ . + - _, and no blanks")
    with transaction.atomic():
        user, made = User.objects.get_or_create(username=name, defaults={"password": make_password(None)})
        if not made:
            raise PersonRefused(f"there is already a person called {name}")
        user.is_superuser = role == Role.ADMINISTRATOR
        user.save(update_fields=["is_superuser"])
    audit.record(Deed.INVITED, by, f"{name}, {role}")
    return _token(user)


def reset(user: User, by: Actor) -> str:
    """Take away password, one-time codes and sessions; the token that this gives leads to a new password.

    Under single sign-on it forgets who the person is at the provider, so that whoever comes next with that
    verified address is taken for them; there is no token then, and it is empty. Raises PersonRefused.
    """
    if user.username == by.name:
        raise PersonRefused("nobody resets their own account: change the password instead")
    with transaction.atomic():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        one_time_codes.end(user)
        Identity.objects.filter(user=user).delete()
        sessions.end_all(user.pk)
    audit.record(Deed.RESET, by, user.username)
    return _token(user) if settings.DASHBOARD_AUTH == "login" else ""


def disable(user: User, by: Actor) -> None:
    """Let a person in no more, and end what they have open. Raises PersonRefused."""
    with transaction.atomic():
        _keep_an_administrator(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
        sessions.end_all(user.pk)
    audit.record(Deed.DISABLED, by, user.username)


def enable(user: User, by: Actor) -> None:
    """Let a person in again."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    audit.record(Deed.ENABLED, by, user.username)


def sign_out(user: User, by: Actor) -> None:
    """End every session of a person."""
    number = sessions.end_all(user.pk)
    audit.record(Deed.SESSIONS_ENDED, by, f"{user.username}, {number}")


def change_role(user: User, role: str, by: Actor) -> None:
    """Make a person an administrator, or one who looks. Raises PersonRefused."""
    if role not in Role.ALL:
        raise PersonRefused(f"a role is {' or '.join(Role.ALL)}")
    with transaction.atomic():
        if role != Role.ADMINISTRATOR:
            _keep_an_administrator(user)
        User.objects.filter(pk=user.pk).update(is_superuser=role == Role.ADMINISTRATOR)
    audit.record(Deed.ROLE, by, f"{user.username}, {role}")


def of_link(token: str) -> User | None:
    """The person whom a link lets choose a password; None when it is used up, too old, or none of ours."""
    try:
        pk, mark = signing.loads(token, salt=_SALT, max_age=LINK_LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user and constant_time_compare(mark, _mark(user)) else None


def choose_password(token: str, password: str, address: str) -> User | None:
    """The person of a link, with that password from now on; None where somebody else was faster.

    address: where it comes from
    """
    user, hashed = of_link(token), make_password(password)
    # A link is made for what was kept as the password: whoever changes that has used the link.
    before = User.objects.filter(pk=user.pk, password=user.password, is_active=True) if user else None
    if user is None or before is None or not before.update(password=hashed):
        return None
    user.refresh_from_db()
    audit.record(Deed.PASSWORD, Actor(user.username, address), "by a one-time link")
    return user


def is_last_administrator(user: User) -> bool:
    """Whether nobody else could manage anything here."""
    able = administrators(by_password=settings.DASHBOARD_AUTH == "login")
    return able.filter(pk=user.pk).exists() and not able.exclude(pk=user.pk).exists()


def _keep_an_administrator(user: User) -> None:
    """Refuse for the last one. Two who would leave none between them wait for each other."""
    list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk").values_list("pk"))
    if is_last_administrator(user):
        raise PersonRefused(
            f"the last administrator who can sign in is {user.username}: make somebody else one first"
        )


def _only_with_passwords() -> None:
    if settings.DASHBOARD_AUTH != "login":
        raise PersonRefused(
            f"nobody is invited here: people are let in by DASHBOARD_AUTH={settings.DASHBOARD_AUTH}"
        )


def _one(which: Q) -> User:
    user = User.objects.filter(which).first()
    if user is None:
        raise PersonRefused("there is no such person")
    return user


def _with_sessions(people: QuerySet[User]) -> QuerySet[User]:
    """Each with `open_sessions` and `has_codes`."""
    open_now = Q(sessions_here__expire_date__gt=timezone.now())
    has_codes = Exists(CodeDevice.objects.filter(user=OuterRef("pk")))
    return people.annotate(open_sessions=Count("sessions_here", filter=open_now), has_codes=has_codes)


def _row(user: Any) -> PersonRow:
    invited = settings.DASHBOARD_AUTH == "login" and not user.has_usable_password()
    state = PersonState.INVITED if invited else PersonState.ENABLED
    return PersonRow(
        pk=user.pk,
        name=user.username,
        role=Role.ADMINISTRATOR if users.is_administrator(user) else Role.VIEWER,
        state=state if user.is_active else PersonState.DISABLED,
        last_sign_in=user.last_login,
        sessions=user.open_sessions,
        codes=user.has_codes,
    )


def _token(user: User) -> str:
    return signing.dumps([user.pk, _mark(user)], salt=_SALT)


def _mark(user: User) -> str:
    """What a link is bound to: anew with each password, usable or not, and nothing of it can be read back."""
    return salted_hmac(_SALT, f"{user.pk} {user.password}", algorithm="sha256").hexdigest()[:32]
