"""Depositing, checking and revealing: what is kept, what is sealed, who may see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex, sm3_hex
from lookout.web.accounts import sessions
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.accounts.roles import Role
from lookout.web.accounts.selectors import list_agencies_in_use
from lookout.web.administration.forms import AgencyForm
from lookout.web.audit.models import AppendOnlyError, AuditEntry
from lookout.web.deposits import selectors
from lookout.web.deposits.access import institution_of, visible
from lookout.web.deposits.checking import check_contract, check_waiting
from lookout.web.deposits.models import ContractCheck, ContractDeposit
from lookout.web.deposits.persons import identity_of, party_of, person_token
from lookout.web.deposits.selectors import NOT_SHOWN, ContractFilter, check_lines, list_contracts
from lookout.web.deposits.services import (
    Declared,
    KnownContractError,
    Paper,
    deposit_contract,
    paper_of,
    reveal,
)
from lookout.web.deposits.words import CheckCode, ContractKind, PartyKind, Result
from tests.web.deposits.cast import (
    BORROWER,
    BORROWER_NAME,
    COMPANY,
    CONTRACT_NO,
    LENDER,
    PERSON,
    SIGNED,
    ZHANG,
    uscc,
)
from tests.web.deposits.reader import FilingReader

Make = Callable[..., ContractDeposit]


def _paper(content: bytes, *, is_kept: bool = True) -> Paper:
    name = "借款合同.pdf" if is_kept else ""
    return Paper(sha256_hex(content), sm3_hex(content), len(content), name, content if is_kept else None)


@pytest.fixture
def declared(workshop: SimpleNamespace) -> Declared:
    signed_at = workshop.clock.at
    moved = signed_at - timedelta(minutes=3)
    return Declared(
        contract_no=CONTRACT_NO,
        kind=ContractKind.LOAN,
        signed_at=signed_at,
        product_code="CP-01",
        amount=Decimal("100000.00"),
        rate_percent=Decimal("11.5"),
        term_days=364,
        parties=[
            replace(COMPANY, verified_at=moved, intended_at=moved),
            replace(PERSON, verified_at=moved, intended_at=moved),
        ],
    )


@pytest.fixture
def make(cast: dict[str, User], declared: Declared, workshop: SimpleNamespace) -> Make:
    """Deposit a contract as the institution, by default the loan signed by both."""

    def deposit(
        content: bytes = b"",
        *,
        by: str = "jigou",
        is_kept: bool = True,
        checked: bool = True,
        **changes: Any,
    ) -> ContractDeposit:
        user = cast[by]
        assert user.agency is not None
        made = deposit_contract(
            user,
            user.agency,
            replace(declared, **changes),
            _paper(content or workshop.by_both, is_kept=is_kept),
            now=timezone.now(),
        )
        return check_contract(made, now=timezone.now()) if checked else made

    return deposit


@pytest.fixture
def rival(cast: dict[str, User]) -> User:
    """Another institution, in another district."""
    agency = Agency.objects.create(
        code="sz-loans",
        name="深圳某小贷（演示）",
        kind=AgencyKind.INSTITUTION,
        region="440305",
        company=uscc("91440305MA5D00009"),
    )
    return User.objects.create(username="rival", role=Role.INSTITUTION, region="440305", agency=agency)


def _result(deposit: ContractDeposit, code: CheckCode) -> str:
    return deposit.checks.get(round=deposit.checked_round, code=code).result


# ---- deposit -------------------------------------------------------------------------------------
def test_a_real_signed_contract_is_deposited_sealed_and_checked(make: Make, home: Path) -> None:
    deposit = make()

    results = {check.code: check.result for check in deposit.checks.all()}
    assert {code for code, result in results.items() if result != Result.PASS} == {"C11"}
    assert _result(deposit, CheckCode.C11) == Result.UNKNOWN
    assert deposit.signatures.count() == 2
    assert all(one.stamp.is_ok for one in deposit.signatures.all())
    assert deposit.evidence.about_number == deposit.number
    assert deposit.evidence.files.get().is_sealed


def test_nothing_personal_lies_in_the_clear(make: Make, home: Path) -> None:
    deposit = make()

    with connection.cursor() as cursor:
        stored = ""
        for table in ("contractdeposit", "contractparty", "contractcheck", "contractsignature"):
            cursor.execute(f"SELECT * FROM deposits_{table}")
            stored += repr(cursor.fetchall())
    stored += json.dumps(list(AuditEntry.objects.values()), default=str, ensure_ascii=False)
    for secret in ("张三", ZHANG, "13800138000", "6222020000000001234"):
        assert secret not in stored
    content = b"".join(file.read_bytes() for file in (home / "attachments").rglob("*") if file.is_file())
    assert b"%PDF" not in content
    known = identity_of(deposit.parties.get(kind=PartyKind.PERSON))
    assert (known.name, known.id_number) == ("张三", ZHANG)


def test_what_is_sealed_of_a_party_cannot_be_moved_to_another(make: Make) -> None:
    one, other = make().parties.order_by("place")
    one.sealed = other.sealed

    with pytest.raises(DataError, match="密封"):
        identity_of(one)


def test_only_the_digest_is_kept_when_only_the_digest_is_given(make: Make, home: Path) -> None:
    deposit = make(is_kept=False)

    assert not (home / "attachments").exists()
    assert deposit.is_digest_only
    found = {check.code: check.result for check in deposit.checks.all()}
    assert {found[code] for code in ("C4", "C5", "C6", "C7", "C8")} == {Result.UNKNOWN}
    assert found["C1"] == Result.PASS
    assert not deposit.evidence.files.exists()


def test_the_same_file_is_deposited_once(make: Make) -> None:
    first = make()

    with pytest.raises(KnownContractError) as caught:
        make()

    assert caught.value.number == first.number
    assert ContractDeposit.objects.count() == 1


def test_everything_wrong_with_a_deposit_is_told_at_once(make: Make, cast: dict[str, User]) -> None:
    Agency.objects.filter(pk=cast["jigou"].agency_id).update(company="")
    cast["jigou"].refresh_from_db()

    with pytest.raises(DataError) as caught:
        make(contract_no=" ", signed_at=timezone.now() + timedelta(days=1))

    assert all(word in str(caught.value) for word in ("统一社会信用代码", "合同编号", "将来"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"", "空的"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n" + b"0" * 64, "PDF"),
        ("a.pdf", b"<script>alert(1)</script>", "不能上传"),
    ],
)
def test_only_pdf_files_are_taken(name: str, content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        paper_of(SimpleUploadedFile(name, content))


def test_the_database_refuses_what_cannot_be(make: Make) -> None:
    deposit = make(checked=False)

    for wrong in ({"amount": -1}, {"sha256": "x" * 64}, {"revision": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ContractDeposit.objects.filter(pk=deposit.pk).update(**wrong)


# ---- duplicates and revisions --------------------------------------------------------------------
def test_another_institution_with_the_same_file_or_number_is_a_duplicate(
    make: Make, rival: User, cast: dict[str, User], workshop: SimpleNamespace
) -> None:
    first = make()
    cast["rival"] = rival

    twin = make(by="rival")

    check = twin.checks.get(code=CheckCode.C12)
    assert (check.result, "另一家机构" in check.reason) == (Result.FAIL, True)
    assert _result(first, CheckCode.C12) == Result.PASS
    assert [one.number for one in selectors.later_twins(cast["chen"], first)] == [twin.number]
    assert selectors.later_twins(cast["jigou"], first) == []


def test_a_revision_is_no_duplicate_and_a_second_one_of_the_same_is_a_conflict(
    make: Make, workshop: SimpleNamespace, cast: dict[str, User]
) -> None:
    first = make(workshop.by_lender)
    second = make(version_of=first)
    rival = make(workshop.plain, version_of=first)

    assert (second.revision, _result(second, CheckCode.C12)) == (2, Result.PASS)
    assert "已有另一份修订" in rival.checks.get(code=CheckCode.C12).reason
    assert selectors.versions(cast["jigou"], second) == [first, second, rival]


def test_the_contract_of_another_institution_cannot_be_revised(
    make: Make, rival: User, cast: dict[str, User]
) -> None:
    first = make()
    cast["rival"] = rival

    with pytest.raises(DataError, match="不是本机构"):
        make(b"%PDF-1.7 other", by="rival", version_of=first)


# ---- checking again ------------------------------------------------------------------------------
def test_a_later_run_answers_what_was_open_and_equal_answers_make_no_new_round(
    make: Make, reader: FilingReader, workshop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = make()
    assert check_waiting(timezone.now()) == 0  # the same run knows no more
    day = timezone.localdate(deposit.signed_at)
    reader.rows[LENDER, "bank_transaction"] = [
        {
            "direction": "支出",
            "amount_yuan": Decimal("100000.00"),
            "purpose": CONTRACT_NO,
            "transacted_on": day,
            "counterparty_kind": "自然人",
        }
    ]
    run = reader.current()
    assert run is not None
    later = replace(run, run_id="run-3", as_of=(timezone.now() + timedelta(days=1)).replace(tzinfo=None))
    monkeypatch.setattr(reader, "current", lambda: later)

    assert check_waiting(timezone.now()) == 1

    deposit.refresh_from_db()
    assert (deposit.run_id, deposit.checked_round) == ("run-3", 2)
    assert _result(deposit, CheckCode.C11) == Result.PASS
    assert _result(deposit, CheckCode.C10) == Result.PASS
    check_contract(deposit, now=timezone.now())
    deposit.refresh_from_db()
    assert deposit.checked_round == 2


def test_rows_that_were_learned_after_the_run_are_not_read(make: Make, reader: FilingReader) -> None:
    reader.known_at = reader.known_at.replace(month=12)

    deposit = make(is_kept=False, signed_at=SIGNED)

    assert "没有收到这家机构的产品登记" in deposit.checks.get(code=CheckCode.C10).reason


def test_checks_are_only_added(make: Make) -> None:
    check = make().checks.all()[0]

    with pytest.raises(AppendOnlyError):
        check.save()
    with pytest.raises(AppendOnlyError):
        ContractCheck.objects.all().update(result=Result.PASS)
    with pytest.raises(AppendOnlyError):
        ContractCheck.objects.all().delete()


def test_a_document_that_was_tampered_with_is_told(make: Make, home: Path) -> None:
    deposit = make()
    file = home / "attachments" / deposit.stored
    file.write_bytes(file.read_bytes()[:-1] + b"!")

    checked = check_contract(deposit, now=timezone.now())

    assert "密封的文件打不开" in checked.checks.get(round=2, code=CheckCode.C5).reason


# ---- who sees what -------------------------------------------------------------------------------
def test_an_institution_sees_its_own_and_regulators_those_of_their_regions(
    make: Make, rival: User, cast: dict[str, User]
) -> None:
    deposit = make()

    seen = {name for name, user in {**cast, "rival": rival}.items() if visible(user).exists()}

    assert seen == {"chen", "huang", "lin", "wu", "jigou"}
    assert institution_of(rival) is not None
    assert visible(cast["jigou"]).get() == deposit


def test_no_role_without_region_or_agency_sees_anything(make: Make) -> None:
    make()

    for role in Role:
        user = User.objects.create(username=f"no-{role.value}", role=role)
        assert not visible(user).exists(), role


def test_an_institution_does_not_learn_others_records_by_depositing(
    make: Make, reader: FilingReader, cast: dict[str, User]
) -> None:
    reader.rows[BORROWER, "company"] = [
        {"name": BORROWER_NAME, "status": "存续", "established_on": date(2016, 5, 1)}
    ]
    reader.rows[BORROWER, "financing_loan"] = [
        {"contract_no": CONTRACT_NO, "company_name": BORROWER_NAME, "amount_yuan": Decimal("777000.00")}
    ]
    other = replace(PERSON, kind=PartyKind.COMPANY, name=BORROWER_NAME, uscc=BORROWER, id_number="")
    deposit = make(is_kept=False, parties=[COMPANY, other], product_code="")

    def told(name: str) -> str:
        line = next(line for line in check_lines(cast[name], deposit) if line.code == "C10")
        return line.check.reason + repr(line.compared)

    assert "777,000" in told("wu")
    assert "777,000" not in told("jigou")
    assert NOT_SHOWN in told("jigou")


def test_an_identity_number_finds_the_contracts_of_a_person(make: Make, cast: dict[str, User]) -> None:
    deposit = make()

    assert list(list_contracts(cast["wu"], ContractFilter(text=ZHANG))) == [deposit]
    assert list(list_contracts(cast["zhao"], ContractFilter(text=ZHANG))) == []
    assert person_token(ZHANG) != person_token(ZHANG[:-1] + "X")


def test_lists_are_narrowed_by_result_check_kind_and_form(make: Make, cast: dict[str, User]) -> None:
    deposit = make(rate_percent=Decimal(30))

    def count(**wanted: str) -> int:
        return list_contracts(cast["chen"], ContractFilter(**wanted)).count()

    assert (count(result="fail"), count(result="pass"), count(code="C9"), count(code="C2")) == (1, 0, 1, 0)
    assert (count(code="C2", result="pass"), count(kind="loan"), count(form="digest")) == (1, 1, 0)
    assert (count(region="4401"), count(region="4403"), count(agency=str(deposit.agency_id))) == (1, 0, 1)
    assert sum(selectors.count_results(cast["chen"]).values()) == 1


def test_revealing_parties_needs_a_reason_and_is_recorded(make: Make, cast: dict[str, User]) -> None:
    deposit = make()

    with pytest.raises(DataError, match="为什么"):
        reveal(cast["wu"], deposit, reason=" ")
    shown = reveal(cast["wu"], deposit, reason="线索 440106202611220001")

    assert [known.name for _row, known in shown][1] == "张三"
    entry = AuditEntry.objects.get(verb="contract_reveal")
    assert (entry.actor, entry.reason) == (cast["wu"], "线索 440106202611220001")


def test_parties_come_back_as_they_were_told(make: Make, declared: Declared) -> None:
    assert [party_of(row) for row in make().parties.all()] == list(declared.parties)


def test_clues_are_not_dispatched_to_institutions(cast: dict[str, User]) -> None:
    assert cast["jigou"].agency not in list_agencies_in_use()


@pytest.mark.parametrize(
    ("kind", "company", "is_good"),
    [
        ("institution", LENDER, True),
        ("institution", "", False),
        ("institution", LENDER[:-1] + "0", False),
        ("police", "", True),
    ],
)
def test_a_reporting_institution_has_a_company_code(db: None, kind: str, company: str, is_good: bool) -> None:
    form = AgencyForm(
        {
            "code": "x",
            "name": "某机构",
            "kind": kind,
            "region": "440106",
            "company": company,
            "is_active": "on",
        }
    )

    assert form.is_valid() is is_good


# ---- pages ---------------------------------------------------------------------------------------
def _form(**changes: Any) -> dict[str, Any]:
    moment = (timezone.localtime() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    return {
        "form": "digest",
        "sha256": "a" * 64,
        "sm3": "B" * 64,
        "size": "1000",
        "contract_no": "TH-7",
        "kind": "loan",
        "signed_at": moment,
        "amount": "1000.50",
        "party-TOTAL_FORMS": "2",
        "party-INITIAL_FORMS": "2",
        "party-0-role": "lender",
        "party-0-kind": "company",
        "party-0-name": "甲公司",
        "party-1-role": "borrower",
        "party-1-kind": "person",
        **changes,
    }


def test_a_contract_is_deposited_by_the_page(as_person: Callable[[str], Client]) -> None:
    answer = as_person("jigou").post(reverse("deposits:new"), _form())

    made = ContractDeposit.objects.get()
    assert answer.headers["Location"] == reverse("deposits:page", args=[made.number])
    assert (made.amount, made.sm3, made.parties.count()) == (Decimal("1000.50"), "b" * 64, 1)
    assert made.checked_round == 1


def test_a_file_is_deposited_by_the_page(
    as_person: Callable[[str], Client], workshop: SimpleNamespace
) -> None:
    file = SimpleUploadedFile("合同.pdf", workshop.by_both, "application/pdf")

    answer = as_person("jigou").post(reverse("deposits:new"), _form(form="document", file=file))

    assert answer.status_code == 302
    assert ContractDeposit.objects.get().signatures.count() == 2


def test_the_page_tells_everything_that_is_wrong_at_once(as_person: Callable[[str], Client]) -> None:
    wrong = {
        "sha256": "x",
        "size": "",
        "contract_no": "",
        "version_of": "HT2026010100000001",
        "party-0-uscc": "91440106MA5D00001X",
        "party-1-id_number": "440106199001011230",
    }

    answer = as_person("jigou").post(reverse("deposits:new"), _form(**wrong))

    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("64 位十六进制", "字节数", "合同编号", "没有这个编号", "校验位相符", "请写明姓名或名称"):
        assert words in page
    assert not ContractDeposit.objects.exists()


def test_a_deposit_sent_twice_leads_to_the_first(as_person: Callable[[str], Client]) -> None:
    client = as_person("jigou")
    first = client.post(reverse("deposits:new"), _form())
    second = client.post(reverse("deposits:new"), _form())

    assert first.headers["Location"] == second.headers["Location"]


def _be_privileged(client: Client) -> None:
    session = client.session
    sessions.enter_privileged(session, timezone.now())
    session.save()


def test_the_pages_of_a_contract(make: Make, as_person: Callable[[str], Client]) -> None:
    deposit = make(rate_percent=Decimal(30))

    for name in ("jigou", "wu"):
        client = as_person(name)
        page = client.get(reverse("deposits:page", args=[deposit.number])).content.decode()
        assert "超过上限 12%" in page
        assert "张＊" in page
        assert "张三" not in page
        certificate = client.get(reverse("deposits:certificate", args=[deposit.number])).content.decode()
        assert deposit.sm3 in certificate
        assert "<svg" in certificate
    export = as_person("wu").get(reverse("deposits:export"))
    assert export.status_code == 200
    assert AuditEntry.objects.filter(verb="export_contracts").exists()


def test_the_document_and_the_parties_need_the_privileged_mode(
    make: Make, as_person: Callable[[str], Client], workshop: SimpleNamespace
) -> None:
    deposit = make()
    client = as_person("wu")
    document = reverse("deposits:document", args=[deposit.number])
    parties = reverse("deposits:parties", args=[deposit.number])
    assert client.get(document).headers["Location"].startswith(reverse("accounts:privilege"))
    assert client.get(parties).headers["Location"].startswith(reverse("accounts:privilege"))

    _be_privileged(client)

    answer = client.get(document)
    assert answer.content == workshop.by_both
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "张三" not in client.get(parties).content.decode()
    assert client.post(parties, {"reason": ""}).status_code == 422
    assert "张三" in client.post(parties, {"reason": "线索 1"}).content.decode()
    assert {"contract_open", "contract_reveal"} <= set(AuditEntry.objects.values_list("verb", flat=True))


def test_an_old_round_can_be_read(make: Make, as_person: Callable[[str], Client]) -> None:
    deposit = make()
    ContractDeposit.objects.filter(pk=deposit.pk).update(rate_percent=30)
    deposit.refresh_from_db()
    check_contract(deposit, now=timezone.now())

    page = as_person("wu").get(reverse("deposits:page", args=[deposit.number]), {"round": "1"})

    assert "第 1 轮，不是最新的" in page.content.decode()
    assert (
        as_person("wu").get(reverse("deposits:page", args=[deposit.number]), {"round": "99"}).status_code
        == 200
    )
