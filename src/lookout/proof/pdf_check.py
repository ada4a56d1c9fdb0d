"""What the signatures in a PDF are worth: who, when, over which bytes, and what was added afterwards."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.status import SignatureCoverageLevel

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.proof.certificates import common_name, load_certificate
from lookout.proof.cms import Message, content_problems, digest_of, is_absent, read_message
from lookout.proof.pdf_findings import Later, PdfFindings, SignatureFindings
from lookout.proof.tokens import check_stamp_over
from lookout.proof.trust import (
    CertificateFindings,
    Roots,
    State,
    Usage,
    check_certificate,
    local,
)

# The library would log, with a traceback, what the findings tell.
logging.getLogger("pyhanko.sign.diff_analysis").setLevel(logging.ERROR)

# What it raises over a file that is broken or made to break readers.
BROKEN = (
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    RecursionError,
    OverflowError,
    AssertionError,
    NotImplementedError,
    zlib.error,
)
_SIGNED, _STAMPED = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached"), "/ETSI.RFC3161"
_CLOCKS_DIFFER = timedelta(minutes=5)


_LATER = {
    ModificationLevel.NONE: Later.NOTHING,
    ModificationLevel.LTA_UPDATES: Later.LONG_TERM,
    ModificationLevel.FORM_FILLING: Later.SIGNATURES_OR_FORM,
}


def open_pdf(data: bytes) -> PdfFileReader:
    """Open a PDF. Raises DataError when it is broken or encrypted."""
    try:
        reader = PdfFileReader(BytesIO(data), strict=False)
        encrypted = reader.encrypt_dict is not None
        if not encrypted:
            _ = reader.root["/Pages"]
    except BROKEN as error:
        raise DataError(f"不是完好的 PDF（{error}）；请取得完整的原件") from error
    if encrypted:
        raise DataError("PDF 有口令或已加密，签名无法核对，也不能再签；请取得未加密的原件")
    return reader


def check_pdf(data: bytes, *, roots: Roots, at: datetime) -> PdfFindings:
    """Check every signature of a PDF at an instant, with the revocation data of the file and of `roots`.

    Raises DataError when the file is broken or encrypted; whatever else is wrong is told in the findings.
    """
    reader = open_pdf(data)
    try:
        fields = [(str(name), value, ref) for name, value, ref in enumerate_sig_fields(reader)]
        held, has_store, notes = _with_store(reader, roots)
    except BROKEN as error:
        raise DataError(f"PDF 的签名域读不懂（{error}）；请取得完整的原件") from error
    found = [
        _one(reader, data, name, ref.get_object(), held, at)
        for name, value, ref in fields
        if value is not None
    ]
    found.sort(key=lambda one: (one.revision, one.name))
    stamps = [one for one in found if one.is_stamp]
    signatures = [_judged(one, stamps, held, at) for one in found if not one.is_stamp]
    problems, unsigned = _file_problems(reader, [*signatures, *stamps])
    empty = [name for name, value, _ in fields if value is None]
    if empty:
        notes = (*notes, f"有空白的签名域，尚未签署：{'、'.join(empty)}")
    return PdfFindings(
        tuple(signatures),
        tuple(stamps),
        unsigned,
        _level(signatures, stamps, has_store),
        tuple(problems),
        notes,
    )


def _with_store(reader: PdfFileReader, roots: Roots) -> tuple[Roots, bool, tuple[str, ...]]:
    """Return the roots with what the file's own store holds of certificates and revocation data."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return roots, False, ()
    try:
        extra = Roots(
            intermediates=tuple(load_certificate(one.dump()) for one in store.load_certs()),
            crls=tuple(ref.get_object().data for ref in store.crls),
            ocsps=tuple(ref.get_object().data for ref in store.ocsps),
        )
    except BROKEN as error:
        return roots, False, (f"PDF 里的长期验证资料读不懂（{error}），未采用",)
    return roots + extra, True, ()


def _one(
    reader: PdfFileReader, data: bytes, name: str, place: Any, held: Roots, at: datetime
) -> SignatureFindings:
    """Return what can be said of one signature by itself; its certificate is judged later."""
    try:
        embedded = EmbeddedPdfSignature(reader, place, name)
        content_type = embedded.signed_data["encap_content_info"]["content_type"].native
        form = str(embedded.sig_object.get("/SubFilter", ""))
        base = replace(_covered(embedded, reader, data), signed_at=_aware(embedded.self_reported_timestamp))
        if form == _STAMPED or content_type == "tst_info":
            return _document_stamp(base, embedded, data, held, at)
        return _signature(base, embedded, form, data, held, at)
    except (*BROKEN, DataError) as error:
        return SignatureFindings(name, problems=(f"读不懂：{error}",))


