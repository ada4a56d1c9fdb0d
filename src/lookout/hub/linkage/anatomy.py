"""The anatomy of a Chinese company name: 行政区划 + 字号 + 行业 + 组织形式, and the branch behind it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import pyarrow as pa
from pypinyin.pinyin_dict import pinyin_dict

from lookout.hub.linkage.lexicon import Lexicon

ANATOMY_SCHEMA = pa.schema(
    [
        ("name", pa.string()),  # in its normal form (resolution.normalise_name)
        ("region", pa.string()),  # tree code, '' when the name says none
        ("brand", pa.string()),  # 字号
        ("sound", pa.string()),  # the 字号 as syllables without tones
        ("trade", pa.string()),
        ("form", pa.string()),
        ("kind", pa.string()),  # of the form
        ("branch", pa.string()),
        ("brand_start", pa.int32()),  # places in `name`: the 字号 is name[brand_start:brand_end]
        ("brand_end", pa.int32()),
        ("trade_end", pa.int32()),
    ]
)
_NUMERALS = frozenset("第一二三四五六七八九十百零0123456789")
_SHORTEST_BRAND = 2
_MOST_TRADE_WORDS = 6


@cache
def _syllables() -> dict[int, str]:
    """Character → its commonest syllable without tone and a space; other characters stand for themselves."""
    plain: dict[str, str] = {}
    for reading in {readings.split(",")[0] for readings in pinyin_dict.values()}:
        folded = unicodedata.normalize("NFD", reading.replace("ü", "v"))
        plain[reading] = "".join(c for c in folded if not unicodedata.combining(c)) + " "
    return {code: plain[readings.split(",")[0]] for code, readings in pinyin_dict.items()}


def sounds_of(texts: Sequence[str]) -> list[str]:
    """Return each text as syllables without tones."""
    table = _syllables()
    return [text.translate(table) for text in texts]


class _Ends:
    """Words looked up at the end of a text, longest first; the last character says which lengths to try."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        lengths: dict[str, set[int]] = {}
        for word in self.words:
            lengths.setdefault(word[-1], set()).add(len(word))
        self._lengths = {last: tuple(sorted(found, reverse=True)) for last, found in lengths.items()}

    def start(self, text: str, stop: int, least: int) -> int:
        """Return where the longest word that ends at `stop` begins, not before `least`; else `stop`."""
        for length in self._lengths.get(text[stop - 1], ()):
            if stop - length >= least and text[stop - length : stop] in self.words:
                return stop - length
        return stop


