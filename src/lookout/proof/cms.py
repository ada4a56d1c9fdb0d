"""Signed messages (CMS, RFC 5652) of one signer: made here, and taken apart for checking."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko_certvalidator.errors import AlgorithmNotSupported

from lookout.kernel.errors import DataError, LookoutError
from lookout.proof.certificates import PrivateKey, load_certificate
from lookout.proof.sm2 import NAME as SM2_NAME
from lookout.proof.sm2 import SM2_WITH_SM3, SM3, ChineseSignatures
from lookout.proof.trust import to_asn1

ECDSA, RSA = "ECDSA-SHA256", "RSA-SHA256"
_LARGEST = 4 << 20  # bytes of a message; the content itself is not in it
_ALGORITHMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # name → digest algorithm, signature algorithm
    ECDSA: ({"algorithm": "sha256"}, {"algorithm": "sha256_ecdsa"}),
    RSA: ({"algorithm": "sha256"}, {"algorithm": "sha256_rsa", "parameters": core.Null()}),
    SM2_NAME: ({"algorithm": SM3}, {"algorithm": SM2_WITH_SM3}),
}


class SigningKey(Protocol):
    """A private key that signs: `name` is one of the known algorithms, `digest_name` hashlib's name of its digest."""

    @property
    def name(self) -> str:
        """The algorithm, such as ECDSA-SHA256."""

    @property
    def digest_name(self) -> str:
        """The digest it signs over."""

    @property
    def public_key(self) -> bytes:
        """The public key as SubjectPublicKeyInfo, DER."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature over data."""


