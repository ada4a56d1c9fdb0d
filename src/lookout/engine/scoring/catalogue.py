"""Load the rating catalogue as a whole; every problem of every file is reported together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lookout.contracts.catalogue import contracts, problems_of, read_yaml
from lookout.contracts.constants import Terms, constants
from lookout.contracts.schema import Table
from lookout.engine.measures.schema import TableInfo, shipped_schema
from lookout.engine.scoring.form import (
    DIMENSIONS,
    IndicatorForm,
    PartForm,
    ProfileForm,
    RulesForm,
)
from lookout.engine.scoring.linking import (
    LABEL,
    Linker,
    compute_order,
    link_indicators,
    link_rules,
    link_signals,
)
from lookout.engine.scoring.model import Indicator, Part, Profile, RatingCatalogue, Signal
from lookout.hub.marts import marts
from lookout.kernel.errors import CatalogueError

DEFAULT_PROFILE = "default"
_SUM_TOLERANCE = 1e-9

M = TypeVar("M", bound=BaseModel)


def _read(file: Traversable, digest: Any, linker: Linker) -> dict[str, Any]:
    digest.update(file.read_bytes())
    content = read_yaml(file, linker.problems)
    return content if isinstance(content, dict) else {}


def _entry(model: type[M], raw: Any, where: str, linker: Linker) -> M | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        linker.problems += problems_of(error, where)
        return None


def _sums_to_one(weights: Mapping[str, float], where: str, linker: Linker) -> None:
    total = sum(weights.values())
    if weights and abs(total - 1) > _SUM_TOLERANCE:
        linker.refuse(where, f"权重合计为 {total:.4g}，应为 1（{'、'.join(weights)}）")


def _check_rules(rules: RulesForm, forms: Mapping[str, IndicatorForm], linker: Linker) -> None:
    missing = [d for d in DIMENSIONS if d not in rules.dimensions]
    if missing:
        linker.refuse("rating.yaml:dimensions", f"缺少维度 {'、'.join(missing)}")
    _sums_to_one({d: f.weight for d, f in rules.dimensions.items()}, "rating.yaml:dimensions", linker)
    for dimension in DIMENSIONS:
        weights = {code: form.weight for code, form in forms.items() if form.dimension == dimension}
        _sums_to_one(weights, f"indicators.yaml:{dimension}", linker)
    starts = [band.starts_at for band in rules.bands.values()]
    if list(rules.bands) != ["red", "orange", "yellow", "normal"] or sorted(starts, reverse=True) != starts:
        linker.refuse("rating.yaml:bands", "须依次给出 red、orange、yellow、normal，下限由高到低")
    elif starts[-1] != 0:
        linker.refuse("rating.yaml:bands.normal.starts_at", "最低一级须从 0 开始", "0")


def _dimension_part(name: str, form: PartForm, rules: RulesForm, indicators: Mapping[str, Indicator]) -> Part:
    members = [
        (c, i.form.weight) for c, i in sorted(indicators.items()) if i.form.dimension == form.dimension
    ]
    return Part(name, form.zh, form.weight, tuple(members), rules.worst_signal.share)


def _profile(
    name: str,
    form: ProfileForm,
    rules: RulesForm,
    indicators: Mapping[str, Indicator],
    signals: Mapping[str, Signal],
    linker: Linker,
) -> Profile:
    where = f"profiles/{name}.yaml"
    if name != DEFAULT_PROFILE:  # the default profile has the dimensions' own weights, checked with them
        _sums_to_one({p: part.weight for p, part in form.parts.items()}, f"{where}:parts", linker)
    parts = []
    for part_name, part in form.parts.items():
        if (part.dimension is None) != bool(part.members):
            linker.refuse(
                f"{where}:parts.{part_name}", "dimension 和 members 须恰好给出一项", "members: [H07]"
            )
        unknown = [m for m in part.members if m not in indicators and m not in signals]
        if unknown:
            linker.refuse(f"{where}:parts.{part_name}", f"没有名为 {'、'.join(unknown)} 的指标或信号")
        if part.dimension is not None:
            parts.append(_dimension_part(part_name, part, rules, indicators))
        else:
            share = 1 / max(len(part.members), 1)
            parts.append(Part(part_name, part.zh, part.weight, tuple((m, share) for m in part.members), 0.0))
    return Profile(name, form.zh, tuple(parts))


def _default_profile(rules: RulesForm) -> ProfileForm:
    parts = {d: PartForm(zh=f.zh, weight=f.weight, dimension=d) for d, f in rules.dimensions.items()}
    return ProfileForm(zh="五维风险评级", parts={str(d): part for d, part in parts.items()})


def _profiles(folder: Traversable, digest: Any, linker: Linker) -> Iterator[tuple[str, ProfileForm]]:
    home = folder.joinpath("profiles")
    if not home.is_dir():
        return
    for file in sorted(home.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            form = _entry(ProfileForm, _read(file, digest, linker), f"profiles/{file.name}", linker)
            if form is not None:
                yield file.name.removesuffix(".yaml"), form


def _categories(indicators: Mapping[str, Indicator], signals: Mapping[str, Signal]) -> tuple[str, ...]:
    sources = [s for i in indicators.values() for s in i.inputs] + [s.source for s in signals.values()]
    return tuple(sorted({source.category for source in sources if source.category is not None}))


def load(
    folder: Traversable,
    *,
    schema: Mapping[str, TableInfo],
    tables: Mapping[str, Table],
    mart_sources: Mapping[str, tuple[str, ...]],
) -> RatingCatalogue:
    """Load a rating catalogue from a folder. Raises CatalogueError with all problems."""
    terms = {n: entry.terms for n, entry in constants().entries.items() if isinstance(entry, Terms)}
    series = {n: kind for n, kind in constants().kinds().items() if kind == "series"}
    types = frozenset(tables["company"].columns["organization_type"].codes or ())
    linker = Linker(tables, schema, mart_sources, series, terms, types)
    digest = hashlib.sha256()
    raw = _read(folder.joinpath("indicators.yaml"), digest, linker)
    forms = {
        code: form
        for code, entry in (raw.get("indicators") or {}).items()
        if (form := _entry(IndicatorForm, entry, f"indicators.yaml:{code}", linker)) is not None
    }
    rules = _entry(RulesForm, _read(folder.joinpath("rating.yaml"), digest, linker), "rating.yaml", linker)
    if rules is None:
        raise CatalogueError("scoring", linker.problems)
    _check_rules(rules, forms, linker)
    signals = link_signals(rules.signals, linker)
    indicators = link_indicators(forms, signals, linker)
    order = compute_order(indicators, linker)
    floors = link_rules(rules.floors, indicators, signals, linker)
    caps = link_rules(rules.caps, indicators, signals, linker)
    written = {DEFAULT_PROFILE: _default_profile(rules), **dict(_profiles(folder, digest, linker))}
    profiles = {n: _profile(n, form, rules, indicators, signals, linker) for n, form in written.items()}
    if linker.problems:
        raise CatalogueError("scoring", linker.problems)
    conditions = [rule.when for rule in floors] + [rule.when for rule in caps]
    labels = {name for when in conditions for name in when.names if LABEL.match(name)}
    return RatingCatalogue(
        indicators=indicators,
        order=order,
        signals=signals,
        floors=floors,
        caps=caps,
        profiles=profiles,
        rules=rules,
        labels=tuple(sorted(labels)),
        constants=tuple(sorted(series)),
        categories=_categories(indicators, signals),
        digest=digest.hexdigest(),
    )


@cache
def rating_catalogue() -> RatingCatalogue:
    """Return the rating catalogue that ships with Lookout."""
    return load(
        resources.files("lookout.engine.scoring").joinpath("catalogue"),
        schema=shipped_schema(),
        tables=contracts(),
        mart_sources={name: tuple(mart.reads) for name, mart in marts().items()},
    )
