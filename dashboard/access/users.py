"""The people who may look: the first, let in by a printed link, and those whom others vouch for."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction

from dashboard.models import Identity

_SALT = "first-sign-in"
LINK_LASTS = 3600  # seconds
_LONGEST_NAME = 150  # characters, as Django keeps it


def first_link_token() -> str:
    """A token that lets the first person in; empty once there is anyone."""
    return "" if User.objects.exists() else signing.dumps("first", salt=_SALT)


def is_first_link(token: str) -> bool:
    """Whether a token still lets the first person in: it is ours, young, and nobody is there yet."""
    try:
        signing.loads(token, salt=_SALT, max_age=LINK_LASTS)
    except signing.BadSignature:
        return False
    return not User.objects.exists()


def create_first(username: str, password: str) -> User | None:
    """The first person, who may do everything; None when somebody else was faster."""
    with transaction.atomic():
        _queue()
        if User.objects.exists():
            return None
        return User.objects.create_superuser(username=username, password=password)


def _queue() -> None:
    """Wait until no other process makes the first person: a table without a row has none to lock but this."""
    ContentType.objects.select_for_update().get(app_label="auth", model="user")


def named(name: str) -> User | None:
    """The person of that name, made at the first visit, without a password.

    None for no name or one that is no username (two headers that were joined, say), and for a person
    who was shut out here. Ask only with a name that somebody trusted has vouched for.
    """
    name = User.normalize_username(name)
    if not is_username(name):
        return None
    user = User.objects.select_related("reader_choice").filter(username=name).first()
    if user is None:
        user, _ = User.objects.get_or_create(username=name, defaults={"password": make_password(None)})
    return user if user.is_active else None


def identified(issuer: str, subject: str, name: str) -> User | None:
    """The person whom a provider knows by that `sub`, made at the first visit under that name.

    None for one who was shut out here, and where the name is somebody else's here whom the provider knows by
    another `sub`: an address that was given to a second person lets nobody in as the first. A person who
    was here before by name alone is taken for whoever comes with that name first.
    """
    known = Identity.objects.select_related("user__reader_choice").filter(issuer=issuer, subject=subject)
    if identity := known.first():
        return identity.user if identity.user.is_active else None
    user = named(name)
    if user is None:
        return None
    identity, _ = Identity.objects.get_or_create(user=user, issuer=issuer, defaults={"subject": subject})
    return user if identity.subject == subject else None


def is_administrator(user: object) -> bool:
    """Whether somebody who asks may manage what is everybody's."""
    return isinstance(user, User) and user.is_superuser


def is_username(name: str) -> bool:
    """Whether somebody can be called that."""
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        return False
    return len(name) <= _LONGEST_NAME
