"""Schedules in words."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from cron_descriptor import CasingTypeEnum, ExpressionDescriptor, FormatError, MissingFieldError, Options
from cronsim import CronSim, CronSimError

_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_OPTIONS = Options()
_OPTIONS.locale_code = "en_US"  # as the pages are, wherever the server stands
_OPTIONS.use_24hour_time_format = True
_OPTIONS.casing_type = CasingTypeEnum.Sentence
_OPTIONS.day_of_week_start_index_zero = True


@lru_cache(maxsize=4096)
def words(expression: str) -> str:
    """A five-field cron expression in words (`At 09:00`); empty where it cannot be read."""
    if len(expression.split()) != 5:
        return ""
    try:
        CronSim(expression, _ANY_DAY)  # the words are made of anything; only this knows what can fire
        return str(ExpressionDescriptor(expression, _OPTIONS).get_description())
    except (CronSimError, FormatError, MissingFieldError, ValueError, IndexError, KeyError):
        return ""
