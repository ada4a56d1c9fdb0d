"""Keys, certificates and revocation lists of the built-in test authority, and how such files are read."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from asn1crypto import core, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lookout.kernel.errors import ConfigError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KeyKind = Literal["ec", "rsa"]

# Every certificate and token of the built-in authority carries it, and nothing of a licensed one does.
# An OID of the UUID arc (X.667) needs no registration.
TEST_POLICY = "2.25.214369587120466031"
TEST_WORDS = "测试用·不具法律效力"
_ORGANIZATION = f"瞭望 Lookout（{TEST_WORDS}）"
_NOTICE = f"{TEST_WORDS} / For testing only, without legal effect; not issued by a licensed authority"
_CLOCKS_DIFFER = timedelta(hours=1)  # a certificate is good a little before it is made
LONGEST_NAME = 64  # characters: ub-common-name of X.520
_RSA_BITS = 3072
_EXPONENT = 65537


class Purpose(StrEnum):
    """What a certificate is for; its key usage says so to everybody."""

    ROOT = "root"
    SIGNING = "signing"
    STAMPING = "tsa"


@dataclass(frozen=True)
class Identity:
    """A private key with its certificate and the certificates of its issuers, the root last."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


def new_key(kind: KeyKind) -> PrivateKey:
    """Make a private key: P-256, or RSA of 3072 bits."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_RSA_BITS)


def test_name(common_name: str) -> x509.Name:
    """Return the name of a holder at the test authority; it says that it has no legal effect.

    A longer name than the 64 characters that X.520 allows is cut off.
    """
    # The library counts bytes where the standard counts characters: 22 Chinese ones would be too many.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        name = x509.NameAttribute(NameOID.COMMON_NAME, common_name[:LONGEST_NAME], _validate=False)
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
            name,
        ]
    )


def certify(
    purpose: Purpose,
    name: str,
    key: PrivateKey,
    *,
    issuer: Identity | None,
    serial: int,
    at: datetime,
    until: datetime,
) -> x509.Certificate:
    """Make a certificate, signed by the issuer or, without one, by the key itself.

    One never outlives its issuer's.
    """
    signer = issuer.key if issuer else key
    if issuer:
        until = min(until, issuer.certificate.not_valid_after_utc)
    subject = test_name(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(at - _CLOCKS_DIFFER)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(_test_policy(), critical=False)
    )
    for extension, critical in _usages(purpose):
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())


def _test_policy() -> x509.CertificatePolicies:
    notice = x509.UserNotice(None, _NOTICE)
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), [notice])])


def _usages(purpose: Purpose) -> list[tuple[x509.ExtensionType, bool]]:
    is_root = purpose is Purpose.ROOT
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), True),
        (
            x509.KeyUsage(
                digital_signature=not is_root,
                content_commitment=purpose is Purpose.SIGNING,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_root,
                crl_sign=is_root,
                encipher_only=False,
                decipher_only=False,
            ),
            True,
        ),
    ]
    if purpose is Purpose.STAMPING:  # RFC 3161, 2.3: this use alone, and critical
        found.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True))
    return found


def with_public_key(certificate: x509.Certificate, public_key: bytes, issuer: Identity) -> x509.Certificate:
    """Return a certificate like another for a key (SubjectPublicKeyInfo, DER) which the library does not know."""
    draft = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    body = draft["tbs_certificate"]
    body["subject_public_key_info"] = keys.PublicKeyInfo.load(public_key)
    for extension in body["extensions"]:
        if extension["extn_id"].native == "key_identifier":
            extension["extn_value"] = core.ParsableOctetString(
                core.OctetString(hashlib.sha256(public_key).digest()[:20]).dump()
            )
    signed = body.dump(force=True)
    made = asn1_x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": draft["signature_algorithm"],
            "signature_value": _signature(issuer.key, signed),
        }
    )
    return x509.load_der_x509_certificate(made.dump())


def _signature(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def revocation_list(
    issuer: Identity,
    revoked: Mapping[int, tuple[datetime, x509.ReasonFlags]],
    *,
    number: int,
    at: datetime,
    until: datetime,
) -> bytes:
    """Return the DER of a revocation list; `revoked`: serial → when and why."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at)
        .next_update(until)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
    )
    for serial, (when, why) in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
        builder = builder.add_revoked_certificate(
            entry.add_extension(x509.CRLReason(why), critical=False).build()
        )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def key_pem(key: PrivateKey) -> bytes:
    """Return a private key as PKCS#8 PEM, not encrypted: the file's rights guard it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def certificate_der(certificate: x509.Certificate) -> bytes:
    """Return a certificate as DER."""
    return certificate.public_bytes(Encoding.DER)


def read_identity(key_file: Path, certificate_file: Path, chain: Sequence[x509.Certificate]) -> Identity:
    """Read a key and its certificate. Raises ConfigError when they cannot be read or do not belong together."""
    try:
        key = load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"读不到密钥或证书（{key_file}，{certificate_file}）：{error}；请从备份恢复这两个文件"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{key_file}：不是 RSA 或椭圆曲线密钥；请从备份恢复这个文件")
    if key.public_key() != certificate.public_key():
        raise ConfigError(f"{key_file} 与 {certificate_file} 不是一对；请从同一份备份恢复这两个文件")
    return Identity(key, certificate, tuple(chain))


def load_certificate(der: bytes) -> x509.Certificate:
    """Read a certificate of unknown origin. Raises ValueError for one of which any part cannot be read."""
    try:
        found = x509.load_der_x509_certificate(der)
        # Parsing is lazy: what is broken shall show here and not in the middle of a check.
        _ = (
            found.subject,
            found.issuer,
            found.not_valid_before_utc,
            found.not_valid_after_utc,
            found.extensions,
        )
    except (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(str(error)) from error
    return found


def common_name(name: x509.Name) -> str:
    """Return what a person would call a holder: the common name, else the organisation, else all of the name."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(oid):
            return str(found[0].value)
    return name.rfc4514_string()


def is_test_certificate(certificate: x509.Certificate) -> bool:
    """Tell whether the built-in test authority, here or elsewhere, issued a certificate."""
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return any(policy.policy_identifier.dotted_string == TEST_POLICY for policy in policies)