class SoftKey:
    """An RSA (PKCS#1 v1.5) or P-256 key in memory, with SHA-256."""

    digest_name = "sha256"

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.name = RSA if isinstance(key, rsa.RSAPrivateKey) else ECDSA

    @property
    def public_key(self) -> bytes:
        """The public key as SubjectPublicKeyInfo, DER."""
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """Return the signature over data."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def sign_message(
    content: bytes,
    key: SigningKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    *,
    content_type: str = "data",
    is_detached: bool = True,
    at: datetime | None = None,
    with_certificates: bool = True,
) -> bytes:
    """Return a signed message as DER. `at` is the time the signer claims; a detached one leaves the content out."""
    digest_algorithm, signature_algorithm = _ALGORITHMS[key.name]
    holder = to_asn1(certificate)
    attributes = [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [hashlib.new(key.digest_name, content).digest()]},
        {"type": "signing_certificate_v2", "values": [as_signing_certificate_v2(holder, "sha256")]},
    ]
    if at is not None:
        moment = at.astimezone(UTC).replace(microsecond=0)
        attributes.append({"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(moment)})]})
    signed_attributes = cms.CMSAttributes(attributes)
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": holder.issuer, "serial_number": holder.serial_number}},
        "digest_algorithm": digest_algorithm,
        "signed_attrs": signed_attributes,
        "signature_algorithm": signature_algorithm,
        "signature": key.sign(signed_attributes.dump()),
    }
    body: dict[str, Any] = {"content_type": content_type}
    if not is_detached:
        body["content"] = core.ParsableOctetString(content)
    message = {
        "version": "v1" if content_type == "data" else "v3",
        "digest_algorithms": [digest_algorithm],
        "encap_content_info": body,
        "signer_infos": [signer],
    }
    if with_certificates:
        message["certificates"] = [holder, *(to_asn1(one) for one in chain)]
    signed = cms.SignedData(message)
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


@dataclass(frozen=True)
class Message:
    """A signed message of one signer, read but not believed."""

    signed_data: Any
    signer_info: Any
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    content_type: str
    content: bytes | None
    digest_name: str
    algorithm: str
    claimed_at: datetime | None


def read_message(message: bytes, *, extra: Sequence[x509.Certificate] = ()) -> Message:
    """Read a signed message (DER). `extra` are certificates it may have left out.

    Raises DataError when it is none, has several signers, or its signer's certificate is not at hand.
    """
    if len(message) > _LARGEST:
        raise DataError(f"签名数据有 {len(message):,} 字节，远大于正常的签名；请核对文件")
    try:
        info = cms.ContentInfo.load(message, strict=True)
        if info["content_type"].native != "signed_data":
            raise DataError("不是 CMS 签名数据（signedData）；请核对文件")
        return _read(info["content"], extra)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
    ) as error:
        raise DataError(f"签名数据损坏或不是 DER 编码的 CMS（{error}）；请重新取得") from error


def _read(signed: Any, extra: Sequence[x509.Certificate]) -> Message:
    signers = list(signed["signer_infos"])
    if len(signers) != 1:
        raise DataError(f"签名数据里有 {len(signers)} 个签名者，应恰好有一个")
    signer = signers[0]
    certificates = [load_certificate(one.chosen.dump()) for one in _plain(signed)]
    certificates += [one for one in extra if one not in certificates]
    holder = next((one for one in certificates if _is_of(signer["sid"], to_asn1(one))), None)
    if holder is None:
        raise DataError("签名数据里没有签名者的证书；请取得含证书的签名")
    content = signed["encap_content_info"]["content"]
    digest = signer["digest_algorithm"]["algorithm"]
    return Message(
        signed,
        signer,
        holder,
        tuple(one for one in certificates if one != holder),
        signed["encap_content_info"]["content_type"].native,
        None if is_absent(content) else bytes(content),
        "sm3" if digest.dotted == SM3 else str(digest.native),
        algorithm_name(signer),
        _claimed(signer),
    )


def is_absent(value: Any) -> bool:
    """Tell whether an optional part of a structure is not there, without reading it as a whole."""
    return isinstance(value, core.Void)


def _plain(signed: Any) -> list[Any]:
    found = signed["certificates"]
    return [] if is_absent(found) else [one for one in found if one.name == "certificate"]


def _is_of(sid: Any, certificate: asn1_x509.Certificate) -> bool:
    if sid.name == "issuer_and_serial_number":
        chosen = sid.chosen
        return bool(
            chosen["serial_number"].native == certificate.serial_number
            and chosen["issuer"].dump() == certificate.issuer.dump()
        )
    return bool(sid.chosen.native == certificate.key_identifier)


def _claimed(signer: Any) -> datetime | None:
    attributes = signer["signed_attrs"]
    if is_absent(attributes):
        return None
    for attribute in attributes:
        if attribute["type"].native == "signing_time":
            found = attribute["values"][0].native
            return found if isinstance(found, datetime) else None
    return None


def algorithm_name(signer: Any) -> str:
    """Return the algorithm of a signer in a form such as RSA-SHA256, ECDSA-SHA256 or SM2-SM3."""
    algorithm = signer["signature_algorithm"]
    if algorithm["algorithm"].dotted == SM2_WITH_SM3:
        return SM2_NAME
    try:
        kind = algorithm.signature_algo
    except ValueError:
        return str(algorithm["algorithm"].native).upper()
    try:
        digest = algorithm.hash_algo
    except ValueError:
        digest = signer["digest_algorithm"]["algorithm"].native
    short = {"rsassa_pkcs1v15": "RSA", "rsassa_pss": "RSA-PSS"}.get(kind, kind.upper())
    return f"{short}-{str(digest).upper()}"


def content_problems(message: Message, content_digest: bytes, *, content_type: str) -> list[str]:
    """Return why a message is not its signer's word on content of that digest; empty when it is."""
    try:
        intact, valid = validate_sig_integrity(
            message.signer_info,
            to_asn1(message.certificate),
            content_type,
            content_digest,
            ChineseSignatures(),
        )
    except AlgorithmNotSupported as error:
        return [f"不认识这种签名算法（{message.algorithm}，{error}），没能核对"]
    except LookoutError as error:
        return [str(error)]
    except (InvalidSignature, ValueError, TypeError, KeyError, AssertionError) as error:
        return [f"签名的结构不对：{error}"]
    problems = []
    if not valid:
        problems.append("签名与签名者的公钥不符：签名或被签的属性被改动过")
    if not intact:
        problems.append("内容的摘要与签名里的不同：内容在签名之后被改动过，或不是这份内容")
    return problems


def digest_of(data: bytes, message: Message) -> bytes:
    """Return the digest of data as the message's signer made it. Raises DataError for an unknown digest."""
    try:
        return hashlib.new(message.digest_name, data).digest()
    except ValueError:
        raise DataError(f"这台机器不认识摘要算法 {message.digest_name}，不能核对签名") from None
