"""Files with the digests of many contracts: what is taken, what is sent back."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.deposits import batches
from lookout.web.deposits.checking import check_waiting
from lookout.web.deposits.models import ContractDeposit, DepositBatch
from tests.web.deposits.cast import BORROWER, LENDER

HEAD = [
    "合同编号",
    "合同类型",
    "SHA-256",
    "SM3",
    "文件字节数",
    "签订时间",
    "金额（元）",
    "年利率（%）",
    "期限（天）",
    "当事单位代码",
    "备注",
]


def _row(number: int, **changes: str) -> list[str]:
    cells = {
        "no": f"TH-{number}",
        "kind": "借款",
        "sha": f"{number:064x}",
        "sm3": f"{number + 1:064X}",
        "size": "1000",
        "at": "2026-06-01 10:30",
        "amount": "100,000",
        "rate": "11.5",
        "term": "365",
        "who": f"{LENDER}；{BORROWER}",
        "note": "",
    }
    return list({**cells, **changes}.values())


def _csv(*rows: list[str], encoding: str = "utf-8-sig") -> SimpleUploadedFile:
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEAD, *rows))
    return SimpleUploadedFile("合同.csv", text.encode(encoding))


@pytest.fixture
def upload(cast: dict[str, User]) -> Callable[[SimpleUploadedFile], DepositBatch]:
    def take(file: SimpleUploadedFile) -> DepositBatch:
        user = cast["jigou"]
        assert user.agency is not None
        return batches.upload(user, user.agency, file, now=timezone.now())

    return take


Upload = Callable[[SimpleUploadedFile], DepositBatch]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_good_lines_are_deposited_and_bad_ones_sent_back_with_every_reason(
    upload: Upload, cast: dict[str, User], encoding: str
) -> None:
    batch = upload(
        _csv(
            _row(1),
            _row(2, sha="xyz", kind="婚姻", at="去年", amount="很多", who="91440106"),
            _row(3),
            _row(1),
            encoding=encoding,
        )
    )

    sheet = batches.read(batch, timezone.now())
    assert [line.number for line in sheet.fresh] == [2, 4]
    assert [line.known_as for line in sheet.known] == ["第 2 行"]
    assert len(sheet.refused[0].problems) == 5
    assert sheet.unread == ("备注",)

    done = batches.take_in(cast["jigou"], batch, now=timezone.now())
    again = batches.take_in(cast["jigou"], batch, now=timezone.now())

    assert (done.taken, done.known, done.refused) == (again.taken, again.known, again.refused) == (2, 1, 1)
    made = ContractDeposit.objects.get(contract_no="TH-1")
    assert (made.amount, made.rate_percent, made.is_digest_only) == (
        Decimal("100000.00"),
        Decimal("11.5"),
        True,
    )
    assert {party.uscc for party in made.parties.all()} == {LENDER, BORROWER}


def test_the_same_lines_in_another_file_are_known(upload: Upload, cast: dict[str, User]) -> None:
    batches.take_in(cast["jigou"], upload(_csv(_row(1))), now=timezone.now())

    second = batches.take_in(cast["jigou"], upload(_csv(_row(1), _row(2))), now=timezone.now())

    assert (second.taken, second.known) == (1, 1)
    assert ContractDeposit.objects.count() == 2


def test_what_a_file_brought_is_checked_by_the_job(upload: Upload, cast: dict[str, User]) -> None:
    batches.take_in(cast["jigou"], upload(_csv(_row(1), _row(2, rate="30"))), now=timezone.now())

    assert check_waiting(timezone.now(), most=1) == 1
    assert check_waiting(timezone.now()) == 1

    assert sorted(ContractDeposit.objects.values_list("contract_no", "failed")) == [("TH-1", 0), ("TH-2", 1)]


def test_an_excel_file_says_the_same(upload: Upload) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate((HEAD, _row(1))):
            sheet.write_row(place, 0, row)

    sheet_read = batches.read(upload(SimpleUploadedFile("合同.xlsx", out.getvalue())), timezone.now())

    assert [line.problems for line in sheet_read.lines] == [[]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("合同编号,金额\nTH-1,1\n".encode(), "没有找到“合同类型”“SHA-256”“SM3”“文件字节数”“签订时间”"),
        (b"\xff\xfe\x00bad", "不能上传"),
        (b'a,"b\nc', "读不出来"),
    ],
)
def test_a_file_nothing_can_be_read_of_is_told_why_and_not_kept(
    upload: Upload, content: bytes, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        upload(SimpleUploadedFile("合同.csv", content))

    assert not DepositBatch.objects.exists()


def test_the_pages_of_a_file(as_person: Callable[[str], Client]) -> None:
    client = as_person("jigou")
    sent = client.post(reverse("deposits:batches"), {"file": _csv(_row(1), _row(2, size="0"))})
    address = sent.headers["Location"]

    preview = client.get(address).content.decode()
    assert "可存证 1" in preview
    assert "退回 1" in preview
    assert client.get(f"{address}refused/").status_code == 200
    assert as_person("wu").get(address).status_code == 404
    client.post(address)
    assert "存证 1 份" in client.get(address).content.decode()
    assert (
        client.post(reverse("deposits:batches"), {"file": SimpleUploadedFile("a.csv", b"x")}).status_code
        == 422
    )


def test_the_sample_is_read_by_its_own_reader(as_person: Callable[[str], Client], upload: Upload) -> None:
    sample = as_person("jigou").get(reverse("deposits:sample")).content

    lines = batches.read(upload(SimpleUploadedFile("sample.csv", sample)), timezone.now()).lines

    assert [problem for line in lines for problem in line.problems if "缺" in problem] == []
