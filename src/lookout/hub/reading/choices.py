"""What a filter may name: the values there are, and the nearest to one that there is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from lookout.hub.reading.model import BANDS, CompanyFilter
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.hub.reading.words import BAND_NAMES, CHANGE_NAMES
from lookout.kernel.errors import LookoutError
from lookout.kernel.regions import PROVINCES, region_name, regions, tree_prefix

# More values than this are not listed in one message.
MOST_LISTED = 30


class UnknownChoiceError(LookoutError):
    """A filter names values that do not exist; the message says which do, all of them together."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def checked(snapshot: OpenSnapshot, asked: CompanyFilter) -> CompanyFilter:
    """Return the filter with codes in their own spelling; Chinese names are accepted for codes.

    Raises UnknownChoiceError with every value that does not exist: an empty list would be taken for an answer.
    """
    problems: list[str] = []
    types = {str(code): str(name) for code, name in snapshot.catalogue["organization_types"].items()}
    labels = {str(code): str(entry["zh"]) for code, entry in snapshot.catalogue["labels"].items()}
    bands = tuple(
        _choice("等级", band, {str(band): name for band, name in BAND_NAMES.items()}, problems)
        for band in asked.bands
    )
    found = replace(
        asked,
        bands=tuple(band for band in BANDS if band in bands),
        region=_region(asked.region, problems),
        organization_type=_choice("业态", asked.organization_type, types, problems),
        change=_choice("变动", asked.change, CHANGE_NAMES, problems),
        label=_choice("风险标签", asked.label, labels, problems),
    )
    if problems:
        raise UnknownChoiceError(problems)
    return found


def _choice(kind: str, given: str, known: Mapping[str, str], problems: list[str]) -> str:
    """Return the code meant by a code in any case or by its Chinese name; '' for none asked or none found."""
    if not given:
        return ""
    spellings = {spelling.casefold(): code for code, name in known.items() for spelling in (name, code)}
    found = spellings.get(given.strip().casefold())
    if found is not None:
        return found
    near = get_close_matches(given.strip().casefold(), spellings, 1, cutoff=0.5)
    meant = f"；最接近的是 {spellings[near[0]]}（{known[spellings[near[0]]]}）" if near else ""
    listed = "、".join(f"{code}（{name}）" for code, name in known.items())
    there_are = f"；可用的有：{listed}" if len(known) <= MOST_LISTED else f"；共有 {len(known)} 个可用"
    problems.append(f"没有名为“{given}”的{kind}{meant}{there_are}")
    return ""


def _region(given: str, problems: list[str]) -> str:
    """Return a division's code given by it, by a prefix of it, or by its Chinese name."""
    text = given.strip()
    if not text:
        return ""
    home = regions()
    named = [code for code, region in home.items() if region.name == text and region.valid_to is None]
    if named:
        return named[0]
    if text.isascii() and text.isdigit() and len(text) in (2, 4, 6):
        full = text.ljust(6, "0")
        elsewhere = text[:2] in PROVINCES and text[:2] != next(iter(home))[:2]
        if full in home or text in PROVINCES or elsewhere:
            return tree_prefix(text)
        valid = [code for code, region in home.items() if region.valid_to is None]
        near = get_close_matches(
            full, [code for code in valid if len(text) == 6 or code.endswith("00")], 1, cutoff=0.5
        )
    else:
        names = {region.name: code for code, region in home.items() if region.valid_to is None}
        near = [names[name] for name in get_close_matches(text, names, 1, cutoff=0.5)]
    meant = f"；最接近的是 {near[0]}（{region_name(near[0])}）" if near else ""
    cities = "、".join(
        f"{code[:4]} {region.name}"
        for code, region in home.items()
        if code.endswith("00") and code[2:4] != "00" and region.valid_to is None
    )
    problems.append(f"没有区划“{given}”{meant}；各市为：{cities}。也可用 6 位区县代码或名称")
    return ""


def checked_code(snapshot: OpenSnapshot, given: str) -> str:
    """Return the code of an indicator, label or rule in its own spelling. Raises UnknownChoiceError."""
    problems: list[str] = []
    catalogue = snapshot.catalogue
    known = {
        str(code): str(entry["zh"])
        for kind in ("rules", "labels", "indicators")
        for code, entry in catalogue[kind].items()
    }
    found = _choice("指标、标签或规则", given, known, problems)
    if problems:
        raise UnknownChoiceError(problems)
    return found
