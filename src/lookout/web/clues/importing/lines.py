"""What one line of a bureau's ledger says, and everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal, InvalidOperation

from lookout.kernel.clock import SHANGHAI
from lookout.proof import sha256_hex
from lookout.web.clues.importing.table import Line, Table
from lookout.web.clues.importing.vocabulary import (
    CLOSED_WORD,
    MERGED_WORD,
    OPEN_WORD,
    code_of,
    heads_of,
    known_words,
    place_of,
)
from lookout.web.ui.districts import SEPARATORS

NO_REASON = "（原台账没有写明依据）"
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2})(?::\d{2})?)?$")
_MONEY = re.compile(r"^[¥￥]?([\d,，]+(?:\.\d+)?)(万|亿)?元?$")
_TIMES = {"万": 10_000, "亿": 100_000_000}
MOST_YUAN = Decimal(10) ** 15
LENGTHS = {"company_name": 200, "company": 120, "own_number": 60}


@dataclass
class Entry:
    """One line understood: its values, what is wrong with it, and its key in the agency's own ledger.

    `numbers` are all numbers the line bears, the desk's own among them.

    `values` are what a clue is made from; unknown things are absent. `is_closed` tells whether it has an outcome.
    """

    line: Line
    key: str = ""
    numbers: tuple[str, ...] = ()
    values: dict[str, object] = field(default_factory=dict)
    is_closed: bool = False
    problems: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a value as text, '' when it is not given."""
        return str(self.values.get(name, ""))


@dataclass(frozen=True)
class Circumstances:
    """What a line is read with: whose ledger it is, the regions of the person, and the day."""

    agency: str
    scope: tuple[str, ...] | None
    region: str  # for lines that name no place
    source: str  # for lines that name no source
    now: datetime


def understand(table: Table, given: Circumstances) -> list[Entry]:
    """Read every line; one with problems is kept with all of them, and keeps no other back."""
    entries = [_Reader(line, given).read() for line in table.lines]
    first: dict[str, int] = {}
    for entry in entries:
        earlier = first.setdefault(entry.key, entry.line.number)
        if earlier != entry.line.number:
            entry.problems.append(f"与第 {earlier} 行编号相同；一个编号只能有一行")
    return entries


