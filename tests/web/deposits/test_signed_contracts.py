"""Real signatures: what the checks of signing say of contracts that were signed, changed, revoked, expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from django.utils import timezone

from lookout.proof.trust import Roots
from lookout.web.deposits.checks import CHECKS
from lookout.web.deposits.checks.facts import Document, Facts
from lookout.web.deposits.documents import read_document
from lookout.web.deposits.words import CheckCode, Result
from tests.web.deposits.cast import loan

SIGNING = (CheckCode.C4, CheckCode.C5, CheckCode.C6, CheckCode.C7, CheckCode.C8)
PASS, FAIL, UNKNOWN = Result.PASS, Result.FAIL, Result.UNKNOWN


@pytest.fixture
def roots(workshop: SimpleNamespace) -> Roots:
    return Roots((workshop.authority.root,), crls=(workshop.authority.refresh(timezone.now()),))


def _read(content: bytes, roots: Roots) -> Document:
    return read_document(content, roots=roots, at=timezone.now())


def _facts(document: Document) -> Facts:
    return loan(document=document)


def _results(document: Document) -> list[Result]:
    facts = _facts(document)
    return [CHECKS[code](facts).result for code in SIGNING]


def test_a_contract_signed_by_both_passes(workshop: SimpleNamespace, roots: Roots) -> None:
    document = _read(workshop.by_both, roots)

    assert [
        CHECKS[code](_facts(document)).reason
        for code in SIGNING
        if _results(document)[SIGNING.index(code)] != PASS
    ] == []
    assert [one.is_test for one in document.signatures] == [True, True]
    assert "不具法律效力" in CHECKS[CheckCode.C4](_facts(document)).reason


def test_the_party_that_did_not_sign_is_named(workshop: SimpleNamespace, roots: Roots) -> None:
    verdict = CHECKS[CheckCode.C8](_facts(_read(workshop.by_lender, roots)))

    assert (verdict.result, verdict.reason) == (FAIL, "借款人 张＊ 没有签署")


def test_what_was_added_unsigned_is_found_and_the_signature_itself_still_holds(
    workshop: SimpleNamespace, roots: Roots
) -> None:
    old = b"/MediaBox [0 0 595 842]"
    page = (
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] "
        b"/Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>\nendobj\n"
    )
    assert old in workshop.by_both
    start = workshop.by_both.rindex(b"startxref")
    previous = int(workshop.by_both[start:].split()[1])
    base = workshop.by_both + b"\n"
    place = len(base)
    table = b"xref\n3 1\n%010d 00000 n \n" % place
    root = _root_number(workshop.by_both)
    trailer = b"trailer\n<< /Size 200 /Root %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        root,
        previous,
        place + len(page),
    )
    changed = _read(base + page + table + trailer, roots)

    assert CHECKS[CheckCode.C7](_facts(changed)).result is FAIL
    assert CHECKS[CheckCode.C5](_facts(changed)).result is PASS


def _root_number(content: bytes) -> bytes:
    found = content[content.rindex(b"/Root") + 5 :].split(b"R", 1)[0].strip()
    return found + b" R"


def test_a_changed_byte_breaks_the_signature(workshop: SimpleNamespace, roots: Roots) -> None:
    place = workshop.by_both.index(b"BT /F1") + 20
    torn = workshop.by_both[:place] + b"3" + workshop.by_both[place + 1 :]
    assert torn != workshop.by_both

    verdict = CHECKS[CheckCode.C5](_facts(_read(torn, roots)))

    assert verdict.result is FAIL


def test_bytes_after_the_end_are_not_covered(workshop: SimpleNamespace, roots: Roots) -> None:
    verdict = CHECKS[CheckCode.C7](_facts(_read(workshop.by_lender + b"\n%more\n", roots)))

    assert verdict.result is FAIL


def test_an_unsigned_contract_has_nobody_to_judge(workshop: SimpleNamespace, roots: Roots) -> None:
    assert _results(_read(workshop.plain, roots)) == [UNKNOWN] * 4 + [FAIL]


def test_an_authority_nobody_trusts_does_not_count(workshop: SimpleNamespace) -> None:
    assert CHECKS[CheckCode.C4](_facts(_read(workshop.by_both, Roots()))).result is FAIL


@pytest.mark.slow
def test_a_certificate_revoked_before_signing_fails_and_one_revoked_later_does_not(
    workshop: SimpleNamespace,
) -> None:
    authority, clock = workshop.authority, workshop.clock
    early, late = workshop.signer("张三"), workshop.signer("张三")
    by_early, by_late = workshop.signed(workshop.plain, early), workshop.signed(workshop.plain, late)
    authority.revoke(early.certificate.serial_number, at=clock.at - timedelta(minutes=30))
    authority.revoke(
        late.certificate.serial_number,
        at=clock.at + timedelta(minutes=30),
        reason=x509.ReasonFlags.superseded,
    )
    roots = Roots((authority.root,), crls=(authority.refresh(timezone.now()),))

    states = [CHECKS[CheckCode.C4](_facts(_read(one, roots))) for one in (by_early, by_late)]

    assert [state.result for state in states] == [FAIL, PASS], states
    assert "已吊销" in states[0].reason


def test_a_certificate_that_expired_after_a_stamped_signature_was_good(
    workshop: SimpleNamespace, roots: Roots
) -> None:
    brief = workshop.signer("张三", life=timedelta(hours=1))
    signed = workshop.signed(workshop.plain, brief)
    document = read_document(signed, roots=roots, at=workshop.clock.at + timedelta(hours=2))

    assert CHECKS[CheckCode.C4](_facts(document)).result is PASS
    assert CHECKS[CheckCode.C6](_facts(document)).result is PASS


def test_an_encrypted_or_broken_file_is_told_and_fails_nothing(roots: Roots) -> None:
    document = _read(b"%PDF-1.7\nnonsense", roots)

    assert document.problem
    assert set(_results(document)) == {UNKNOWN}


def test_a_stamp_of_another_time_than_claimed_is_seen(workshop: SimpleNamespace, roots: Roots) -> None:
    document = _read(workshop.by_both, roots)
    first = document.signatures[0]
    assert first.stamp is not None
    assert first.stamp.stamped_at is not None
    claimed = replace(first, signed_at=first.stamp.stamped_at + timedelta(hours=1))

    verdict = CHECKS[CheckCode.C6](_facts(replace(document, signatures=(claimed, *document.signatures[1:]))))

    assert verdict.result is FAIL
