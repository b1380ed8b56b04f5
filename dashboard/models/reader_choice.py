"""What a person has chosen in the View menu."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models

from dashboard.domain.reader_settings import LONGEST


class ReaderChoice(models.Model):
    """The settings of one person, as the text that `ReaderSettings` reads."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="reader_choice")
    settings = models.CharField(max_length=LONGEST)

    def __str__(self) -> str:
        return f"{self.user}: {self.settings}"