class _Reader:
    """Reads one line."""

    def __init__(self, line: Line, given: Circumstances) -> None:
        self._line, self._given = line, given
        self._entry = Entry(line)

    def read(self) -> Entry:
        """Return what the line says."""
        values = self._entry.values
        for name in ("own_number", "company_name", "company", "summary", "advice", "outcome_reason", "owner"):
            values[name] = self._limited(name)
        values["company"] = self._entry.text("company").replace(" ", "").upper()
        if not values["company_name"]:
            self._wrong("没有企业名称")
        values["source"] = self._code("source") or self._given.source
        for name in ("band", "activity_class", "disguise_type", "secrecy"):
            values[name] = self._code(name)
        self._places()
        self._numbers()
        for name in ("hit_rules", "hit_labels"):
            values[name] = [one for one in re.split("[；;]", self._cell(name)) if one]
        self._life()
        self._entry.key = self._key()
        cells = self._line.cells
        self._entry.numbers = tuple(cells[head] for head in heads_of("own_number") if cells.get(head))
        return self._entry

    def _cell(self, name: str) -> str:
        cells: Mapping[str, str] = self._line.cells
        return next((cells[head] for head in heads_of(name) if cells.get(head)), "")

    def _wrong(self, text: str) -> None:
        self._entry.problems.append(text)

    def _limited(self, name: str) -> str:
        text, most = self._cell(name), LENGTHS.get(name, 4000)
        if len(text) > most:
            self._wrong(f"{heads_of(name)[0]}有 {len(text)} 个字，最多 {most} 个")
        return text

    def _code(self, kind: str) -> str:
        word = self._cell(kind)
        code = code_of(kind, word) if word else ""
        if code is None:
            self._wrong(f"看不懂{heads_of(kind)[0]}“{word}”；可以写：{known_words(kind)}")
        return code or ""

    def _places(self) -> None:
        for name in ("region_registered", "region_business"):
            text = self._cell(name)
            code = place_of(text) if text else ""
            if code is None:
                self._wrong(
                    f"找不到{heads_of(name)[0]}“{text}”；请写六位区划代码或全称，如 440106 或 广州市天河区"
                )
            self._entry.values[name] = code or ""
        values = self._entry.values
        if not values["region_business"] and not values["region_registered"]:
            values["region_business"] = self._given.region.ljust(6, "0") if self._given.region else ""
        where = [self._entry.text(name) for name in ("region_business", "region_registered")]
        names = [one for one in SEPARATORS.split(self._cell("involved_regions")) if one]
        if lost := [one for one in names if place_of(one) is None]:
            self._wrong(f"找不到涉及地区“{'、'.join(lost)}”；请写六位区划代码或全称")
        values["involved_regions"] = sorted({place_of(one) or "" for one in names if one not in lost})
        scope = self._given.scope
        if scope is not None and not any(place.startswith(scope) for place in where if place):
            self._wrong("经营地和注册地都不在您的辖区内；请交给当地导入")

    def _numbers(self) -> None:
        values = self._entry.values
        values["amount"] = self._money("amount", 1)
        if values["amount"] is None:
            values["amount"] = self._money("amount_wan", 10_000)
        values["score"] = self._score()
        values["coverage"] = self._coverage()
        people = self._cell("participants").replace(",", "").removesuffix("人")
        if people and not (people.isascii() and people.isdigit() and len(people) < 9):
            self._wrong(f"参与人数“{people}”不是整数")
            people = ""
        values["participants"] = int(people) if people else None

    def _money(self, name: str, times: int) -> Decimal | None:
        text = self._cell(name)
        if not text:
            return None
        match = _MONEY.match("".join(text.split()))
        if match is None:
            self._wrong(f"{heads_of(name)[0]}“{text}”不是金额；请写数字，如 350000 或 35万")
            return None
        number = Decimal(match[1].replace(",", "").replace("，", ""))
        yuan = number * (_TIMES[match[2]] if match[2] else times)
        if yuan >= MOST_YUAN:
            self._wrong(f"{heads_of(name)[0]}“{text}”大得不合情理；请核对单位")
            return None
        return yuan.quantize(Decimal("0.01"))

    def _score(self) -> Decimal | None:
        text = self._cell("score")
        try:
            score = Decimal(text) if text else None
        except InvalidOperation:
            score = Decimal(-1)
        if score is not None and not 0 <= score <= 100:
            self._wrong(f"得分“{text}”应在 0 到 100 之间")
            return None
        return score.quantize(Decimal("0.01")) if score is not None else None

    def _coverage(self) -> float | None:
        text = self._cell("coverage").removesuffix("%")
        if not text:
            return None
        try:
            share = float(text) / (100 if self._cell("coverage").endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self._wrong(f"数据覆盖度“{text}”应在 0 到 1 之间")
            return None
        return share

    def _moment(self, name: str) -> datetime | None:
        text = self._cell(name)
        if not text:
            return None
        match = _DAY.match(" ".join(text.split()))
        try:
            if match is None:
                raise ValueError
            day = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=SHANGHAI)
            moment = datetime.combine(day, time(int(match[4] or 0), int(match[5] or 0)), SHANGHAI)
        except ValueError:
            self._wrong(f"{heads_of(name)[0]}“{text}”不是日期；请写成 2024-03-05 或 2024年3月5日")
            return None
        if moment > self._given.now:
            self._wrong(f"{heads_of(name)[0]}“{text}”还没有到")
        return moment

    def _life(self) -> None:
        """Tell open from closed: a closed line has an outcome and a day, an open one has none."""
        values = self._entry.values
        outcome, state = self._code("outcome"), self._code("state")
        found_at, closed_at = self._moment("found_at"), self._moment("closed_at")
        values["outcome"], values["found_at"], values["closed_at"] = outcome, found_at, closed_at
        self._entry.is_closed = state == CLOSED_WORD or (not state and bool(outcome))
        if state == MERGED_WORD:
            self._wrong("已并入别的线索，不单独导入")
        if state == OPEN_WORD and outcome:
            self._wrong("状态是未办结，却写了核查结果；请改状态或删去结果")
        if found_at is None and not self._cell("found_at"):
            self._wrong("没有发现时间")
        if not self._entry.is_closed:
            return
        if not self._cell("outcome"):
            self._wrong("已办结，却没有核查结果")
        if not self._cell("closed_at"):
            self._wrong("已办结，却没有办结时间")
        if found_at and closed_at and closed_at < found_at:
            self._wrong("办结时间早于发现时间")
        values["outcome_reason"] = values["outcome_reason"] or NO_REASON

    def _key(self) -> str:
        number = self._entry.text("own_number")
        said: Sequence[str] = (number,)
        if not number:
            # A ledger without numbers: the same line again is the same clue.
            said = ("", *(self._cell(name) for name in ("company_name", "found_at", "summary")))
        return sha256_hex("\x1f".join((self._given.agency, *said)).encode())
