"""Link the written catalogue: measures to tables and categories, expressions to names, rules to sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lookout.contracts.schema import Table
from lookout.engine.measures.check import check
from lookout.engine.measures.schema import TableInfo
from lookout.engine.scoring.curves import Curve, parse_curve
from lookout.engine.scoring.expression import Expression, ExpressionError, parse_expression
from lookout.engine.scoring.form import CapForm, FloorForm, IndicatorForm, Input, SignalForm
from lookout.engine.scoring.model import F, Indicator, Rule, Signal, Source
from lookout.kernel.errors import Problem

LABEL = re.compile(r"^label_[A-Z]{3}\d{3}$")
# What a rule may ask about the company as a whole, beside indicators, signals and labels.
WHOLE = ("source_types", "coverage", "base", "name_match_confidence")


@dataclass
class Linker:
    """What the catalogue may name, and the problems found while linking it."""

    contracts: Mapping[str, Table]
    schema: Mapping[str, TableInfo]
    mart_sources: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str]
    terms: Mapping[str, tuple[str, ...]]
    organization_types: frozenset[str]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, where: str, what: str, example: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(where, what, example))

    def tables_of(self, name: str) -> tuple[str, ...]:
        """Return the contract tables behind a table or mart, in the mart's order."""
        if name in self.contracts:
            return (name,)
        found = [t for source in self.mart_sources.get(name, ()) for t in self.tables_of(source)]
        return tuple(dict.fromkeys(found))

    def source(self, column: str, entry: Input, where: str) -> Source:
        """Check a measure and find the tables and the category behind it."""
        self.problems += check(entry, where, self.schema)
        tables = self.tables_of(entry.table)
        category = entry.category or (self.contracts[tables[0]].category if tables else None)
        return Source(column, entry, tables, category, entry.phrase, is_needed=entry.needed)

    def expression(self, text: str, known: Iterable[str], where: str) -> Expression | None:
        """Parse an expression; a mistake becomes a problem and None is returned."""
        try:
            return parse_expression(text, known)
        except ExpressionError as error:
            self.refuse(where, str(error))
            return None

    def curve(self, form: IndicatorForm, where: str) -> Curve:
        """Parse the knots; a mistake becomes a problem and a flat curve is returned."""
        try:
            return parse_curve(form.knots, form.scale)
        except ValueError as error:
            self.refuse(f"{where}.knots", f"“{form.knots}”：{error}", "0:0,5:50,20:100")
            return Curve((0.0, 1.0), (0.0, 0.0))

    def types(self, named: str | tuple[str, ...] | None, where: str) -> frozenset[str] | None:
        """Resolve `applies_to`: a list of types or the name of a constant that lists them."""
        if named is None:
            return None
        if isinstance(named, str) and named not in self.terms:
            self.refuse(where, f"没有名为“{named}”的业态清单常量", "LICENSED_TYPES")
            return frozenset()
        found = frozenset(self.terms[named] if isinstance(named, str) else named)
        if found - self.organization_types:
            self.refuse(
                where,
                f"不是业态代码：{'、'.join(sorted(found - self.organization_types))}",
                "p2p_lending_platform",
            )
        return found


def _one_origin(code: str, form: IndicatorForm, linker: Linker, where: str) -> None:
    origins = [bool(form.inputs), form.derive is not None, form.population, form.waits_for is not None]
    if sum(origins) != 1:
        linker.refuse(where, "inputs、derive、population、waits_for 须恰好给出一项", "waits_for: graph")
    if (form.missing == "never_missing") != (form.population and form.default is not None):
        linker.refuse(where, "never_missing 须同时给出 population: true 和 default", "default: 50")
    if form.absent_value is not None and not form.inputs:
        linker.refuse(f"{where}.absent_value", "只有带 inputs 的指标才能给出 absent_value")


def _inputs(code: str, form: IndicatorForm, linker: Linker, where: str) -> tuple[Source, ...]:
    if form.population:
        return (Source(f"{code}__1", None, (), None),)
    return tuple(
        linker.source(f"{code}__{number}", entry, f"{where}.inputs[{number}]")
        for number, entry in enumerate(form.inputs, 1)
    )


