"""The forms of signing in, and how a template draws them."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator

_TYPED = ("username", "code")  # what is shown while it is typed
_AUTOCOMPLETE = {"username": "username", "old_password": "current-password", "code": "one-time-code"}


class FirstPersonForm(forms.Form):
    """The name and the password that the first person chooses."""

    username = forms.CharField(label="Username", max_length=150, validators=[UnicodeUsernameValidator()])
    password = forms.CharField(label="Password", strip=False, widget=forms.PasswordInput)

    def clean_password(self) -> str:
        """The password, if it is one that holds."""
        return _holding(self.cleaned_data["password"], self.cleaned_data.get("username", ""))


class NewPasswordForm(forms.Form):
    """The password that an invited person chooses.

    username: whose it will be, which it must not be like
    """

    username = ""
    password = forms.CharField(label="Password", strip=False, widget=forms.PasswordInput)

    def clean_password(self) -> str:
        """The password, if it is one that holds."""
        return _holding(self.cleaned_data["password"], self.username)


def _holding(password: str, username: str) -> str:
    validate_password(password, User(username=username))
    return password


class CodeForm(forms.Form):
    """A one-time code, or a recovery code."""

    code = forms.CharField(label="One-time code, or a recovery code", max_length=60)


class DeviceForm(forms.Form):
    """What turns one-time codes on: a code of the device, and the password."""

    code = forms.CharField(label="Code that it shows now", max_length=60)
    password = forms.CharField(label="Your password", strip=False, widget=forms.PasswordInput)


class PasswordForm(forms.Form):
    """The password, for what nobody else at this browser may do."""

    password = forms.CharField(label="Your password", strip=False, widget=forms.PasswordInput)


@dataclass(frozen=True)
class FormField:
    """One field of a form, as its template draws it."""

    name: str
    label: str
    type: str
    value: str
    autocomplete: str
    errors: list[str]


def entries(form: forms.BaseForm, passwords: str) -> list[FormField]:
    """The fields as the template draws them; what was typed as a password or a code is never sent back.

    passwords: `current-password` or `new-password`, which programs that keep them go by
    """
    return [
        FormField(
            name=field.name,
            label=str(field.label),
            type="text" if field.name in _TYPED else "password",
            value=str(field.value() or "") if field.name == "username" else "",
            autocomplete=_AUTOCOMPLETE.get(field.name, passwords),
            errors=[str(error) for error in field.errors],
        )
        for field in form
    ]


def errors_of(form: forms.Form) -> list[str]:
    """What is wrong with a form as a whole."""
    return [str(error) for error in form.non_field_errors()]