def _covered(embedded: EmbeddedPdfSignature, reader: PdfFileReader, data: bytes) -> SignatureFindings:
    """Return which bytes a signature covers and what came later."""
    # The library knows no SM3; a digest it finds ready is not made again.
    message = read_message(_der(embedded))
    embedded.external_digests[embedded.external_md_algorithm] = digest_of(_bytes_of(embedded, data), message)
    embedded.compute_integrity_info()
    revision = embedded.signed_revision
    problems = []
    coverage = embedded.coverage or SignatureCoverageLevel.UNCLEAR
    if coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        problems.append("签名没有覆盖它那一版文件的全部内容：有字节在签名之外")
    difference = embedded.diff_result
    level = difference.modification_level if isinstance(difference, DiffResult) else ModificationLevel.OTHER
    later = _LATER.get(level, Later.CONTENT)
    if later is Later.CONTENT and not problems:
        problems.append(f"签名之后文件内容又被改动（{difference}）")
    elif embedded.summarise_integrity_info()["docmdp_ok"] is False and not problems:
        problems.append("签名之后的增补超出了签名时允许的范围")
    return SignatureFindings(
        embedded.fq_name,
        covers_whole_file=coverage is SignatureCoverageLevel.ENTIRE_FILE,
        later_increments=reader.total_revisions - 1 - revision,
        later=later,
        revision=revision,
        problems=tuple(problems),
    )


def _bytes_of(embedded: EmbeddedPdfSignature, data: bytes) -> bytes:
    """Return the bytes under a signature. Raises ValueError when it names bytes that are not there."""
    numbers = [int(number) for number in embedded.byte_range]
    if len(numbers) % 2 or any(number < 0 for number in numbers):
        raise ValueError("ByteRange 不成对")
    parts = []
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        if start + length > len(data):
            raise ValueError("ByteRange 超出了文件末尾：文件被截短过")
        parts.append(data[start : start + length])
    return b"".join(parts)


def _der(embedded: EmbeddedPdfSignature) -> bytes:
    """Return the signed message without the zeros that fill its place. Raises ValueError when more is there."""
    message = bytes(cms.ContentInfo.load(embedded.pkcs7_content).dump())
    if embedded.pkcs7_content[len(message) :].strip(b"\0"):
        raise ValueError("签名的位置里夹带了别的字节")
    return message


def _document_stamp(
    base: SignatureFindings, embedded: EmbeddedPdfSignature, data: bytes, held: Roots, at: datetime
) -> SignatureFindings:
    stamp = check_stamp_over(_der(embedded), _bytes_of(embedded, data), roots=held, at=at)
    return replace(
        _holder(base, read_message(_der(embedded))),
        is_stamp=True,
        signed_at=stamp.gen_time,
        proven_at=stamp.gen_time if stamp.ok else None,
        intact=stamp.ok,
        stamp=stamp,
        key_usage_ok=stamp.ok,
        certificate_state=State.VALID if stamp.ok else State.UNKNOWN,
        is_test=stamp.is_test,
        problems=(*base.problems, *stamp.problems),
        notes=stamp.notes,
    )


def _signature(
    base: SignatureFindings, embedded: EmbeddedPdfSignature, form: str, data: bytes, held: Roots, at: datetime
) -> SignatureFindings:
    message = read_message(_der(embedded), extra=held.intermediates)
    wrong = content_problems(message, digest_of(_bytes_of(embedded, data), message), content_type="data")
    intact = not wrong
    if form not in _SIGNED:
        wrong.append(f"签名格式“{form}”已不再安全或不认识")
    token = _token(message)
    stamp = None
    if token is not None:
        stamp = check_stamp_over(token, message.signer_info["signature"].native, roots=held, at=at)
        wrong += [f"签名的时间戳：{problem}" for problem in stamp.problems]
    return replace(
        _holder(base, message),
        intact=intact,
        stamp=stamp,
        proven_at=stamp.gen_time if stamp and stamp.ok else None,
        reason=str(embedded.sig_object.get("/Reason", "")),
        problems=(*base.problems, *wrong),
        notes=stamp.notes if stamp else (),
    )


