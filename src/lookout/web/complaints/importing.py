"""Files of other offices: read by the names of their columns, shown line by line before anything is taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from lookout.kernel.errors import DataError, LookoutError
from lookout.kernel.identifiers import clean_code, is_uscc
from lookout.kernel.regions import is_inside, problem_with_region
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.attachments.services import store
from lookout.web.attachments.sheets import (
    Head,
    Sheet,
    SheetLine,
    filled_lines,
    find_head,
    moment_of,
    read_rows,
)
from lookout.web.audit.services import record
from lookout.web.clues.importing.vocabulary import place_of
from lookout.web.complaints.models import Complaint, Import
from lookout.web.complaints.rules import ImportForm, import_rules
from lookout.web.complaints.services import Report, accept, receive
from lookout.web.complaints.words import ComplaintKind, ImportState, Origin

MOST_LINES = 20_000
LONGEST = {"source_number": 80, "company_name": 200, "place": 200, "text": 20_000}


@dataclass
class Line(SheetLine):
    """One line of a file, with the report it would be."""

    report: Report | None = None
    received_at: datetime | None = None


def upload(by: User, form: str, file: UploadedFile[bytes], *, now: datetime) -> Import:
    """Keep a file and look whether it can be read. Raises DataError when none of it can."""
    with transaction.atomic():
        made = Import.objects.create(form=form, file=store(file, by=by, at=now), by=by, at=now)
        read(made, by, now)
        record(by, "import_upload", made, after={"form": form, "sha256": made.file.sha256})
    return made


def read(found: Import, user: User, now: datetime) -> Sheet[Line]:
    """Read the file of an import: the same file gives the same lines. Raises DataError when none can be read."""
    entry = import_rules().forms[found.form]
    rows = read_rows(found.file)
    head = _head(entry, rows[0])
    lines = [_line(number, cells, found.form, user, now) for number, cells in filled_lines(rows, head)]
    if len(lines) > MOST_LINES:
        raise DataError(f"一次最多导入 {MOST_LINES:,} 行，这里有 {len(lines):,} 行；请分开导入")
    _mark_known(lines, found.form)
    return Sheet(tuple(lines), head.unread)


def take_in(by: User, found: Import, *, now: datetime) -> Import:
    """Take the good lines in; each counts once however often its file comes. One bad line stops no other."""
    current = Import.objects.select_related("file").get(pk=found.pk)
    if current.state == ImportState.DONE:
        return current
    sheet = read(current, by, now)
    taken = 0
    for line in sheet.fresh:
        if line.report is None or line.received_at is None:
            continue
        with transaction.atomic():
            made, is_new = receive(line.report, now=now, received_at=line.received_at)
            if is_new:
                # The other office has taken it up already.
                accept(by, made, now=now)
                taken += 1
    with transaction.atomic():
        current.state, current.done_at = ImportState.DONE, now
        current.taken, current.refused = taken, len(sheet.refused)
        current.known = len(sheet.lines) - taken - len(sheet.refused)
        current.save()
        record(by, "import_take_in", current, after={"taken": taken, "refused": current.refused})
    return current


def _head(entry: ImportForm, row: Sequence[Any]) -> Head:
    head = find_head(row, entry.columns)
    missing = [entry.columns[name][0] for name in import_rules().required if name not in head.places]
    if missing:
        raise DataError(
            f"第一行里没有找到“{'”“'.join(missing)}”；请确认选对了来源，且第一行是列名"
            f"（见到的列名：{'、'.join(title for title in head.titles if title) or '无'}）"
        )
    return head


def _line(number: int, cells: dict[str, str], form: str, user: User, now: datetime) -> Line:
    line = Line(number, cells)
    for name in import_rules().required:
        if not cells[name]:
            line.problems.append(f"缺“{import_rules().forms[form].columns[name][0]}”")
    for name, longest in LONGEST.items():
        if len(cells.get(name, "")) > longest:
            line.problems.append(f"“{import_rules().forms[form].columns[name][0]}”超过 {longest} 字")
    line.received_at = _received(cells["received_on"], line.problems, now)
    company, name, company_region = _company(cells, line.problems)
    region = _region(cells.get("region", ""), user, company_region, line.problems, now)
    amount, participants = (
        _number(cells, "amount", line.problems),
        _number(cells, "participants", line.problems),
    )
    if not line.problems:
        line.report = Report(
            company_name=name,
            kind=_kind(cells.get("kind", "")),
            text=cells["text"],
            origin=Origin(form),
            source_number=cells["source_number"],
            company=company,
            company_region=company_region,
            region=region,
            place=cells.get("place", ""),
            amount=amount,
            participants=int(participants) if participants is not None else None,
        )
    return line


def _received(text: str, problems: list[str], now: datetime) -> datetime | None:
    if not text:
        return None
    found = moment_of(text)
    if found is None:
        problems.append(f"日期“{text}”看不懂；请写成 2026-10-31")
    elif found > now:
        problems.append(f"日期“{text}”还没有到")
    elif found.date() < date(2000, 1, 1):
        problems.append(f"日期“{text}”太早")
    return found


def _company(cells: Mapping[str, str], problems: list[str]) -> tuple[str, str, str]:
    """Return identifier, name and seat of the company; identifier and seat '' when it is not registered here."""
    code, name = clean_code(cells.get("company", "")), cells["company_name"]
    if code and not is_uscc(code):
        problems.append(f"统一社会信用代码“{code}”不对：应为 18 位且校验位相符；不知道可以留空")
        return "", name, ""
    if not code:
        return "", name, ""
    try:
        found = published.reader().get_company(code, None, events=0)
    except LookoutError:
        found = None
    return (code, found.row.name, found.row.region) if found is not None else (code, name, "")


def _region(text: str, user: User, company_region: str, problems: list[str], now: datetime) -> str:
    # Other offices write names more often than codes.
    if text and not text.isdecimal():
        code = place_of(text)
        if code is None:
            problems.append(f"找不到地区“{text}”；请写六位区划代码或全称，如 440106 或 广州市天河区")
            return ""
        text = code
    if text and (problem := problem_with_region(text, timezone.localdate(now))):
        problems.append(problem)
        return ""
    scope = scope_of(user)
    places = [place for place in (text, company_region) if place]
    if scope is not None and not any(is_inside(place, prefix) for place in places for prefix in scope):
        problems.append("不在您的辖区：请写辖区内的地区，或交由上级导入")
    return text


def _number(cells: Mapping[str, str], name: str, problems: list[str]) -> Decimal | None:
    text = cells.get(name, "").replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    most = Decimal(10) ** 15 if name == "amount" else Decimal(10) ** 9
    if not found.is_finite() or not 0 <= found < most or (name == "participants" and found % 1):
        problems.append(f"“{text}”不是可用的{'金额（元）' if name == 'amount' else '人数'}")
        return None
    return found.quantize(Decimal("0.01")) if name == "amount" else found


def _kind(text: str) -> ComplaintKind:
    if text in ComplaintKind.values:
        return ComplaintKind(text)
    for kind, words in import_rules().kinds.items():
        if text in words:
            return ComplaintKind(kind)
    return ComplaintKind.OTHER


def _mark_known(lines: Sequence[Line], form: str) -> None:
    """Mark what came before, in an earlier file or higher up in this one."""
    numbers = [line.cells["source_number"] for line in lines]
    known: dict[str, str] = {}
    for start in range(0, len(numbers), 500):
        some = Complaint.objects.filter(origin=form, source_number__in=numbers[start : start + 500])
        known.update(some.values_list("source_number", "number"))
    for line in lines:
        if line.problems:
            continue
        line.known_as = known.get(line.cells["source_number"], "")
        known.setdefault(line.cells["source_number"], f"第 {line.number} 行")


def titles(form: str, sheet: Sheet[Line]) -> list[tuple[str, str]]:
    """Return our field and the office's first name for each column that was read."""
    columns = import_rules().forms[form].columns
    read_names = sheet.lines[0].cells if sheet.lines else {}
    return [(name, columns[name][0]) for name in read_names]
