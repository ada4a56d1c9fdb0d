"""Time-stamp tokens (RFC 3161): whose, over what, when, and whether they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Dict, NamedTuple, Tuple

from lookout.proof.offline.certificates import (
    DIGESTS,
    SIGNATURES,
    SIGNS_DATA,
    SUBJECT_KEY,
    Algorithm,
    Certificate,
    extended_usages,
    is_signed,
    key_usage,
    read_certificate,
)
from lookout.proof.offline.der import Node, children, expect, fields, integer, moment, oid, read_whole
from lookout.proof.offline.numbers import sm3_of
from lookout.proof.offline.words import UnreadableError

SIGNED_DATA, TOKEN_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
Problem = Tuple[str, Dict[str, object]]


class Stamp(NamedTuple):
    """What a token says, whose certificate signed it, and what is wrong with it, as code and fields."""

    at: datetime
    serial: int
    policy: str
    digest: bytes
    signer: Certificate
    others: list[Certificate]
    problems: list[Problem]


class SignedData(NamedTuple):
    """The parts of a signed message (CMS) that has one signer."""

    content_type: str
    content: bytes
    certificates: list[Certificate]
    signer: list[Node]


def read_stamp(token: bytes, digest: bytes, more: Sequence[Certificate]) -> Stamp:
    """Read a token and check all but its chain: digest, attributes, signature, usage.

    `more` are certificates beside the token's own. Raises UnreadableError when it is no token.
    """
    message = _signed_data(token)
    info = fields(read_whole(message.content), 5)
    imprint = fields(info[2], 2)
    problems: list[Problem] = []
    if message.content_type != TOKEN_INFO:
        problems.append(("token_attribute", {"name": "eContentType"}))
    found = expect(imprint[1], 0x04).body
    if found != digest or DIGESTS.get(oid(fields(imprint[0], 1)[0])) != "sha256":
        problems.append(("token_other_digest", {"found": found.hex(), "said": digest.hex()}))
    candidates = [*message.certificates, *more]
    signer = _signer(message.signer[1], candidates)
    problems += _attribute_problems(message, signer)
    problems += _usage_problems(signer)
    return Stamp(
        moment(info[4]), integer(info[3]), oid(info[1]), found, signer, message.certificates, problems
    )


def _signed_data(token: bytes) -> SignedData:
    outer = fields(read_whole(token), 2)
    if outer[0].tag == 0x30:  # a whole response: status, then the token
        outer = fields(outer[1], 2)
    if oid(outer[0]) != SIGNED_DATA:
        raise UnreadableError("der", outer[0].start)
    parts = fields(children(expect(outer[1], 0xA0))[0], 4)
    content = fields(parts[2], 2)
    certificates = [
        read_certificate(node.whole)
        for part in parts[3:-1]
        if part.tag == 0xA0
        for node in children(part)
        if node.tag == 0x30
    ]
    signers = fields(parts[-1], 1, 0x31)
    if len(signers) != 1:
        raise UnreadableError("der", parts[-1].start)
    inner = expect(children(expect(content[1], 0xA0))[0], 0x04).body
    return SignedData(oid(content[0]), inner, certificates, fields(signers[0], 5))


def _signer(named: Node, candidates: Sequence[Certificate]) -> Certificate:
    if named.tag == 0x30:
        issuer, serial = fields(named, 2)[:2]
        wanted = (issuer.whole, integer(serial))
        found = [one for one in candidates if (one.issuer, one.serial) == wanted]
    else:
        found = [
            one
            for one in candidates
            if SUBJECT_KEY in one.extensions and one.extensions[SUBJECT_KEY][1][2:] == named.body
        ]
    if not found:
        raise UnreadableError("token_attribute", named.start, name="sid")
    return found[0]


def _attribute_problems(message: SignedData, signer: Certificate) -> list[Problem]:
    digest_name = DIGESTS.get(oid(fields(message.signer[2], 1)[0]), "")
    attributes = message.signer[3]
    if attributes.tag != 0xA0 or not digest_name:
        return [("token_attribute", {"name": "signedAttrs"})]
    held = {oid(pair[0]): children(pair[1]) for pair in (fields(one, 2) for one in children(attributes))}
    problems: list[Problem] = []
    expected = digest_by(digest_name, message.content)
    if MESSAGE_DIGEST not in held or held[MESSAGE_DIGEST][0].body != expected:
        problems.append(("token_attribute", {"name": "messageDigest"}))
    if CONTENT_TYPE not in held or oid(held[CONTENT_TYPE][0]) != message.content_type:
        problems.append(("token_attribute", {"name": "contentType"}))
    if not _names_signer(held, signer):
        problems.append(("token_attribute", {"name": "signingCertificate"}))
    said = oid(fields(message.signer[4], 1)[0])
    kind, own_digest = SIGNATURES.get(said, ("", ""))
    if not kind:
        raise UnreadableError("algorithm", algorithm=said)
    signed = b"\x31" + attributes.whole[1:]  # RFC 5652 §5.4: signed as a SET, stored as [0]
    signature = expect(message.signer[5], 0x04).body
    if not is_signed(signer.key, Algorithm(kind, own_digest or digest_name), signed, signature):
        problems.append(("token_signature", {}))
    return problems


def _names_signer(held: dict[str, list[Node]], signer: Certificate) -> bool:
    """Tell whether the signed attributes name the certificate, by its digest (RFC 5035)."""
    if SIGNING_CERTIFICATE_2 in held:
        first = fields(fields(fields(held[SIGNING_CERTIFICATE_2][0], 1)[0], 1)[0], 1)
        name = DIGESTS.get(oid(fields(first[0], 1)[0]), "") if first[0].tag == 0x30 else "sha256"
        said = first[1] if first[0].tag == 0x30 else first[0]
    elif SIGNING_CERTIFICATE in held:
        first = fields(fields(fields(held[SIGNING_CERTIFICATE][0], 1)[0], 1)[0], 1)
        name, said = "sha1", first[0]  # by definition: RFC 2634 §5.4
    else:
        return False
    return bool(name) and said.body == digest_by(name, signer.der)


def _usage_problems(signer: Certificate) -> list[Problem]:
    critical, usages = extended_usages(signer)
    if usages != [TIME_STAMPING] or not critical or not key_usage(signer, SIGNS_DATA):
        return [("usage", {"name": signer.name, "what": "时间戳 / time stamping"})]
    return []


def digest_by(name: str, content: bytes) -> bytes:
    """Return a digest by its name."""
    return sm3_of(content) if name == "sm3" else hashlib.new(name, content).digest()
