"""Bureaus' own ledgers come in with their outcomes, once, and what is wrong with a line is said."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.attachments import vault
from lookout.web.audit.models import AuditEntry
from lookout.web.clues.importing import services
from lookout.web.clues.importing.table import read_table
from lookout.web.clues.ledger import HEAD, cells
from lookout.web.clues.models import Clue, LedgerImport
from lookout.web.clues.selectors import ClueFilter, list_clues, precision
from lookout.web.clues.states import ClueState
from lookout.web.dispatch.closing import plan_checks
from lookout.web.dispatch.models import EffectCheck
from lookout.web.ui.excel import write_workbook

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
HEADS = "编号,被举报单位,统一社会信用代码,受理日期,所属区县,等级,涉案金额（万元）,处理结果,结案日期,备注"
OLD = "A-1,众人通财富,91440106MA5D000001,2024年3月5日,天河区,红色预警,35,移送公安,2024-05-01,"
RECENT = "A-2,粤海投资,,2026/8/1,440106,橙,,查无实据,2026-10-15,"
STILL_OPEN = "A-3,=1+1贸易,,2026-11-01,广州市天河区,黄,1.5,,,"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "folder", lambda: tmp_path)


def _file(*lines: str, heads: str = HEADS) -> SimpleUploadedFile:
    return SimpleUploadedFile("ledger.csv", "\n".join((heads, *lines)).encode())


def _handed_in(by: User, *lines: str, heads: str = HEADS) -> LedgerImport:
    return services.receive(by, _file(*lines, heads=heads), source="regulator", now=NOW)


def _imported(by: User, *lines: str, heads: str = HEADS) -> LedgerImport:
    ledger = _handed_in(by, *lines, heads=heads)
    return services.carry_out(by, ledger, now=NOW, follow=plan_checks)


def _problems(by: User, *lines: str, heads: str = HEADS) -> list[list[str]]:
    planned = services.plan(by, _handed_in(by, *lines, heads=heads), now=NOW)
    return [line.entry.problems for line in planned.lines]


def test_looking_at_a_ledger_makes_nothing(cast: dict[str, User]) -> None:
    ledger = _handed_in(cast["wu"], OLD, RECENT, STILL_OPEN)

    assert services.plan(cast["wu"], ledger, now=NOW).counts == {
        "open": 1, "closed": 2, "known": 0, "refused": 0,
    }  # fmt: skip
    assert not Clue.objects.exists()


def test_closed_lines_come_with_their_outcome_and_open_ones_wait_to_be_judged(cast: dict[str, User]) -> None:
    _imported(cast["wu"], OLD, RECENT, STILL_OPEN)
    old, recent, fresh = Clue.objects.order_by("own_number")

    assert (old.state, old.outcome, old.band, old.amount) == (ClueState.DONE, "transferred", "red", 350_000)
    assert old.closed_at == datetime(2024, 5, 1, tzinfo=SHANGHAI)
    assert (recent.state, recent.outcome) == (ClueState.MONITORING, "excluded")
    assert (fresh.state, fresh.outcome, fresh.company_name) == (ClueState.NEW, "", "=1+1贸易")
    assert {clue.region_business for clue in (old, recent, fresh)} == {"440106"}


def test_only_effects_that_are_still_to_come_are_checked(cast: dict[str, User]) -> None:
    _imported(cast["wu"], OLD, RECENT)

    assert list(EffectCheck.objects.values_list("clue__own_number", "days")) == [("A-2", 90), ("A-2", 180)]


def test_the_same_ledger_again_adds_nothing(cast: dict[str, User]) -> None:
    ledger = _imported(cast["wu"], OLD, RECENT)

    again = _imported(cast["wu"], OLD, RECENT, STILL_OPEN)

    assert (again.known, again.opened, again.closed) == (2, 1, 0)
    assert Clue.objects.count() == 3
    with pytest.raises(DataError, match="已经导入过"):
        services.carry_out(cast["wu"], ledger, now=NOW, follow=plan_checks)


def test_two_agencies_may_use_the_same_number(cast: dict[str, User]) -> None:
    _imported(cast["wu"], RECENT)

    assert _imported(cast["lin"], RECENT).closed == 1


def test_each_wrong_line_is_told_everything_that_is_wrong_and_keeps_no_other_back(
    cast: dict[str, User],
) -> None:
    wrong = "A-9,,,2027-01-01,越秀区,紫色,很多,成功,2020-01-01,"
    found = _problems(cast["wu"], OLD, wrong)

    assert found[0] == []
    assert len(found[1]) == 6
    for told in (
        "没有企业名称",
        "看不懂等级“紫色”",
        "不在您的辖区",
        "不是金额",
        "看不懂核查结果",
        "还没有到",
    ):
        assert any(told in problem for problem in found[1]), told
    assert _imported(cast["wu"], OLD, wrong).refused == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("B-1,甲公司,,2024-01-01,天河区,红,,排除,,", "没有办结时间"),
        ("B-1,甲公司,,2024-03-01,天河区,红,,排除,2024-01-01,", "早于发现时间"),
        ("B-1,甲公司,,,天河区,红,,,,", "没有发现时间"),
        ("B-1,甲公司,,2024-13-01,天河区,红,,,,", "不是日期"),
        ("B-1,甲公司,,2024-01-01,火星区,红,,,,", "找不到经营地“火星区”"),
        (f"B-1,{'长' * 201},,2024-01-01,天河区,红,,,,", "最多 200 个"),
        ("B-1,甲公司,,2024-01-01,天河区,红,99999999999999,,,", "大得不合情理"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(cast: dict[str, User], line: str, told: str) -> None:
    assert any(told in problem for problem in _problems(cast["wu"], line)[0])


def test_a_number_stands_for_one_line(cast: dict[str, User]) -> None:
    first, second = _problems(cast["wu"], STILL_OPEN, STILL_OPEN)

    assert first == []
    assert "与第 2 行编号相同" in second[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"nothing,of,use\n1,2,3", "没有找到表头"),
        (HEADS.encode(), "表头下面没有内容"),
        ("企业名称,企业名称,受理日期\na,b,c".encode(), "出现了两次"),
        (f"{HEADS}\n{STILL_OPEN}\n".encode() * 1 + f"{STILL_OPEN}\n".encode() * 2000, "最多导入 2000 行"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_table(content, is_excel=False)


def test_a_broken_workbook_is_refused_and_a_title_above_the_heads_is_passed_over() -> None:
    with pytest.raises(DataError, match="打不开"):
        read_table(b"PK\x03\x04 nonsense", is_excel=True)

    table = read_table(f"2024年台账,,\n\n{HEADS}\n{OLD}".encode("gb18030"), is_excel=False)
    assert [line.number for line in table.lines] == [4]
    assert table.unknown == ("备注",)


def _exported(by: User) -> list[list[str]]:
    return [
        [cell.text for cell in cells(clue)] for clue in list_clues(by, ClueFilter()).order_by("own_number")
    ]


def _as_upload(by: User, folder: Path) -> SimpleUploadedFile:
    path = folder / "export.xlsx"
    write_workbook(path, HEAD, [cells(clue) for clue in list_clues(by, ClueFilter())], [])
    return SimpleUploadedFile("export.xlsx", path.read_bytes())


def test_an_export_that_comes_back_is_known_line_by_line(cast: dict[str, User], tmp_path: Path) -> None:
    _imported(cast["wu"], OLD, RECENT, STILL_OPEN)

    for name in ("wu", "lin"):
        upload = _as_upload(cast[name], tmp_path)
        ledger = services.receive(cast[name], upload, source="regulator", now=NOW)
        assert services.plan(cast[name], ledger, now=NOW).counts["known"] == 3


def test_an_export_fills_an_empty_desk_with_the_same_lines(cast: dict[str, User], tmp_path: Path) -> None:
    _imported(cast["wu"], OLD, RECENT, STILL_OPEN)
    before, upload = _exported(cast["wu"]), _as_upload(cast["wu"], tmp_path)
    EffectCheck.objects.all().delete()
    Clue.objects.all().delete()

    ledger = services.receive(cast["wu"], upload, source="petition", now=NOW)
    services.carry_out(cast["wu"], ledger, now=NOW, follow=plan_checks)

    assert [row[1:] for row in _exported(cast["wu"])] == [row[1:] for row in before]


def test_precision_is_known_from_the_first_day_and_equals_the_lists(cast: dict[str, User]) -> None:
    _imported(cast["wu"], OLD, RECENT, STILL_OPEN, OLD.replace("A-1", "A-4").replace("移送公安", "排除"))
    by_band = {one.band: one for one in precision(cast["wu"])}

    assert (by_band["red"].flagged, by_band["red"].confirmed, by_band["red"].share) == (2, 1, 0.5)
    assert by_band["yellow"].share is None
    for one in by_band.values():
        asked = ClueFilter(state="closed", band=one.band)
        assert list_clues(cast["wu"], asked).count() == one.flagged
        confirmed = ClueFilter(state="closed", band=one.band, outcome="confirmed")
        assert list_clues(cast["wu"], confirmed).count() == one.confirmed


def test_an_import_is_recorded_once_with_its_counts(cast: dict[str, User]) -> None:
    _imported(cast["wu"], OLD, STILL_OPEN)
    entry = AuditEntry.objects.get(verb="clue_import")

    assert entry.after == {"open": 1, "closed": 1, "known": 0, "refused": 0}
    assert entry.actor == cast["wu"]


# ---- pages ---------------------------------------------------------------------------------------
def test_a_person_hands_in_looks_and_imports(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    wu = as_person("wu")
    bad = "A-9,,,2024-01-01,天河区,红,,,,"
    sent = wu.post(reverse("dispatch:imports"), {"file": _file(OLD, bad), "source": "petition"})
    page = wu.get(sent.headers["Location"]).content.decode()
    assert "没有企业名称" in page
    assert "导入 1 条线索" in page
    assert "备注" in page

    number = LedgerImport.objects.get().pk
    wu.post(reverse("dispatch:import_run", args=[number]))
    assert Clue.objects.get().source == "petition"
    assert "众人通财富" in wu.get(reverse("clues:list"), {"import": number}).content.decode()
    assert as_person("zhao").get(reverse("dispatch:import", args=[number])).status_code == 404


def test_refused_lines_go_back_as_they_came_with_their_reasons(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    ledger = _handed_in(cast["wu"], OLD, "A-9,,=cmd|calc,2024-01-01,天河区,红,,,,")
    answer = as_person("wu").get(reverse("dispatch:import_rejects", args=[ledger.pk]))
    assert isinstance(answer, FileResponse)

    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer))).get_sheet_by_index(0).to_python()  # type: ignore[arg-type]  # a download is streamed in bytes

    assert rows[0][-1] == "未导入原因"
    assert len(rows) == 2
    assert rows[1][2] == "=cmd|calc"
    assert rows[1][-1] == "没有企业名称"


def _bulk(client: Client, step: str, clues: list[Clue], **more: Any) -> Any:
    ticked = [f"{clue.number}:{clue.version}" for clue in clues]
    return client.post(reverse("dispatch:bulk"), {"clue": ticked, "step": step, **more})


def test_many_clues_are_judged_and_sent_each_by_the_same_rules(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    _imported(cast["lin"], STILL_OPEN, STILL_OPEN.replace("A-3", "A-4"), RECENT)
    lin, clues = as_person("lin"), list(Clue.objects.order_by("own_number"))

    page = _bulk(lin, "triage", clues, band="red").content.decode()
    assert "3 条中办成 2 条" in page
    assert "已办结，再监测" in page
    # Somebody else was faster: what was seen is no longer so.
    assert "0 条" in _bulk(lin, "triage", clues, band="yellow").content.decode()
    judged = list(Clue.objects.filter(state=ClueState.TRIAGED))
    assert {clue.band for clue in judged} == {"red"}
    agency = cast["wu"].agency_id
    assert "2 条中办成 2 条" in _bulk(lin, "dispatch", judged, agency=agency).content.decode()


def test_what_may_not_be_decided_is_told_line_by_line(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    _imported(cast["lin"], STILL_OPEN)
    clue = Clue.objects.get()

    assert "不归您定级" in _bulk(as_person("wu"), "triage", [clue], band="red").content.decode()
    assert "没有这条线索" in _bulk(as_person("zhao"), "triage", [clue], band="red").content.decode()
    clue.refresh_from_db()
    assert clue.state == ClueState.NEW


def test_the_selection_is_exported_and_nothing_foreign(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    _imported(cast["lin"], STILL_OPEN, RECENT)
    ticked = list(Clue.objects.filter(own_number="A-3"))

    for name, rows in (("lin", 2), ("zhao", 1)):
        answer = _bulk(as_person(name), "export", ticked)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer))).get_sheet_by_index(0)
        assert len(sheet.to_python()) == rows


def test_a_list_of_clues_is_kept_under_a_name_by_its_owner(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    wu = as_person("wu")
    kept = wu.post(reverse("clues:save_view"), {"name": "红色未办", "query": "state=open&band=red&x=1"})

    assert kept.headers["Location"] == reverse("clues:list") + "?state=open&band=red"
    assert "红色未办" in wu.get(reverse("clues:list")).content.decode()
    assert "红色未办" not in wu.get(reverse("companies:list")).content.decode()
    number = cast["wu"].saved_views.get().pk
    assert as_person("lin").post(reverse("clues:delete_view", args=[number])).status_code == 404
    wu.post(reverse("clues:delete_view", args=[number]))
    assert not cast["wu"].saved_views.exists()


def test_the_day_after_the_last_check_a_clue_is_over(cast: dict[str, User]) -> None:
    long_ago = (timezone.localdate(NOW) - timedelta(days=181)).isoformat()
    _imported(cast["wu"], RECENT.replace("2026-10-15", long_ago).replace("2026/8/1", long_ago))

    assert Clue.objects.get().state == ClueState.DONE
    assert not EffectCheck.objects.exists()
