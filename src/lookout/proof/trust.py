"""Whom an installation believes: roots, intermediates and revocation data, and what a certificate was worth at an instant."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from pyhanko_certvalidator import CertificateValidator, ValidationContext, errors
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import ConfigError, Problem
from lookout.proof.certificates import certificate_der, certificate_pem, common_name, is_test_certificate
from lookout.proof.sm2 import ChineseSignatures

CERTIFICATE_FILES = (".pem", ".crt", ".cer")
LIST_FILES = (".crl",)
Extension = TypeVar("Extension", bound=x509.ExtensionType)
# What issuers of certificates for documents write there; a server's certificate is none of them.
_SIGNING_PURPOSES = {
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # RFC 9336, document signing
    ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft, document signing
    ObjectIdentifier("1.2.840.113583.1.1.5"),  # Adobe, authentic documents
}


class Usage(StrEnum):
    """What a certificate has to allow."""

    SIGNING = "signing"
    STAMPING = "stamping"


class State(StrEnum):
    """What a certificate was worth at an instant; unknown: it leads to no root that is trusted."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


_ITSELF_ALONE = RevocationCheckingPolicy(
    RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, RevocationCheckingRule.NO_CHECK
)
# A certificate or list made to break readers ends in one of these, too.
_BROKEN = (
    errors.ValidationError,
    ConfigError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    AssertionError,
)
Chain = tuple[x509.Certificate, ...]  # from a certificate to its root
_USAGE_WORDS = {Usage.SIGNING: "签名", Usage.STAMPING: "签发时间戳"}


