"""An error as one line of the log."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from dashboard.domain.text import one_line

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class LoggedFailure:
    """What went wrong, and where in our code.

    kind: what two failures share that are no news to each other; their messages may differ
    """

    kind: str
    message: str

    def __str__(self) -> str:
        return one_line(f"{self.kind}: {self.message}")


def describe_failure(error: Exception) -> LoggedFailure:
    """An error by its type, and by the innermost line of this project that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT / "dashboard")]
    where = f" at {Path(ours[-1].filename).relative_to(_ROOT)}:{ours[-1].lineno}" if ours else ""
    return LoggedFailure(f"{type(error).__name__}{where}", str(error))
