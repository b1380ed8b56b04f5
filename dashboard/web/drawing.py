"""Parts of drawings as paths of SVG."""

from __future__ import annotations


def rectangle(x: float, y: float, width: float, height: float) -> str:
    """The outline of a rectangle, from its upper left corner; of numbers below a million."""
    return f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z"