def link_signals(forms: Mapping[str, SignalForm], linker: Linker) -> dict[str, Signal]:
    """Resolve the signals."""
    signals = {}
    for name, form in forms.items():
        where = f"rating.yaml:signals.{name}"
        if (form.measure is None) != (form.waits_for is not None):
            linker.refuse(where, "measure 和 waits_for 须恰好给出一项", "waits_for: text")
        waiting = Source(name, None, (), form.category, waits=True)
        source = linker.source(name, form.measure, f"{where}.measure") if form.measure else waiting
        signals[name] = Signal(name, form, source)
    return signals


def link_indicators(
    forms: Mapping[str, IndicatorForm], signals: Mapping[str, Signal], linker: Linker
) -> dict[str, Indicator]:
    """Resolve the indicators, in the order they are written."""
    inputs = {code: _inputs(code, form, linker, f"indicators.yaml:{code}") for code, form in forms.items()}
    columns = [source.column for sources in inputs.values() for source in sources]
    known = {*forms, *columns, *signals, *linker.constants}
    found = {}
    for code, form in forms.items():
        where = f"indicators.yaml:{code}"
        _one_origin(code, form, linker, where)
        derive = linker.expression(form.derive, known, f"{where}.derive") if form.derive else None
        applies_to = linker.types(form.applies_to, f"{where}.applies_to")
        if form.joins is not None and form.joins not in forms:
            linker.refuse(f"{where}.joins", f"没有指标“{form.joins}”", "Y01")
        tables = tuple(sorted({t for source in inputs[code] if source.is_needed for t in source.tables}))
        curve = linker.curve(form, where)
        found[code] = Indicator(code, form, curve, inputs[code], derive, applies_to, tables)
    return found


def compute_order(indicators: Mapping[str, Indicator], linker: Linker) -> tuple[str, ...]:
    """Return the codes with every derived indicator after those it reads."""
    done: list[str] = []
    rest = list(indicators)
    while rest:
        ready = [code for code in rest if _operands(indicators[code], indicators) <= set(done)]
        if not ready:
            linker.refuse("indicators.yaml", f"derive 互相引用：{'、'.join(rest)}")
            return tuple(indicators)
        done += ready
        rest = [code for code in rest if code not in ready]
    return tuple(done)


def _operands(indicator: Indicator, indicators: Mapping[str, Indicator]) -> set[str]:
    names = indicator.derive.names if indicator.derive else ()
    return {name.split("__")[0] for name in names} & set(indicators)


def _sources_of(
    names: Iterable[str], indicators: Mapping[str, Indicator], signals: Mapping[str, Signal]
) -> list[Source]:
    found: list[Source] = []
    for name in names:
        base = name.removesuffix("_score").removesuffix("_excess").split("__")[0]
        if base in indicators:
            indicator = indicators[base]
            found += indicator.inputs
            if indicator.derive:
                found += _sources_of(indicator.derive.names, indicators, signals)
        elif base in signals:
            found.append(signals[base].source)
    return found


def link_rules(
    forms: Mapping[str, F], indicators: Mapping[str, Indicator], signals: Mapping[str, Signal], linker: Linker
) -> tuple[Rule[F], ...]:
    """Resolve floors or caps, in the order of their codes."""
    inputs: list[str] = [source.column for i in indicators.values() for source in i.inputs]
    known = {*indicators, *inputs, *signals, *linker.constants, *WHOLE}
    known |= {f"{code}_score" for code in indicators}
    known |= {f"{code}_excess" for code, i in indicators.items() if i.form.size_adjusted}
    rules = []
    for code, form in sorted(forms.items()):
        where = f"rating.yaml:{code}"
        labels = set(re.findall(r"\blabel_[A-Z]{3}\d{3}\b", form.when))
        when = linker.expression(form.when, known | labels, f"{where}.when")
        if when is None:
            continue
        sources = {s.column: s for s in _sources_of(when.names, indicators, signals)}
        _can_fire(form, tuple(sources.values()), linker, where)
        rules.append(Rule(code, form, when, tuple(sources.values())))
    return tuple(rules)


def _can_fire(form: FloorForm | CapForm, sources: tuple[Source, ...], linker: Linker, where: str) -> None:
    if isinstance(form, CapForm):
        if (form.cap is None) != form.grey:
            linker.refuse(where, "cap 和 grey: true 须恰好给出一项", "cap: 59")
    elif not form.authoritative and not {source.category for source in sources} - {None}:
        linker.refuse(where, "条件没有任何数据来源可作佐证，永远不会触发", "authoritative: true")