def _holder(base: SignatureFindings, message: Message) -> SignatureFindings:
    return replace(
        base,
        signer=common_name(message.certificate.subject),
        serial=f"{message.certificate.serial_number:x}",
        issuer=common_name(message.certificate.issuer),
        algorithm=message.algorithm,
        certificate=message.certificate,
        material=_material(message),
    )


def _material(message: Message) -> Roots:
    """Return the certificates and revocation data inside a signature."""
    lists, answers = [], []
    for one in _present(message.signed_data["crls"]):
        if one.name == "":
            lists.append(one.chosen.dump())
    for attribute in _present(message.signer_info["signed_attrs"]):
        if attribute["type"].native == "adobe_revocation_info_archival":
            kept = attribute["values"][0]
            lists += [one.dump() for one in _present(kept["crl"])]
            answers += [one.dump() for one in _present(kept["ocsp"])]
    return Roots(intermediates=message.others, crls=tuple(lists), ocsps=tuple(answers))


def _present(values: Any) -> Any:
    return () if is_absent(values) else values


def _token(message: Message) -> bytes | None:
    for attribute in _present(message.signer_info["unsigned_attrs"]):
        if attribute["type"].native == "signature_time_stamp_token":
            return bytes(attribute["values"][0].dump())
    return None


def _judged(
    found: SignatureFindings, stamps: list[SignatureFindings], held: Roots, at: datetime
) -> SignatureFindings:
    """Add what the signer's certificate was worth when, provably, it signed."""
    if found.certificate is None:
        return found
    times = [found.proven_at, *(one.proven_at for one in stamps if one.revision >= found.revision)]
    proven = min((time for time in times if time is not None), default=None)
    worth = check_certificate(
        found.certificate, roots=held + found.material, at=proven or at, usage=Usage.SIGNING, seen_at=at
    )
    return replace(
        found,
        proven_at=proven,
        certificate_state=worth.state,
        revoked_at=worth.revoked_at,
        is_revocation_checked=worth.is_revocation_checked,
        key_usage_ok=worth.usage_ok,
        is_test=worth.is_test,
        problems=(*found.problems, *worth.problems, *_time_problems(found, proven, worth)),
        notes=(*found.notes, *worth.notes, *_time_notes(found, proven, at)),
    )


def _time_problems(
    found: SignatureFindings, proven: datetime | None, worth: CertificateFindings
) -> Iterator[str]:
    if proven and found.signed_at and found.signed_at > proven + _CLOCKS_DIFFER:
        yield f"自报的签名时间 {local(found.signed_at)} 晚于时间戳 {local(proven)}：签名时间不实"
    if proven is None and worth.state in (State.EXPIRED, State.REVOKED):
        yield "没有可信的时间戳，不能证明签名早于证书到期或吊销"


def _time_notes(found: SignatureFindings, proven: datetime | None, at: datetime) -> Iterator[str]:
    if proven is None:
        claimed = f"（{local(found.signed_at)}）" if found.signed_at else ""
        yield f"没有可信的时间戳：签名时间{claimed}只是签名人自报，证书按核对时刻 {local(at)} 判断"


def _file_problems(reader: PdfFileReader, found: list[SignatureFindings]) -> tuple[list[str], bool]:
    """Return what is wrong with the file as a whole, and whether something came in that nobody signed."""
    known = [one for one in found if one.revision >= 0]
    if not known:
        return (["这份 PDF 没有签名"] if not found else []), False
    last = max(known, key=lambda one: one.revision)
    if last.later in (Later.SIGNATURES_OR_FORM, Later.CONTENT) and last.later_increments:
        return [f"最后一个签名（{last.name}）之后有未签名的增补，共 {last.later_increments} 次"], True
    if not last.covers_whole_file and last.revision == reader.total_revisions - 1:
        return [f"最后一个签名（{last.name}）没有覆盖到文件末尾：其后附加了字节"], True
    if all(one.is_stamp for one in found):
        return ["这份 PDF 只有文档时间戳，没有签名"], False
    return [], False


def _level(signatures: list[SignatureFindings], stamps: list[SignatureFindings], has_store: bool) -> str:
    if not signatures:
        return ""
    last = signatures[-1]
    if last.stamp is None or not last.stamp.ok:
        return "B-B"
    if not has_store:
        return "B-T"
    return (
        "B-LTA"
        if any(one.stamp and one.stamp.ok and one.revision > last.revision for one in stamps)
        else "B-LT"
    )


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=SHANGHAI) if moment is not None and moment.tzinfo is None else moment
