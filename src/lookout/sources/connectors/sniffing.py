"""What the values of a source column look like: check digits, dates, numbers, code lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime

from lookout.contracts import Column, ColumnType
from lookout.kernel.identifiers import clean_code, is_person_id, is_registration_no, is_uscc
from lookout.sources.headers import normal

_DATE = re.compile(r"(19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?([T\s].*)?|(19|20)\d{6}(\.0)?")
_SERIAL = re.compile(r"[34]\d{4}(\.\d+)?")  # days as a spreadsheet counts them, 1982 to 2036
_MONTH = re.compile(r"(19|20)\d{2}\s*[-/.年]?\s*(0?[1-9]|1[0-2])\s*月?(\.0)?")
_YEAR = re.compile(r"(19|20)\d{2}(\.0+|年)?")
_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d+)?")
_WHOLE = re.compile(r"[-+]?[\d,]+(\.0+)?")
_REGION = re.compile(r"[1-9]\d{5}")
_PHONE = re.compile(r"(\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
_WORDS_OF_TRUTH = frozenset(
    {"是", "否", "有", "无", "true", "false", "y", "n", "yes", "no", "1", "0", "1.0", "0.0"}
)
# Other ways of writing a day, each told apart by a value the next would not read.
FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%y-%m-%d", "%y/%m/%d", "%Y%m%d%H%M%S")
# A value of these kinds can hardly be anything else.
TELLING = frozenset(
    {ColumnType.USCC, ColumnType.PERSON_ID, ColumnType.EMAIL, ColumnType.URL, ColumnType.CODE}
)
Test = Callable[[str], bool]


def _plain(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


def _is_registration(value: str) -> bool:
    code = clean_code(value)
    return is_registration_no(code) or (len(code) == 13 and code.isdigit())


_TESTS: dict[ColumnType, Test] = {
    ColumnType.USCC: lambda value: is_uscc(clean_code(value)),
    ColumnType.REGISTRATION_NO: _is_registration,
    ColumnType.PERSON_ID: lambda value: is_person_id(clean_code(value)) or "*" in value,
    ColumnType.REGION: lambda value: bool(_REGION.fullmatch(value)),
    ColumnType.DATE: lambda value: bool(_DATE.fullmatch(value) or _SERIAL.fullmatch(value)),
    ColumnType.MONTH: lambda value: bool(_MONTH.fullmatch(value) or _DATE.fullmatch(value)),
    ColumnType.YEAR: lambda value: bool(_YEAR.fullmatch(value)),
    ColumnType.INTEGER: lambda value: bool(_WHOLE.fullmatch(value)),
    ColumnType.NUMBER: lambda value: bool(_NUMBER.fullmatch(value)),
    ColumnType.RATIO: lambda value: bool(_NUMBER.fullmatch(value.rstrip("%"))),
    ColumnType.MONEY: lambda value: bool(_NUMBER.fullmatch(value.lstrip("¥"))),
    ColumnType.BOOLEAN: lambda value: value.lower() in _WORDS_OF_TRUTH,
    ColumnType.PHONE: lambda value: bool(_PHONE.fullmatch(re.sub(r"[\s-]", "", value))) or "*" in value,
    ColumnType.EMAIL: lambda value: "@" in value,
    ColumnType.URL: lambda value: bool(re.match(r"(https?://|www\.)\S+|\S+\.(com|cn|net|org)\b", value)),
    ColumnType.PERSON_NAME: lambda value: 1 < len(value) <= 12 and not any(c.isdigit() for c in value),
}


class Values:
    """The values of one source column in the sample, blanks left out."""

    def __init__(self, values: Sequence[str]) -> None:
        self.all = [plain for value in values if (plain := _plain(value))]
        self._fits: dict[ColumnType, float] = {}

    def fit(self, column: Column) -> float | None:
        """Return the share of values that a column's type can hold; None when nothing can be said."""
        if not self.all or column.type in (ColumnType.TEXT, ColumnType.TEXT_LIST):
            return None
        if isinstance(column.codes, dict):
            known = {normal(text) for pair in column.codes.items() for text in pair}
            return sum(normal(value) in known for value in self.all) / len(self.all)
        if column.type not in self._fits:
            test = _TESTS.get(column.type)
            if test is None:
                return None
            self._fits[column.type] = sum(map(test, self.all)) / len(self.all)
        return self._fits[column.type]

    def date_formats(self) -> list[str]:
        """Return the unusual formats in which all values are days; several when they cannot be told apart."""
        return [pattern for pattern in FORMATS if self.all and all(_reads(pattern, v) for v in self.all)]

    def has_percentages(self) -> bool:
        """Tell whether numbers that should be shares are written as percent."""
        numbers = [float(v.replace(",", "")) for v in self.all if _NUMBER.fullmatch(v)]
        return any(number > 1 for number in numbers) and all(0 <= number <= 100 for number in numbers)

    def unknown_codes(self, column: Column) -> list[str]:
        """Return the different values that are not in a column's code list, most frequent first."""
        codes = column.codes if isinstance(column.codes, dict) else {}
        known = {normal(text) for pair in codes.items() for text in pair}
        counts: dict[str, int] = {}
        for value in self.all:
            if normal(value) not in known:
                counts[value] = counts.get(value, 0) + 1
        return sorted(counts, key=lambda value: (-counts[value], value))


def _reads(pattern: str, value: str) -> bool:
    try:
        datetime.strptime(value, pattern)  # noqa: DTZ007 a day has no zone
    except ValueError:
        return False
    return True
