"""The drawing of the province: one outline for each city.

Districts have no outline of a licence that may be shipped; they are drawn as tiles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Outline:
    """One city: its SVG path, and where its name stands; small ones on the coast have it at sea."""

    path: str
    x: int
    y: int
    at_sea: bool


@dataclass(frozen=True)
class Drawing:
    """The outlines by the four digits of the city, in a box of `width` by `height`."""

    width: int
    height: int
    outlines: Mapping[str, Outline]


@cache
def drawing() -> Drawing:
    """Return the drawing of the province."""
    content = json.loads(resources.files(__package__).joinpath("outlines_guangdong.json").read_text("utf-8"))
    outlines = {
        code: Outline(city["path"], city["label"][0], city["label"][1], city.get("label_at_sea", False))
        for code, city in content["cities"].items()
    }
    return Drawing(content["width"], content["height"], outlines)
