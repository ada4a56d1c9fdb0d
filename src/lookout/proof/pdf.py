"""Sealing a PDF for the long term (PAdES B-LTA): signature, time-stamps, and all that its later check needs."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers import Signer as PdfKeyHolder
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSigningSession,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext, errors
from pyhanko_certvalidator.registry import SimpleCertificateStore

from lookout.kernel.errors import ConfigError, DataError
from lookout.proof.pdf_check import BROKEN, check_pdf, open_pdf
from lookout.proof.pdf_findings import Later, PdfFindings, SignatureFindings
from lookout.proof.signing import Signer
from lookout.proof.sm2 import NAME as SM2_NAME
from lookout.proof.stamps import TimeStampAuthority
from lookout.proof.tokens import stamped_at
from lookout.proof.trust import to_asn1

__all__ = ["Later", "PdfFindings", "SignatureFindings", "check_pdf", "seal_pdf"]

_MD = "sha256"
# The stamp over all comes last, so that nothing in the file lies outside it.
_STAMP_LAST = DSSContentSettings(
    include_vri=False, next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
)
_ROOM_FOR_SIGNATURE = 600  # bytes: more than an RSA signature of 4096 bits takes


def seal_pdf(
    data: bytes,
    signer: Signer,
    authority: TimeStampAuthority,
    *,
    at: datetime | None = None,
    reason: str = "",
    location: str = "",
) -> bytes:
    """Return the PDF with one more signature, stamped, with certificates and revocation lists inside (PAdES B-LTA).

    What was in the file stays byte for byte; earlier signatures stay good. `at` is the signing time shown; without
    it the authority is asked. Raises DataError when the file cannot be sealed (broken, encrypted, or locked by an
    earlier signature), ConfigError when the certificate is not good for it, TransientError from the authority.
    """
    if signer.algorithm == SM2_NAME:
        raise ConfigError(
            "PDF 阅读软件普遍不认识国密签名；请用 RSA 或 P-256 证书签 PDF，国密签名另存为单独的文件"
        )
    reader = open_pdf(data)
    at = at or stamped_at(authority.stamp(hashlib.sha256(data).digest()))
    if refusals := signer.refusals(at, crls=authority.roots.crls):
        raise ConfigError("签章证书不能使用：\n" + "\n".join(f"  {one}" for one in refusals))
    taken = {str(name) for name, *_ in enumerate_sig_fields(reader)}
    try:
        out = asyncio.run(_seal(data, signer, authority, at, _free_name(taken), reason, location))
    except BROKEN as error:
        raise DataError(f"这份 PDF 不能再签（{error}）：可能被先前的签名锁定，或文件结构有误") from error
    except (errors.ValidationError, errors.PathError) as error:
        raise ConfigError(f"签章或时间戳的证书链不成立（{error}）；请核对可信根证书与吊销列表") from error
    return out


# It warns at every seal that nothing is fetched: a closed network is the rule here.
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)


async def _seal(
    data: bytes,
    signer: Signer,
    authority: TimeStampAuthority,
    at: datetime,
    field: str,
    reason: str,
    location: str,
) -> bytes:
    trusted = authority.roots
    anchor = signer.chain[-1] if signer.chain else signer.certificate
    context = ValidationContext(
        trust_roots=[to_asn1(one) for one in (*trusted.roots, anchor)],
        other_certs=[to_asn1(one) for one in (*trusted.intermediates, *signer.chain)],
        crls=list(trusted.crls),
        ocsps=list(trusted.ocsps),
        moment=at,
        allow_fetching=False,
        retroactive_revinfo=True,
    )
    meta = PdfSignatureMetadata(
        field_name=field,
        md_algorithm=_MD,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason or None,
        location=location or None,
        embed_validation_info=True,
        use_pades_lta=True,
        validation_context=context,
        signer_key_usage=set(),  # looked at before, in words people understand
        timestamp_field_name=f"{field}Time",
        dss_settings=_STAMP_LAST,
    )
    sealing = _At(meta, _holder(signer), timestamper=_Stamper(authority))
    sealing.moment = at
    written = await sealing.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(data), strict=False))
    return bytes(written.getbuffer())


def _free_name(taken: set[str]) -> str:
    number = 1
    while f"Lookout{number}" in taken:
        number += 1
    return f"Lookout{number}"


def _holder(signer: Signer) -> _Holder:
    registry = SimpleCertificateStore()
    registry.register_multiple([to_asn1(one) for one in signer.chain])
    return _Holder(signer, registry)


class _Holder(PdfKeyHolder):
    """Lets a signer of ours sign a PDF without giving its key away."""

    def __init__(self, signer: Signer, registry: SimpleCertificateStore) -> None:
        super().__init__(signing_cert=to_asn1(signer.certificate), cert_registry=registry)
        self._signer = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(_ROOM_FOR_SIGNATURE) if dry_run else self._signer.sign(data)


class _Stamper(TimeStamper):
    """Asks an authority of ours for the stamps a PDF needs."""

    def __init__(self, authority: TimeStampAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self._authority = authority

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        return cms.ContentInfo.load(self._authority.stamp(message_digest))


class _At(PdfSigner):
    """Signs at a given time instead of the machine's."""

    moment: datetime

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.moment
        return session
