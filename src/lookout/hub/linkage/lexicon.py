"""The catalogues of linkage: the words of company names, and the points of a comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookout.kernel.errors import CatalogueError, Problem
from lookout.kernel.regions import PROVINCES, Region, regions, tree_prefix

_SUFFIXES = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市", "区", "县")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Form):
    """The words of company names (`catalogue/words.yaml`)."""

    cities: dict[str, tuple[str, ...]]
    only_with_suffix: tuple[str, ...]
    forms: dict[str, tuple[str, ...]]
    group: tuple[str, ...]
    branches: tuple[str, ...]
    trades: tuple[tuple[str, ...], ...]


class Agreement(_Form):
    """What one outcome of a comparison is worth and how it is said."""

    points: int = Field(ge=-100, le=100)
    zh: str = Field(min_length=1)


class Thresholds(_Form):
    """From which score a name links by itself, by how much it must lead, and from where a person decides."""

    link: int = Field(gt=0, le=100)
    lead: int = Field(ge=0)
    queue: int = Field(gt=0)


class Weights(_Form):
    """The points of a comparison (`catalogue/weights.yaml`)."""

    parts: dict[str, dict[str, Agreement]]
    thresholds: Thresholds
    commonest: int = Field(gt=0)


# The outcomes the comparison can find; a catalogue must say what each is worth, and nothing else.
OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "brand": ("equal", "equal_short", "sound", "typo", "near", "other"),
    "region": ("equal", "neither", "inside", "silent", "typo", "other"),
    "trade": ("equal", "neither", "typo", "part", "part_formal", "silent", "silent_formal", "other"),
    "form": ("equal", "same_kind", "group", "silent", "typo", "other"),
    "branch": ("neither", "equal", "other"),
    "address": ("equal", "silent", "other"),
    "phone": ("equal", "silent", "other"),
    "representative": ("equal", "silent", "other"),
}
NAME_PARTS = ("brand", "region", "trade", "form", "branch")
PARTS = tuple(OUTCOMES)


@dataclass(frozen=True, eq=False)  # compared by identity, so that what is laid out from it can be kept
class Lexicon:
    """Both catalogues, checked; `digest` names the pair."""

    words: Words
    weights: Weights
    digest: str

    @cached_property
    def places(self) -> dict[str, str]:
        """Region word → tree code: two digits a province, four a city, six a district (see `place_words`)."""
        found: dict[str, str] = {}
        for word, code in place_words(self.words):
            found.setdefault(word, code)
        return found

    @cached_property
    def forms(self) -> dict[str, str]:
        """Word of a form → its kind."""
        return {word: kind for kind, words in self.words.forms.items() for word in words}

    @cached_property
    def trades(self) -> frozenset[str]:
        """All trade words."""
        return frozenset(word for line in self.words.trades for word in line)


def place_words(words: Words) -> Iterator[tuple[str, str]]:
    """Yield the words by which a name says its region, today's meaning before an earlier one.

    Cities of other provinces have no code here; `43:长沙` stands for one, and starts as its province does.
    Districts count only when written in full: 白云 and 朝阳 are 字号 more often than places.
    """
    never_bare = set(words.only_with_suffix)
    today = {code: region for code, region in regions().items() if region.valid_to is None}
    yield from _home_words(today, never_bare)
    for code, name in PROVINCES.items():
        yield name, code
        bare = next((name.removesuffix(s) for s in _SUFFIXES if name.endswith(s)), name)
        if len(bare) > 1:
            yield bare, code
    for province, cities in words.cities.items():
        for city in cities:
            if city not in never_bare:
                yield city, f"{province}:{city}"
            yield f"{city}市", f"{province}:{city}"
    yield from _home_words({code: r for code, r in regions().items() if code not in today}, never_bare)


def _home_words(divisions: Mapping[str, Region], never_bare: set[str]) -> Iterator[tuple[str, str]]:
    for code in sorted(divisions, key=lambda one: (len(tree_prefix(one)), one)):
        name, prefix = divisions[code].name, tree_prefix(code)
        yield name, prefix
        if len(prefix) == 4 and name.endswith("市") and name[:-1] not in never_bare:
            yield name[:-1], prefix


def _read(folder: Traversable, name: str, form: type[_Form], problems: list[Problem]) -> tuple[Any, bytes]:
    raw = folder.joinpath(name).read_bytes()
    try:
        return form.model_validate(yaml.safe_load(raw)), raw
    except yaml.YAMLError as error:
        problems.append(Problem(name, f"不是有效的 YAML：{error}"))
    except ValidationError as error:
        problems += [Problem(f"{name}.{'.'.join(map(str, e['loc']))}", e["msg"]) for e in error.errors()]
    return None, raw


def _word_problems(words: Words) -> Iterator[Problem]:
    for province in words.cities:
        if province not in PROVINCES:
            yield Problem("words.yaml.cities", f"“{province}”不是省份代码", "43")
    for name, groups in (("forms", tuple(words.forms.values())), ("trades", words.trades)):
        for line in groups:
            for word in line:
                if not word or line.count(word) > 1:
                    yield Problem(f"words.yaml.{name}", f"词“{word}”为空或在同一行写了两次")


def _weight_problems(weights: Weights) -> Iterator[Problem]:
    for part, wanted in OUTCOMES.items():
        given = weights.parts.get(part, {})
        for outcome in wanted:
            if outcome not in given:
                yield Problem(f"weights.yaml.parts.{part}", f"缺少“{outcome}”", "{points: 5, zh: …}")
        for outcome, agreement in given.items():
            where = f"weights.yaml.parts.{part}.{outcome}"
            if outcome not in wanted:
                yield Problem(where, "比对不会得出这种结果", wanted[0])
            fields = {field for _, field, _, _ in Formatter().parse(agreement.zh) if field}
            if fields - {"left", "right"}:
                yield Problem(where, "句子里只能用 {left} 与 {right}", "字号“{right}”相同")
    for part in weights.parts:
        if part not in OUTCOMES:
            yield Problem("weights.yaml.parts", f"没有名为“{part}”的比对项", "brand")
    if weights.thresholds.queue >= weights.thresholds.link:
        yield Problem("weights.yaml.thresholds", "queue 应小于 link", "queue: 55")
    best = sum(max((a.points for a in weights.parts.get(p, {}).values()), default=0) for p in NAME_PARTS)
    if best != 100:
        yield Problem("weights.yaml.parts", f"名称各项最高分之和是 {best}，应为 100")


def load_lexicon(folder: Traversable) -> Lexicon:
    """Load both catalogues of a folder. Raises CatalogueError with all problems."""
    problems: list[Problem] = []
    words, words_raw = _read(folder, "words.yaml", Words, problems)
    weights, weights_raw = _read(folder, "weights.yaml", Weights, problems)
    if words is not None:
        problems += _word_problems(words)
    if weights is not None:
        problems += _weight_problems(weights)
    if problems:
        raise CatalogueError("linkage", problems)
    return Lexicon(words, weights, hashlib.sha256(words_raw + weights_raw).hexdigest())


@cache
def lexicon() -> Lexicon:
    """Return the catalogues that ship with Lookout."""
    return load_lexicon(resources.files("lookout.hub.linkage").joinpath("catalogue"))
