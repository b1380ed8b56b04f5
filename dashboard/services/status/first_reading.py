"""What has been read so far of an account that was never read completely: until then it is hardly judged."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.services.status.coverage import Coverage
from dashboard.services.status.filling import Filling
from dashboard.web import formatting


@dataclass(frozen=True)
class FirstReading:
    """How far the first reading of an account has come.

    runs, deployments: how many have been read so far; failing: whether reading runs into trouble
    filling: how it comes forward, where that is known
    """

    account: str
    runs: int
    deployments: int
    coverage: Coverage
    failing: bool = False
    filling: Filling | None = None

    @property
    def begun(self) -> bool:
        """Whether anything has been read."""
        return bool(self.runs or self.deployments)

    @property
    def announced(self) -> bool:
        """Whether it has a banner: not where there is only trouble, which has its own."""
        return self.begun or not self.failing

    @property
    def text(self) -> str:
        """In words: `2,459 runs back to 16 Jun 06:42 and 13 deployments so far`."""
        if not self.begun:
            return "nothing read yet"
        runs = formatting.counted(self.runs, "run")
        deployments = formatting.counted(self.deployments, "deployment")
        return " ".join(filter(None, (runs, self.coverage.back_to, "and", deployments, "so far")))


def describe(readings: tuple[FirstReading, ...], *, named: bool) -> str:
    """How far several have come, in a clause. named: whether each account is named."""
    return "; ".join(
        f"first reading of {reading.account}: {reading.text}" if named else f"first reading: {reading.text}"
        for reading in readings
    )
