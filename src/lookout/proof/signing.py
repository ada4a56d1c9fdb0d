"""Who signs for the installation, with which key and certificate; detached signatures, and their check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from lookout.kernel.errors import ConfigError, LookoutError
from lookout.proof.authority import Authority
from lookout.proof.certificates import (
    Identity,
    certificate_pem,
    common_name,
    is_test_certificate,
)
from lookout.proof.cms import SigningKey, SoftKey, content_problems, digest_of, read_message, sign_message
from lookout.proof.trust import Roots, State, Usage, check_certificate

_LEAST_RSA_BITS = 2048
_LEAST_CURVE_BITS = 256


@dataclass(frozen=True)
class Signer:
    """A key with its certificate and those of its issuers, nearest first."""

    key: SigningKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @classmethod
    def of_identity(cls, identity: Identity) -> Signer:
        """Return the signer that holds an RSA or P-256 key."""
        return cls(SoftKey(identity.key), identity.certificate, identity.chain)

    @classmethod
    def of_authority(cls, authority: Authority) -> Signer:
        """Return the signer of the built-in test authority."""
        return cls.of_identity(authority.signing)

    @property
    def algorithm(self) -> str:
        """The algorithm of its signatures: ECDSA-SHA256, RSA-SHA256 or SM2-SM3."""
        return self.key.name

    @property
    def name(self) -> str:
        """Who it is."""
        return common_name(self.certificate.subject)

    @property
    def serial(self) -> str:
        """The certificate's number, hexadecimal."""
        return f"{self.certificate.serial_number:x}"

    @property
    def is_test(self) -> bool:
        """Whether its signatures have no legal effect."""
        return is_test_certificate(self.certificate)

    @property
    def certificate_pem(self) -> str:
        """The certificate, followed by those above it."""
        return b"".join(certificate_pem(one) for one in (self.certificate, *self.chain)).decode("ascii")

    def sign(self, data: bytes) -> bytes:
        """Return the bare signature over data."""
        return self.key.sign(data)

    def sign_detached(self, data: bytes, *, at: datetime | None = None) -> bytes:
        """Return a signed message (CMS, DER) without the data; `at` is the time it claims, none without."""
        return sign_message(data, self.key, self.certificate, self.chain, at=at)

    def refusals(self, at: datetime, *, crls: Sequence[bytes] = ()) -> list[str]:
        """Return why nothing should be signed with it at an instant; empty when it may.

        `crls` are the revocation lists at hand. Whether its issuer is trusted is for others to say.
        """
        anchor = self.chain[-1] if self.chain else self.certificate
        known = Roots((anchor,), self.chain[:-1], tuple(crls))
        found = check_certificate(self.certificate, roots=known, at=at, usage=Usage.SIGNING)
        is_refused = found.state not in (State.VALID, State.UNKNOWN) or not found.usage_ok
        return list(found.problems) if is_refused else []


@dataclass(frozen=True)
class DetachedFindings:
    """What a detached signature says and whether it holds. `claimed_at` is the signer's own word."""

    ok: bool
    problems: tuple[str, ...]
    signer: str = ""
    serial: str = ""
    issuer: str = ""
    algorithm: str = ""
    claimed_at: datetime | None = None
    intact: bool = False
    certificate_state: State = State.UNKNOWN
    key_usage_ok: bool = False
    revoked_at: datetime | None = None
    is_test: bool = False
    notes: tuple[str, ...] = ()


def check_detached(message: bytes, data: bytes, *, roots: Roots, at: datetime) -> DetachedFindings:
    """Check a detached signature (CMS, DER) over data, and its certificate at `at`.

    Hand in the time of a stamp over the message, if there is one: the time a signer claims proves nothing.
    Never raises for a bad signature.
    """
    try:
        read = read_message(message, extra=roots.intermediates)
        wrong = content_problems(read, digest_of(data, read), content_type=read.content_type)
    except LookoutError as error:
        return DetachedFindings(False, (str(error),))
    held = roots + Roots(intermediates=read.others)
    found = check_certificate(read.certificate, roots=held, at=at, usage=Usage.SIGNING)
    problems = (*wrong, *found.problems)
    return DetachedFindings(
        not problems,
        problems,
        signer=common_name(read.certificate.subject),
        serial=f"{read.certificate.serial_number:x}",
        issuer=common_name(read.certificate.issuer),
        algorithm=read.algorithm,
        claimed_at=read.claimed_at,
        intact=not wrong,
        certificate_state=found.state,
        key_usage_ok=found.usage_ok,
        revoked_at=found.revoked_at,
        is_test=found.is_test,
        notes=found.notes,
    )


def read_pkcs12(file: Path, passphrase: str, *, at: datetime) -> Signer:
    """Read key and certificates of a licensed authority from a PKCS#12 file.

    Raises ConfigError with everything that speaks against it: not readable, weak, expired at `at`, not for signing.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"读不到签章证书文件 {file}（{error.strerror}）；请核对路径与权限") from error
    try:
        bundle = load_pkcs12(content, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"打不开签章证书文件 {file}：口令不对，或不是 PKCS#12（.p12、.pfx）；请核对 LOOKOUT_SIGNING_PASSPHRASE"
        ) from error
    key = bundle.key
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or bundle.cert is None:
        raise ConfigError(f"{file} 里没有 RSA 或椭圆曲线私钥及其证书；请向证书机构取得含私钥的 PKCS#12 文件")
    chain = _in_order(bundle.cert.certificate, [one.certificate for one in bundle.additional_certs])
    signer = Signer.of_identity(Identity(key, bundle.cert.certificate, chain))
    if problems := [*_weakness(key), *signer.refusals(at)]:
        raise ConfigError(f"签章证书 {file} 不能使用：\n" + "\n".join(f"  {one}" for one in problems))
    return signer


def _in_order(
    certificate: x509.Certificate, others: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Return the issuers of a certificate among others, nearest first."""
    found: list[x509.Certificate] = []
    below = certificate
    while below.issuer != below.subject:
        above = next((one for one in others if one.subject == below.issuer and one not in found), None)
        if above is None:
            break
        found.append(above)
        below = above
    return tuple(found)


def _weakness(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> list[str]:
    least = _LEAST_RSA_BITS if isinstance(key, rsa.RSAPrivateKey) else _LEAST_CURVE_BITS
    return [f"密钥只有 {key.key_size} 位，至少应有 {least} 位"] if key.key_size < least else []
