"""What a time-stamp token (RFC 3161) says, and whether to believe it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import core, tsp

from lookout.kernel.errors import DataError
from lookout.proof.certificates import TEST_POLICY, common_name, is_test_certificate
from lookout.proof.cms import Message, content_problems, digest_of, read_message
from lookout.proof.sm2 import SM3
from lookout.proof.trust import Roots, State, Usage, check_certificate, local

_SAFE_DIGESTS = ("sha256", "sha384", "sha512", "sm3")
# RFC 3161, 4.1: after a revocation for these reasons alone do earlier tokens stand.
_KEY_STAYED_SAFE = {"unspecified", "affiliation_changed", "superseded", "cessation_of_operation"}
_AHEAD = timedelta(minutes=5)  # clocks of two machines differ


class Answer(core.Sequence):  # type: ignore[misc]  # the library publishes no types
    """An authority's answer. Unlike the library's it may lack the token, as every refusal does (RFC 3161, 2.4.2)."""

    _fields = [  # noqa: RUF012  # the library's way to declare a structure
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", tsp.ContentInfo, {"optional": True}),
    ]


@dataclass(frozen=True)
class StampFindings:
    """What a token says and whether it holds; the fields are empty where it could not be read."""

    ok: bool
    problems: tuple[str, ...]
    gen_time: datetime | None = None
    serial: int | None = None
    policy: str = ""
    authority_name: str = ""
    is_test: bool = False
    sha256: str = ""
    nonce: int | None = None
    accuracy: timedelta | None = None
    algorithm: str = ""
    notes: tuple[str, ...] = ()


def check_stamp(token: bytes, sha256: bytes, *, roots: Roots, at: datetime | None = None) -> StampFindings:
    """Check a token (DER) over a digest: content, signature, use and way to a root, revocation at its time.

    `at` is when the check is made; a token from later than that is not believed. Never raises for a bad token.
    """
    return _check(token, {"sha256": sha256}.get, roots, at)


def check_stamp_over(token: bytes, data: bytes, *, roots: Roots, at: datetime | None = None) -> StampFindings:
    """Check a token over data, by whichever safe digest its authority used; like `check_stamp` otherwise."""

    def digest(algorithm: str) -> bytes | None:
        return hashlib.new(algorithm, data).digest() if algorithm in _SAFE_DIGESTS else None

    return _check(token, digest, roots, at)


def stamped_at(token: bytes) -> datetime:
    """Return the time a token says, unchecked: for one that was just asked for. Raises DataError."""
    found: datetime = _info_of(read_message(token))["gen_time"].native
    return found


def _check(
    token: bytes, digest: Callable[[str], bytes | None], roots: Roots, at: datetime | None
) -> StampFindings:
    try:
        message = read_message(token, extra=roots.intermediates)
        info = _info_of(message)
        read = _reading(info, message)
        content = message.content or b""
        problems = _imprint_problems(info, digest)
        problems += content_problems(message, digest_of(content, message), content_type="tst_info")
    except (DataError, ValueError, TypeError, KeyError) as error:
        return StampFindings(False, (f"时间戳读不懂：{error}",))
    moment: datetime = info["gen_time"].native
    if at is not None and moment > at + _AHEAD:
        problems.append(f"时间戳的时刻 {local(moment)} 晚于核对的时刻 {local(at)}：有一方的时钟不对")
    held = roots + Roots(intermediates=message.others)
    found = check_certificate(message.certificate, roots=held, at=moment, usage=Usage.STAMPING, seen_at=at)
    problems += found.problems
    if found.revoked_at and found.state is State.VALID and found.revocation_reason not in _KEY_STAYED_SAFE:
        problems.append(
            f"时间戳机构的证书后来因密钥泄露一类的原因吊销（{found.revocation_reason}），它的时间戳都不再可信"
        )
    return replace(read, ok=not problems, problems=tuple(problems), notes=found.notes)


def _info_of(message: Message) -> Any:
    if message.content_type != "tst_info" or message.content is None:
        raise DataError("签名数据里没有时间戳内容（TSTInfo）；请核对文件")
    info = tsp.TSTInfo.load(message.content, strict=True)
    info.native  # noqa: B018  # parsing is lazy: what is broken shall show here
    return info


def _reading(info: Any, message: Message) -> StampFindings:
    """Return what a token says, not yet believed."""
    policy = info["policy"].dotted
    said = info["accuracy"].native or {}
    accuracy = timedelta(
        seconds=said.get("seconds") or 0,
        milliseconds=said.get("millis") or 0,
        microseconds=said.get("micros") or 0,
    )
    return StampFindings(
        False,
        (),
        gen_time=info["gen_time"].native,
        serial=info["serial_number"].native,
        policy=policy,
        authority_name=common_name(message.certificate.subject),
        is_test=policy == TEST_POLICY or is_test_certificate(message.certificate),
        sha256=info["message_imprint"]["hashed_message"].native.hex(),
        nonce=info["nonce"].native,
        accuracy=accuracy if said else None,
        algorithm=message.algorithm,
    )


def _imprint_problems(info: Any, digest: Callable[[str], bytes | None]) -> list[str]:
    imprint = info["message_imprint"]
    algorithm, stamped = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
    own = digest("sm3" if algorithm == SM3 else algorithm)
    if own is None:
        return [f"时间戳盖在 {algorithm} 摘要上，不能与这份内容比较"]
    if stamped != own:
        return [f"时间戳盖的是另一份内容：它的摘要是 {stamped.hex()}，这份的摘要是 {own.hex()}"]
    return []
