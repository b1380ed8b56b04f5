"""Prometheus's text format, written directly: its library spends most of a scrape on objects for each sample.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from prometheus_client.utils import floatToGoString

from dashboard.domain.text import without_controls

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_number: Callable[[float], str] = floatToGoString  # as its library writes numbers
Sample = tuple[str, float | None]  # labels as `labels` writes them; a value that is not known is left out


def labels(**values: str) -> str:
    """The labels of a sample, by name."""
    return ",".join(f'{name}="{_escaped(values[name])}"' for name in sorted(values))


def gauge(name: str, text: str, samples: Iterable[Sample]) -> str:
    """A figure that goes up and down; text: what it is, without a line break."""
    return _family(name, "gauge", text, samples)


def counter(name: str, text: str, samples: Iterable[Sample]) -> str:
    """A figure that only rises; its name is given without `_total`."""
    return _family(f"{name}_total", "counter", text, samples)


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> str:
    rows = [f"{name}{{{labelled}}} {_number(value)}\n" for labelled, value in samples if value is not None]
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n{''.join(rows)}"


@lru_cache(maxsize=20_000)  # names and ids of deployments, scrape after scrape
def _escaped(value: str) -> str:
    plain = value if value.isprintable() else without_controls(value, "\n")
    return plain.translate(_ESCAPES)