@dataclass(frozen=True)
class Roots:
    """Trusted roots, with further certificates that may stand between, and revocation data at hand (DER)."""

    roots: tuple[x509.Certificate, ...] = ()
    intermediates: tuple[x509.Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def __add__(self, other: Roots) -> Roots:
        return Roots(
            (*self.roots, *other.roots),
            (*self.intermediates, *other.intermediates),
            (*self.crls, *other.crls),
            (*self.ocsps, *other.ocsps),
        )

    def pems(self) -> list[bytes]:
        """Return the roots and intermediates as PEM, for a package that must be checked elsewhere."""
        return [certificate_pem(one) for one in dict.fromkeys((*self.roots, *self.intermediates))]

    @classmethod
    def read(cls, folder: Path) -> Roots:
        """Read a folder of certificates (.pem .crt .cer) and revocation lists (.crl), PEM or DER.

        Self-issued certificates are roots, others stand between. Raises ConfigError with all files that cannot be read.
        """
        if not folder.is_dir():
            raise ConfigError(f"找不到可信根证书文件夹 {folder}；请建立它，放入证书机构的根证书")
        found: list[x509.Certificate] = []
        lists: list[bytes] = []
        problems = []
        for file in sorted(folder.iterdir()):
            try:
                if file.suffix.lower() in CERTIFICATE_FILES:
                    found += read_certificates(file.read_bytes())
                elif file.suffix.lower() in LIST_FILES:
                    lists.append(read_list(file.read_bytes()))
            except (OSError, ValueError) as error:
                problems.append(
                    Problem(str(file), f"不是 PEM 或 DER 格式的证书或吊销列表（{error}）；请更换或移走")
                )
        if problems:
            raise ConfigError("可信根证书文件夹有问题：\n" + "\n".join(f"  {one}" for one in problems))
        roots = tuple(one for one in found if one.issuer == one.subject)
        if not roots:
            raise ConfigError(f"{folder} 里没有根证书（自签的 .pem、.crt 或 .cer）；请放入证书机构的根证书")
        return cls(roots, tuple(one for one in found if one.issuer != one.subject), tuple(lists))


@dataclass(frozen=True)
class CertificateFindings:
    """What a certificate was worth at an instant; `problems` speak against it, `notes` do not.

    `revoked_at` is also told when it was revoked only later. `path` leads from it to a trusted root; empty when none does.
    """

    state: State
    usage_ok: bool
    is_revocation_checked: bool = False
    revoked_at: datetime | None = None
    revocation_reason: str = ""
    is_test: bool = False
    path: tuple[x509.Certificate, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was good for what it was used for."""
        return self.state is State.VALID and self.usage_ok


def read_certificates(content: bytes) -> list[x509.Certificate]:
    """Read one DER certificate or any number of PEM ones. Raises ValueError."""
    if b"-----BEGIN" in content:
        return x509.load_pem_x509_certificates(content)
    return [x509.load_der_x509_certificate(content)]


def read_list(content: bytes) -> bytes:
    """Read a revocation list, PEM or DER, and return it as DER. Raises ValueError."""
    is_pem = b"-----BEGIN" in content
    found = x509.load_pem_x509_crl(content) if is_pem else x509.load_der_x509_crl(content)
    return found.public_bytes(Encoding.DER)


def check_certificate(
    certificate: x509.Certificate,
    *,
    roots: Roots,
    at: datetime,
    usage: Usage,
    seen_at: datetime | None = None,
) -> CertificateFindings:
    """Find out what a certificate was worth at an instant.

    `seen_at` is when the check is made, if that is later: a revocation up to then is told as a note.
    """
    who = common_name(certificate.subject)
    problems = [*_age(certificate, at, who), *(usage_problems := _usage(certificate, usage, who))]
    state = _state_by_age(certificate, at)
    path, path_state, path_problems = _path(certificate, roots, at)
    problems += path_problems
    found = CertificateFindings(
        state if state is not State.VALID else path_state,
        usage_ok=not usage_problems,
        is_test=is_test_certificate(certificate),
        path=path,
        problems=tuple(problems),
    )
    return _with_revocation(found, certificate, roots, at, seen_at) if path else found


def _state_by_age(certificate: x509.Certificate, at: datetime) -> State:
    if at < certificate.not_valid_before_utc:
        return State.NOT_YET_VALID
    return State.EXPIRED if at > certificate.not_valid_after_utc else State.VALID


def _age(certificate: x509.Certificate, at: datetime, who: str) -> list[str]:
    match _state_by_age(certificate, at):
        case State.EXPIRED:
            return [f"“{who}”的证书已于 {local(certificate.not_valid_after_utc)} 到期，在 {local(at)} 无效"]
        case State.NOT_YET_VALID:
            return [
                f"“{who}”的证书自 {local(certificate.not_valid_before_utc)} 起有效，在 {local(at)} 尚未生效"
            ]
    return []


def _usage(certificate: x509.Certificate, usage: Usage, who: str) -> list[str]:
    """Return why a certificate does not allow a use, by its key usage and extended key usage."""
    try:
        allowed = _extension(certificate, x509.KeyUsage)
        extended = _extension(certificate, x509.ExtendedKeyUsage)
        basic = _extension(certificate, x509.BasicConstraints)
    except ValueError as error:
        return [f"“{who}”的证书扩展项读不懂（{error}）"]
    problems = []
    if basic and basic.value.ca:
        problems.append(f"“{who}”是证书机构的证书，不能直接用来{_USAGE_WORDS[usage]}")
    if allowed and not (allowed.value.digital_signature or allowed.value.content_commitment):
        problems.append(f"“{who}”的证书的密钥用途不包括签名")
    purposes = set(extended.value) if extended else set()
    if usage is Usage.STAMPING:
        if purposes != {ExtendedKeyUsageOID.TIME_STAMPING} or not (extended and extended.critical):
            problems.append(f"“{who}”的证书缺少关键扩展“时间戳专用”（RFC 3161 第 2.3 条），不能签发时间戳")
    elif purposes and not purposes & _SIGNING_PURPOSES:
        problems.append(f"“{who}”的证书限于其他用途，不能用来签名")
    return problems


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> x509.Extension[Extension] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _path(
    certificate: x509.Certificate, roots: Roots, at: datetime
) -> tuple[tuple[x509.Certificate, ...], State, list[str]]:
    """Return the way to a trusted root, revocation left aside; without one, why."""
    # Whose it is can be told of an expired certificate too: its issuers are asked as of its own life.
    moment = min(max(at, certificate.not_valid_before_utc), certificate.not_valid_after_utc)
    who = common_name(certificate.subject)
    if not roots.roots:
        return (), State.UNKNOWN, [f"没有可信的根证书，无法判断“{who}”的证书由谁签发"]
    try:
        path = _validate(certificate, roots, moment, NO_REVOCATION)
    except errors.PathBuildingError:
        issuer = common_name(certificate.issuer)
        return (), State.UNKNOWN, [f"“{who}”的证书由“{issuer}”签发，不能追溯到所信任的根证书"]
    except errors.ExpiredError as error:
        return (), State.EXPIRED, [f"“{who}”的证书链上有已到期的证书（{error.expired_dt:%Y-%m-%d}）"]
    except errors.NotYetValidError:
        return (), State.NOT_YET_VALID, [f"“{who}”的证书链上有尚未生效的证书"]
    except errors.DisallowedAlgorithmError as error:
        return (), State.UNKNOWN, [f"“{who}”的证书链用了不再安全的算法（{error}）"]
    except _BROKEN as error:
        return (), State.UNKNOWN, [f"“{who}”的证书链不成立（{error}）"]
    found = [x509.load_der_x509_certificate(one.dump()) for one in path.iter_certs(include_root=True)]
    return tuple(reversed(found)), State.VALID, []


def _validate(
    certificate: x509.Certificate, roots: Roots, moment: datetime, policy: RevocationCheckingPolicy
) -> ValidationPath:
    context = ValidationContext(
        trust_roots=[to_asn1(one) for one in roots.roots],
        other_certs=[to_asn1(one) for one in roots.intermediates],
        crls=list(roots.crls),
        ocsps=list(roots.ocsps),
        moment=moment,
        # What was not revoked in a later list was not revoked before: no hold is ever lifted silently here.
        revinfo_policy=CertRevTrustPolicy(policy, retroactive_revinfo=True),
        signature_validator=ChineseSignatures(),
    )
    validator = CertificateValidator(to_asn1(certificate), validation_context=context)
    return _finished(validator.async_validate_path())


def _finished(work: Coroutine[Any, Any, ValidationPath]) -> ValidationPath:
    """Run to its end what never waits, as nothing is fetched: no event loop is needed, and one may be running."""
    try:
        work.send(None)
    except StopIteration as done:
        path: ValidationPath = done.value
        return path
    raise RuntimeError("a certificate check waited for something")


def _with_revocation(
    found: CertificateFindings,
    certificate: x509.Certificate,
    roots: Roots,
    at: datetime,
    seen_at: datetime | None,
) -> CertificateFindings:
    who = common_name(certificate.subject)
    checked, gone = _revocation(found.path, roots, at)
    if gone:
        words = f"“{who}”的证书或其签发者的证书已于 {local(gone.at)} 吊销，早于 {local(at)}"
        found = replace(found, state=State.REVOKED, problems=(*found.problems, words))
    notes = []
    if not checked:
        notes.append(f"没有 {local(at)} 有效的吊销列表，没能核对“{who}”的证书是否已被吊销")
    if not gone and seen_at and seen_at > at:
        _, gone = _revocation(found.path, roots, seen_at)
        if gone:
            notes.append(f"“{who}”的证书后来于 {local(gone.at)} 吊销")
    return replace(
        found,
        is_revocation_checked=checked,
        revoked_at=gone.at if gone else None,
        revocation_reason=gone.reason if gone else "",
        notes=tuple(notes),
    )


class _Gone(NamedTuple):
    """When, and why, a certificate was revoked."""

    at: datetime
    reason: str


def _revocation(path: Chain, roots: Roots, at: datetime) -> tuple[bool, _Gone | None]:
    """Return whether all of a path could be checked, and how one on it was revoked by an instant."""
    if gone := min(_listed(path, roots, at), default=None):
        return True, gone
    checked = True
    for certificate in path[:-1]:
        # Each by itself: one that cannot be checked must not hide another that was revoked.
        moment = min(max(at, certificate.not_valid_before_utc), certificate.not_valid_after_utc)
        try:
            _validate(certificate, roots, moment, _ITSELF_ALONE)
        except errors.RevokedError as error:
            return True, _Gone(error.revocation_dt, str(error.reason.native))
        except (errors.PathError, *_BROKEN):
            checked = False
    return checked, None


def _listed(path: Chain, roots: Roots, at: datetime) -> Iterator[_Gone]:
    """Yield the revocations in any list at hand, also in one that is out of date or stands beside another.

    The library is content with one list that says nothing, and that may be an old one which the file brought along.
    """
    for der in roots.crls:
        try:
            listed = x509.load_der_x509_crl(der)
        except ValueError:
            continue
        for certificate, issuer in pairwise(path):
            if listed.issuer != issuer.subject or not _is_signed_by(listed, issuer):
                continue
            entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is not None and entry.revocation_date_utc < at:
                yield _Gone(entry.revocation_date_utc, _reason(entry))


def _is_signed_by(listed: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return listed.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # others are refused there
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.name
    except (x509.ExtensionNotFound, ValueError):
        return x509.ReasonFlags.unspecified.name


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """Return a certificate in the form in which messages are made and read."""
    return asn1_x509.Certificate.load(certificate_der(certificate))


def local(moment: datetime) -> str:
    """Return an instant as people here write it."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
