"""Fields of Django to make fields of ours from, which take the types that their columns have in Python.

As the stubs have it; what runs is Django's field, whatever types are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

Set = TypeVar("Set", contravariant=True)  # what such a column may be set to
Get = TypeVar("Get", covariant=True)  # what it is

if TYPE_CHECKING:
    from django.db.models import CharField as TypedCharField
    from django.db.models import DateTimeField as TypedDateTimeField
else:

    class TypedCharField(models.CharField):
        """A text."""

        def __class_getitem__(cls, _types: Any) -> Any:
            return cls

    class TypedDateTimeField(models.DateTimeField):
        """An instant."""

        def __class_getitem__(cls, _types: Any) -> Any:
            return cls


__all__ = ["Get", "Set", "TypedCharField", "TypedDateTimeField"]
