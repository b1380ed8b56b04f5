"""The values that deployments have of a listed key of metadata."""

from __future__ import annotations

from django.db.models import Count

from dashboard.domain.metadata import no_value
from dashboard.models import MetadataValue
from dashboard.web import formatting
from dashboard.web.components import Choice


def offered(key: str, text: str, most: int) -> tuple[list[Choice], int]:
    """The first values that contain a text, with how many deployments have each, and how many there are.

    That a deployment has no such key can be chosen as well.
    """
    having = MetadataValue.objects.filter(key=key, value__icontains=text).order_by("value")
    counted = having.values_list("value").annotate(n=Count("pk"))
    none = [Choice(no_value(key), no_value(key), "")] if text.casefold() in no_value(key) else []
    named = [
        Choice(value, value, formatting.counted(n, "deployment")) for value, n in counted[: most - len(none)]
    ]
    return [*named, *none], counted.count() + len(none)
