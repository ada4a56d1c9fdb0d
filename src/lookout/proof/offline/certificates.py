"""Certificates (X.509), the signatures their keys make, and the chain from one to a root."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from lookout.proof.offline.curves import (
    P256,
    P384,
    SM2,
    Curve,
    point_of,
    verify_ecdsa,
    verify_ed25519,
    verify_sm2,
)
from lookout.proof.offline.der import (
    BOOLEAN,
    OCTETS,
    bits,
    children,
    expect,
    fields,
    integer,
    moment,
    oid,
    read_whole,
)
from lookout.proof.offline.words import UnreadableError

RSA_KEY, EC_KEY, ED25519_KEY = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.3.101.112"
CURVES: dict[str, Curve] = {
    "1.2.840.10045.3.1.7": P256,
    "1.3.132.0.34": P384,
    "1.2.156.10197.1.301": SM2,
}
# Algorithm of a signature: kind of key and digest; "" where the digest is named elsewhere or is part of it.
SIGNATURES: dict[str, tuple[str, str]] = {
    "1.2.840.113549.1.1.1": ("RSA", ""),
    "1.2.840.113549.1.1.11": ("RSA", "sha256"),
    "1.2.840.113549.1.1.12": ("RSA", "sha384"),
    "1.2.840.113549.1.1.13": ("RSA", "sha512"),
    "1.2.840.10045.4.3.2": ("ECDSA", "sha256"),
    "1.2.840.10045.4.3.3": ("ECDSA", "sha384"),
    "1.2.840.10045.4.3.4": ("ECDSA", "sha512"),
    "1.3.101.112": ("ED25519", ""),
    "1.2.156.10197.1.501": ("SM2", "sm3"),
}
DIGESTS: dict[str, str] = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.3.14.3.2.26": "sha1",
    "1.2.156.10197.1.401": "sm3",
}
# DigestInfo before the digest (RFC 8017 §9.2, note 1)
RSA_PREFIX = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
SUBJECT_KEY = "2.5.29.14"
KNOWN_CRITICAL = {BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_USAGE, "2.5.29.32", "2.5.29.17"}
SIGNS_DATA, SIGNS_CERTIFICATES = 0, 5  # bits of the key usage
COMMON_NAME, ORGANIZATION = "2.5.4.3", "2.5.4.10"
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END CERTIFICATE-----")
LONGEST_CHAIN = 8
TEST_MARK = "测试用"


class Key(NamedTuple):
    """A public key: its algorithm, the curve where there is one, and its bytes."""

    algorithm: str
    curve: str
    material: bytes


class Certificate(NamedTuple):
    """What of a certificate matters here."""

    der: bytes
    signed: bytes
    algorithm: str
    signature: bytes
    serial: int
    issuer: bytes
    subject: bytes
    name: str
    start: datetime
    end: datetime
    key: Key
    extensions: dict[str, tuple[bool, bytes]]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, as authorities publish it."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def is_root(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.issuer == self.subject


class Algorithm(NamedTuple):
    """The kind of a signature and the digest in it."""

    kind: str
    digest: str


def algorithm_of(said: str) -> Algorithm:
    """Read the name of an algorithm, as `RSA-SHA256` or as an object identifier. Raises UnreadableError."""
    if said in SIGNATURES:
        return Algorithm(*SIGNATURES[said])
    plain = re.sub(r"[^A-Z0-9]", "", said.upper())
    kinds = [kind for kind in ("ED25519", "SM2", "ECDSA", "RSA") if kind in plain]
    if "PSS" in plain or not kinds:
        raise UnreadableError("algorithm", algorithm=said)
    digests = [name for name in ("sha256", "sha384", "sha512") if name.upper() in plain]
    default = {"SM2": "sm3", "ED25519": ""}.get(kinds[0], "sha256")
    return Algorithm(kinds[0], digests[0] if digests else default)


@lru_cache(maxsize=256)
def is_signed(key: Key, algorithm: Algorithm, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature over a message is by the key. Raises UnreadableError for an unknown algorithm."""
    if algorithm.kind == "RSA" and key.algorithm == RSA_KEY:
        return _is_rsa(key.material, algorithm.digest, message, signature)
    if algorithm.kind == "ED25519" and key.algorithm == ED25519_KEY:
        return verify_ed25519(key.material, message, signature)
    curve = CURVES.get(key.curve)
    if key.algorithm != EC_KEY or curve is None or algorithm.kind not in ("ECDSA", "SM2"):
        raise UnreadableError("algorithm", algorithm=algorithm.kind)
    point = point_of(curve, key.material)
    try:
        r, s = (integer(part) for part in fields(read_whole(signature), 2))
    except ValueError:
        return False
    if point is None:
        return False
    if curve is SM2:
        return algorithm.kind == "SM2" and verify_sm2(point, message, r, s)
    return verify_ecdsa(curve, point, hashlib.new(algorithm.digest, message).digest(), r, s)


