"""C4–C8: certificates, signatures, time-stamps, coverage, and whether everybody signed."""

from __future__ import annotations

from lookout.web.deposits.checks.facts import (
    Compared,
    Facts,
    Signature,
    Verdict,
    failed,
    passed,
    unknown,
    weigh,
)
from lookout.web.deposits.naming import names_party
from lookout.web.deposits.words import CertificateState

DIGEST_ONLY = "只存了摘要，没有文件；原件由机构保管，需要时交来文件可再核验"
NOT_SIGNED = "文件里没有电子签名"
TEST = "由测试用证书机构颁发，不具法律效力"


def _signatures(facts: Facts) -> tuple[Signature, ...] | Verdict:
    """Return the signatures to judge, or why there are none."""
    if facts.document is None:
        return unknown(DIGEST_ONLY)
    if facts.document.problem:
        return unknown(facts.document.problem)
    return facts.document.signatures or unknown(NOT_SIGNED)


def certificates_valid(facts: Facts) -> Verdict:
    """C4: every certificate was trusted, in force and made for signing when it was used."""
    found = _signatures(facts)
    if isinstance(found, Verdict):
        return found
    wrong, missing, compared = list[str](), list[str](), list[Compared]()
    for one in found:
        state = one.certificate_state
        label = str(state.label)
        is_good = state is CertificateState.VALID and one.may_sign
        compared.append(
            Compared(
                "证书",
                one.signer,
                f"{label}（{one.issuer}，{one.serial}）",
                "签名证书",
                None if state is CertificateState.UNKNOWN else is_good,
            )
        )
        if not one.may_sign:
            wrong.append(f"{one.signer}：证书的密钥用途不包括签名")
        if state is CertificateState.UNKNOWN:
            missing.append(f"{one.signer}：没有吊销信息，不能确认签署时证书是否有效")
        elif state is not CertificateState.VALID:
            wrong.append(f"{one.signer}：签署时证书{label}")
    note = f"；{TEST}" if any(one.is_test for one in found) else ""
    return weigh(wrong, missing, f"{len(found)} 个签名的证书在签署时均有效{note}", compared)


def signatures_intact(facts: Facts) -> Verdict:
    """C5: what every signature covers is what was signed."""
    found = _signatures(facts)
    if isinstance(found, Verdict):
        return found
    compared = [Compared("签名", one.signer, one.algorithm, "PDF 签名", one.is_intact) for one in found]
    broken = [f"{one.signer}：签名与内容不符，签署后被改动" for one in found if not one.is_intact]
    return failed(broken, compared) if broken else passed(f"{len(found)} 个签名均与内容相符", compared)


def stamps_sound(facts: Facts) -> Verdict:
    """C6: every signature is stamped, not before it was made, and while its certificate was in force."""
    found = _signatures(facts)
    if isinstance(found, Verdict):
        return found
    wrong, missing, compared = list[str](), list[str](), list[Compared]()
    for one in found:
        if one.stamp is None:
            missing.append(f"{one.signer}：签名没有时间戳，签署时间只有签署方自己的说法")
            continue
        problems = _stamp_problems(one)
        stamped = one.stamp.stamped_at.isoformat(sep=" ", timespec="seconds") if one.stamp.stamped_at else "—"
        claimed = one.signed_at.isoformat(sep=" ", timespec="seconds") if one.signed_at else "—"
        compared.append(
            Compared("时间戳", f"{one.signer} {claimed}", stamped, one.stamp.authority, not problems)
        )
        wrong += [f"{one.signer}：{problem}" for problem in problems]
    is_test = any(one.stamp is not None and one.stamp.is_test for one in found)
    return weigh(
        wrong,
        missing,
        f"{len(found)} 个签名的时间戳均不早于签署，并在证书有效期内{'；' + TEST if is_test else ''}",
        compared,
    )


def _stamp_problems(one: Signature) -> list[str]:
    stamp = one.stamp
    if stamp is None:
        return []
    problems = list(stamp.problems) if not stamp.is_ok else []
    if not stamp.is_ok and not problems:
        problems.append("时间戳无效")
    at = stamp.stamped_at
    if at is None:
        return problems
    # A claimed time carries whole seconds, a stamp fractions of them.
    if one.signed_at is not None and at < one.signed_at.replace(microsecond=0):
        problems.append("时间戳早于签署时间")
    if (one.valid_from is not None and at < one.valid_from) or (
        one.valid_to is not None and at > one.valid_to
    ):
        problems.append("时间戳不在证书有效期内")
    return problems


def covers_whole_document(facts: Facts) -> Verdict:
    """C7: nothing but signatures and their proofs was added after signing."""
    found = _signatures(facts)
    if isinstance(found, Verdict):
        return found
    compared = [
        Compared(
            "覆盖范围",
            one.signer,
            "其后有未签名的改动"
            if one.is_changed_after
            else ("全文" if one.covers_file else "其后只有签名和验证信息"),
            "PDF 签名",
            not one.is_changed_after,
        )
        for one in found
    ]
    changed = [f"{one.signer} 签署之后，文件又加了没有签名的内容" for one in found if one.is_changed_after]
    return failed(changed, compared) if changed else passed("签名覆盖全文，其后没有未签名的改动", compared)


def all_signed(facts: Facts) -> Verdict:
    """C8: every party signed."""
    document = facts.document
    if document is None:
        return unknown(DIGEST_ONLY)
    if document.problem:
        return unknown(document.problem)
    if not document.signatures:
        return failed([NOT_SIGNED])
    if not facts.parties:
        return unknown("没有写明当事人，不知道应由谁签署")
    compared, absent = list[Compared](), list[str]()
    for party in facts.parties:
        signed = [
            one
            for one in document.signatures
            if any(names_party(name, party.name, party.uscc, party.id_number) for name in one.names)
        ]
        compared.append(
            Compared("签署", party.shown, "已签署" if signed else "未签署", "PDF 签名", bool(signed))
        )
        if not signed:
            absent.append(f"{party.role.label} {party.shown} 没有签署")
    return failed(absent, compared) if absent else passed(f"{len(facts.parties)} 方均已签署", compared)