class _Layout:
    """The lexicon laid out for looking up beginnings and ends."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.places, self.kinds = lexicon.places, lexicon.forms
        self.forms, self.trades = _Ends(lexicon.forms), _Ends(lexicon.trades)
        self.place_ends, self.branches = _Ends(lexicon.places), _Ends(lexicon.words.branches)
        self.groups = _Ends(lexicon.words.group)
        lengths: dict[str, set[int]] = {}
        for place in self.places:
            lengths.setdefault(place[0], set()).add(len(place))
        self.place_lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}


@lru_cache(maxsize=4)
def _layout(lexicon: Lexicon) -> _Layout:
    return _Layout(lexicon)


def _branch_start(name: str, layout: _Layout) -> int:
    """Return where the branch part begins; the length of the name when it names no branch."""
    cut = layout.branches.start(name, len(name), _SHORTEST_BRAND)
    if cut == len(name):
        return cut
    # The head's own form stands before the branch: the last one counts.
    for stop in range(cut, _SHORTEST_BRAND + 1, -1):
        if layout.forms.start(name, stop, _SHORTEST_BRAND) <= stop - 2:
            return stop
    # A head without its form: the place or number of the branch stands right before the word.
    start = cut
    while start > _SHORTEST_BRAND and name[start - 1] in _NUMERALS:
        start -= 1
    return layout.place_ends.start(name, start, _SHORTEST_BRAND)


def _form_start(name: str, stop: int, layout: _Layout) -> tuple[int, str]:
    """Return where the form begins and its kind; `stop` and '' when there is none."""
    start = layout.forms.start(name, stop, _SHORTEST_BRAND)
    kind = layout.kinds[name[start:stop]] if start < stop else ""
    group = layout.groups.start(name, start, _SHORTEST_BRAND)
    return group, kind or ("company" if group < start else "")


def _region(name: str, stop: int, layout: _Layout) -> tuple[int, str]:
    """Return where the region ends and its code: 广东省广州市天河区… is one region."""
    end, code = 0, ""
    for _level in range(3):
        for length in layout.place_lengths.get(name[end], ()):
            found = layout.places.get(name[end : end + length]) if end + length < stop else None
            if found is not None and found.startswith(code[:2]):
                end, code = end + length, found
                break
        else:
            break
    return end, code


def _trade_start(name: str, begin: int, stop: int, layout: _Layout) -> int:
    """Return where the trade begins: words are taken off the end as long as a 字号 is left."""
    for _word in range(_MOST_TRADE_WORDS):
        start = layout.trades.start(name, stop, begin + _SHORTEST_BRAND)
        if start == stop:
            break
        stop = start
    return stop


def _place_before(name: str, stop: int, begin: int, layout: _Layout) -> tuple[int, str]:
    """Return where a place that ends at `stop` begins, and its code; `stop` and '' when there is none."""
    if stop <= begin:
        return stop, ""
    start = layout.place_ends.start(name, stop, begin + _SHORTEST_BRAND)
    return start, layout.places[name[start:stop]] if start < stop else ""


def _place_within(name: str, begin: int, stop: int, layout: _Layout) -> tuple[int, int, str]:
    """Return where the first place inside a text begins and ends, and its code; '' when there is none."""
    for start in range(begin + _SHORTEST_BRAND, stop - 2):
        for length in layout.place_lengths.get(name[start], ()):
            found = layout.places.get(name[start : start + length])
            if found is not None and start + length < stop:
                return start, start + length, found
    return stop, stop, ""


def _dissect(name: str, layout: _Layout) -> tuple[object, ...]:
    if not name:
        return ("",) * 8 + (0, 0, 0)
    head = _branch_start(name, layout)
    form_start, kind = _form_start(name, head, layout)
    begin, region = _region(name, form_start, layout)
    if form_start - begin < _SHORTEST_BRAND or name[begin:form_start] in layout.trades.words:
        # Nothing but a trade is left: the place was the 字号 (北京银行、朝阳科技).
        begin, region = 0, ""
    trade_end = form_start
    if not region:
        # 安邦贸易（广州）有限公司: brackets are gone from the normal form, the place stands before the form.
        trade_end, region = _place_before(name, form_start, begin, layout)
    trade_start = _trade_start(name, begin, trade_end, layout)
    brand_end = trade_start
    if not region:
        # 安邦（广州）贸易有限公司: likewise behind the 字号.
        brand_end, region = _place_before(name, trade_start, begin, layout)
    if not region:
        # 安邦（广州）花艺有限公司, a trade we have no word for: it is what follows the place.
        place, after, region = _place_within(name, begin, trade_start, layout)
        if region:
            brand_end, trade_start = place, after
    return (
        name, region, name[begin:brand_end], "", name[trade_start:trade_end], name[form_start:head], kind,
        name[head:], begin, brand_end, trade_end,
    )  # fmt: skip


def dissect(names: Sequence[str], lexicon: Lexicon) -> pa.Table:
    """Return the anatomy of names in their normal form, one row each, in their order.

    What a name does not say is ''; a name that says nothing known is all 字号.
    """
    layout = _layout(lexicon)
    rows = [_dissect(name, layout) for name in names]
    columns: list[Sequence[object]] = list(zip(*rows, strict=True)) or [[] for _ in ANATOMY_SCHEMA]
    columns[ANATOMY_SCHEMA.get_field_index("sound")] = sounds_of([str(brand) for brand in columns[2]])
    arrays = [pa.array(column, field.type) for column, field in zip(columns, ANATOMY_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=ANATOMY_SCHEMA)