def _is_rsa(material: bytes, digest: str, message: bytes, signature: bytes) -> bool:
    if digest not in RSA_PREFIX:
        raise UnreadableError("algorithm", algorithm="RSA " + digest)
    n, e = (integer(part) for part in fields(read_whole(material), 2)[:2])
    size = (n.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= n or size < 256:  # 2048 bits at least
        return False
    info = RSA_PREFIX[digest] + hashlib.new(digest, message).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
    return pow(number, e, n).to_bytes(size, "big") == padded


def read_pem(content: bytes) -> list[Certificate]:
    """Read all certificates of a PEM file. Raises UnreadableError."""
    found = []
    for block in PEM.findall(content):
        try:
            found.append(read_certificate(base64.b64decode(re.sub(rb"\s", b"", block), validate=True)))
        except binascii.Error:
            raise UnreadableError("certificate", why="base64") from None
    if not found:
        raise UnreadableError("certificate", why="PEM")
    return found


@lru_cache(maxsize=256)
def read_certificate(der: bytes) -> Certificate:
    """Read one certificate. Raises UnreadableError."""
    signed, algorithm, signature = fields(read_whole(der), 3)
    parts = fields(signed, 7)
    if parts[0].tag == 0xA0:  # the version; the first there was had none
        parts = parts[1:]
    serial, inner_algorithm, issuer, validity, subject, key = parts[:6]
    if inner_algorithm.whole != algorithm.whole:
        raise UnreadableError("not_der")
    start, end = fields(validity, 2)[:2]
    extensions: dict[str, tuple[bool, bytes]] = {}
    for part in parts[6:]:
        if part.tag == 0xA3:
            for extension in children(expect(children(part)[0], 0x30)):
                pieces = fields(extension, 2)
                critical = pieces[1].tag == BOOLEAN and pieces[1].body != b"\0"
                extensions[oid(pieces[0])] = (critical, expect(pieces[-1], OCTETS).body)
    return Certificate(
        der,
        signed.whole,
        oid(fields(algorithm, 1)[0]),
        bits(signature),
        integer(serial),
        issuer.whole,
        subject.whole,
        _name_of(subject.whole),
        moment(start),
        moment(end),
        _read_key(key.whole),
        extensions,
    )


def _read_key(content: bytes) -> Key:
    algorithm, material = fields(read_whole(content), 2)[:2]
    parts = fields(algorithm, 1)
    curve = oid(parts[1]) if len(parts) > 1 and parts[1].tag == 0x06 else ""
    return Key(oid(parts[0]), curve, bits(material))


def _name_of(subject: bytes) -> str:
    names: dict[str, str] = {}
    for part in children(read_whole(subject)):
        for pair in children(part):
            kind, value = fields(pair, 2)[:2]
            coding = {0x1E: "utf-16-be", 0x0C: "utf-8"}.get(value.tag, "latin-1")
            names[oid(kind)] = value.body.decode(coding, "replace")
    both = [names[kind] for kind in (COMMON_NAME, ORGANIZATION) if kind in names]
    return " · ".join(both) if both else subject.hex()


def key_usage(certificate: Certificate, bit: int) -> bool:
    """Tell whether a certificate's key may be used so; one that says nothing may."""
    if KEY_USAGE not in certificate.extensions:
        return True
    body = expect(read_whole(certificate.extensions[KEY_USAGE][1]), 0x03).body
    return len(body) > 1 + bit // 8 and bool(body[1 + bit // 8] & 0x80 >> bit % 8)


def extended_usages(certificate: Certificate) -> tuple[bool, list[str]]:
    """Return whether the list of what a certificate is for is critical, and the list."""
    if EXTENDED_USAGE not in certificate.extensions:
        return False, []
    critical, content = certificate.extensions[EXTENDED_USAGE]
    return critical, [oid(part) for part in children(read_whole(content))]


def is_authority(certificate: Certificate, below: int) -> bool:
    """Tell whether a certificate may issue others, with so many issuers between it and the end."""
    if BASIC_CONSTRAINTS not in certificate.extensions:
        return False
    parts = children(read_whole(certificate.extensions[BASIC_CONSTRAINTS][1]))
    if not parts or parts[0].tag != BOOLEAN or parts[0].body == b"\0":
        return False
    enough = len(parts) < 2 or below <= integer(parts[1])
    return enough and key_usage(certificate, SIGNS_CERTIFICATES)


class Chain(NamedTuple):
    """The way from a certificate to a root (None: not reached), and what is wrong on it, as code and fields."""

    root: Certificate | None
    problems: list[tuple[str, dict[str, object]]]


def chain_of(
    certificate: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], at: datetime
) -> Chain:
    """Follow the issuers of a certificate to one of the roots; all must be valid at an instant."""
    problems: list[tuple[str, dict[str, object]]] = []
    current, below = certificate, 0
    while True:
        problems += _state(current, at)
        if any(root.der == current.der for root in roots):
            return Chain(current, problems)
        named = [other for other in [*roots, *others] if other.subject == current.issuer]
        signers = [issuer for issuer in named if _has_signed(issuer, current)]
        if not signers or current.is_root or below == LONGEST_CHAIN:
            code = "chain_signature" if named and not signers else "chain"
            return Chain(None, [*problems, (code, {"name": current.name})])
        if not is_authority(signers[0], below):
            problems.append(("not_authority", {"name": signers[0].name}))
        current, below = signers[0], below + 1


def _has_signed(issuer: Certificate, certificate: Certificate) -> bool:
    try:
        algorithm = algorithm_of(certificate.algorithm)
        return is_signed(issuer.key, algorithm, certificate.signed, certificate.signature)
    except UnreadableError:
        return False


def _state(certificate: Certificate, at: datetime) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []
    if not certificate.start <= at <= certificate.end:
        times = {"at": at, "start": certificate.start, "end": certificate.end}
        found.append(
            ("validity", {"name": certificate.name, **{key: show_time(time) for key, time in times.items()}})
        )
    for name, (critical, _) in sorted(certificate.extensions.items()):
        if critical and name not in KNOWN_CRITICAL:
            found.append(("critical", {"name": certificate.name, "oid": name}))
    return found


def show_time(at: datetime) -> str:
    """Return an instant for a person, in China's time."""
    return at.astimezone(timezone(timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S") + " +08:00"
