"""The province's vocabulary: names, trades and texts, read once from `vocabulary/*.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from lookout.demo.cells import Ints, join, text

THEME_PARTS = ("titles", "openings", "details", "endings", "tags")


@dataclass(frozen=True)
class Trade:
    """A line of business: the word in the firm's name, its GB/T 4754 code, its scope."""

    word: str
    industry: str
    scope: str


@dataclass(frozen=True)
class BusinessType:
    """What firms of one organisation type are like."""

    code: str
    trades: tuple[Trade, ...]
    licence: float = 0.0
    licence_type: str = "financial"
    offsite: bool = False
    advert: str = "promotion"


class Phrases:
    """One part of all themes in a single column, so that rows of different themes are drawn together."""

    def __init__(self, lists: list[list[str]]) -> None:
        self._counts = np.array([len(entries) for entries in lists], np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]]).astype(np.int64)
        self._all = text([phrase for entries in lists for phrase in entries])

    def draw(self, rng: np.random.Generator, themes: Ints) -> pa.Array:
        """Draw a phrase for each row's theme."""
        place = (rng.random(len(themes)) * self._counts[themes]).astype(np.int64)
        return self._all.take(pa.array(self._starts[themes] + place))


class Words:
    """All word lists as text columns and the themes by number."""

    def __init__(self, names: dict[str, Any], types: dict[str, Any], themes: dict[str, Any]) -> None:
        self.lists = {key: text(list(value)) for key, value in names.items() if not isinstance(value, dict)}
        self.traditional: dict[str, str] = names["traditional"]
        self.types = {code: _business_type(code, entry) for code, entry in types.items()}
        self.themes = {theme: number for number, theme in enumerate(themes)}
        self._phrases = {
            part: Phrases([entry.get(part) or [""] for entry in themes.values()]) for part in THEME_PARTS
        }

    def phrase(self, rng: np.random.Generator, part: str, themes: Ints) -> pa.Array:
        """Draw titles, openings, details, endings or tags for rows of these themes."""
        return self._phrases[part].draw(rng, themes)

    def sentence(self, rng: np.random.Generator, themes: Ints) -> pa.Array:
        """Draw whole texts."""
        return join(*(self.phrase(rng, part, themes) for part in ("openings", "details", "endings")))


def _business_type(code: str, entry: dict[str, Any]) -> BusinessType:
    trades = tuple(Trade(*trade) for trade in entry["trades"])
    return BusinessType(code, trades, **{key: value for key, value in entry.items() if key != "trades"})


@cache
def words() -> Words:
    """Return the vocabulary that ships with Lookout."""
    folder = resources.files("lookout.demo").joinpath("vocabulary")
    read = {
        part: yaml.safe_load(folder.joinpath(f"{part}.yaml").read_text("utf-8"))
        for part in ("names", "types", "themes")
    }
    return Words(**read)
