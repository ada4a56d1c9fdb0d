"""Read a contract's PDF: its text, its terms, and what its signatures are worth."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import datetime, timedelta

import pypdf
from cryptography import x509
from pypdf.errors import PyPdfError

from lookout.kernel.errors import DataError
from lookout.proof.pdf import check_pdf
from lookout.proof.pdf_findings import Later, PdfFindings, SignatureFindings
from lookout.proof.tokens import StampFindings
from lookout.proof.trust import Roots, State
from lookout.web.deposits.checks.facts import Document, Signature, Stamp
from lookout.web.deposits.extraction import MOST_TEXT, read_terms
from lookout.web.deposits.words import CertificateState

MOST_PAGES = 300
# What reading raises over a file that is broken, or made to break readers.
_BROKEN = (
    PyPdfError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    RecursionError,
    OverflowError,
    AssertionError,
    MemoryError,
    zlib.error,
    struct.error,
)
_STATES = {
    State.VALID: CertificateState.VALID,
    State.EXPIRED: CertificateState.EXPIRED,
    State.NOT_YET_VALID: CertificateState.EXPIRED,
    State.REVOKED: CertificateState.REVOKED,
    State.UNKNOWN: CertificateState.UNTRUSTED,
}


def read_document(content: bytes, *, roots: Roots, at: datetime) -> Document:
    """Return what a PDF says and who signed it; with a `problem` when its signatures cannot be read."""
    text = read_text(content)
    try:
        findings = check_pdf(content, roots=roots, at=at)
    except DataError as error:
        return Document(read_terms(text), text, problem=str(error))
    return Document(read_terms(text), text, _signatures(findings))


def read_text(content: bytes) -> str:
    """Return the text layer of a PDF; '' when it has none, as a scan."""
    parts, length = list[str](), 0
    try:
        for page in pypdf.PdfReader(io.BytesIO(content)).pages[:MOST_PAGES]:
            parts.append(page.extract_text())
            length += len(parts[-1])
            if length > MOST_TEXT:
                break
    except _BROKEN:
        # What was read before the torn place still counts.
        pass
    return "\n".join(parts)


def _signatures(findings: PdfFindings) -> tuple[Signature, ...]:
    found = [_signature(one) for one in findings.signatures]
    if findings.unsigned_increments and found and not any(one.is_changed_after for one in found):
        last = findings.signatures[-1]
        found[-1] = _signature(last, is_changed_after=True)
    return tuple(found)


def _signature(one: SignatureFindings, *, is_changed_after: bool | None = None) -> Signature:
    certificate = one.certificate
    return Signature(
        names=_names(one),
        serial=one.serial,
        issuer=one.issuer,
        algorithm=one.algorithm,
        signed_at=one.signed_at,
        is_intact=one.intact,
        covers_file=one.covers_whole_file,
        is_changed_after=one.later is Later.CONTENT if is_changed_after is None else is_changed_after,
        certificate_state=_state(one),
        may_sign=one.key_usage_ok or one.certificate_state is State.UNKNOWN,
        is_test=one.is_test,
        valid_from=certificate.not_valid_before_utc if certificate is not None else None,
        # Until the end of the second it names.
        valid_to=certificate.not_valid_after_utc + timedelta(seconds=1) if certificate is not None else None,
        stamp=_stamp(one.stamp) if one.stamp is not None else None,
        problems=one.problems,
    )


def _state(one: SignatureFindings) -> CertificateState:
    state = _STATES[one.certificate_state]
    if state is CertificateState.VALID and not one.is_revocation_checked:
        return CertificateState.UNKNOWN
    return state


def _names(one: SignatureFindings) -> tuple[str, ...]:
    """Return every name and number that the certificate gives its holder, the common name first."""
    given = [one.signer]
    if one.certificate is not None:
        given += [str(attribute.value) for attribute in one.certificate.subject if _is_name(attribute)]
    return tuple(name for name in dict.fromkeys(given) if name)


def _is_name(attribute: x509.NameAttribute[str | bytes]) -> bool:
    return attribute.oid in {
        x509.NameOID.COMMON_NAME,
        x509.NameOID.ORGANIZATION_NAME,
        x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
        x509.NameOID.SERIAL_NUMBER,
        x509.NameOID.ORGANIZATION_IDENTIFIER,
        x509.NameOID.USER_ID,
        x509.NameOID.GIVEN_NAME,
    }


def _stamp(one: StampFindings) -> Stamp:
    return Stamp(
        is_ok=one.ok,
        stamped_at=one.gen_time,
        authority=one.authority_name,
        serial=f"{one.serial:x}" if one.serial is not None else "",
        policy=one.policy,
        is_test=one.is_test,
        problems=one.problems,
    )
