"""Schedules in words."""

from __future__ import annotations

from functools import lru_cache

from cron_descriptor import CasingTypeEnum, ExpressionDescriptor, FormatError, MissingFieldError, Options

_OPTIONS = Options()
_OPTIONS.use_24hour_time_format = True
_OPTIONS.casing_type = CasingTypeEnum.Sentence
_OPTIONS.day_of_week_start_index_zero = True


@lru_cache(maxsize=4096)
def words(expression: str) -> str:
    """A five-field cron expression in words (`At 09:00`); empty where it cannot be read."""
    if len(expression.split()) != 5:
        return ""
    try:
        return str(ExpressionDescriptor(expression, _OPTIONS).get_description())
    except (FormatError, MissingFieldError, ValueError, IndexError, KeyError):
        return ""
