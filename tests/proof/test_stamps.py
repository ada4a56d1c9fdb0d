"""Time-stamps: what a token proves, what it does not, and an authority whose time never goes back."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import rfc3161_client
from asn1crypto import tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.proof.authority import renew
from lookout.proof.certificates import TEST_POLICY, Identity, Purpose, certificate_pem, key_pem
from lookout.proof.cms import SoftKey, sign_message
from lookout.proof.stamps import (
    BuiltInAuthority,
    ClockSetBackError,
    OutsideAuthority,
    check_stamp,
    check_stamp_over,
)
from lookout.proof.tokens import Answer
from lookout.proof.trust import Roots
from tests.proof.papers import (
    DAY,
    NOW,
    YEAR,
    Clock,
    believed,
    licensed,
    needs_openssl,
    openssl,
    rsa_key,
    send,
    serving,
)

DATA = b"what is stamped"
DIGEST = hashlib.sha256(DATA).digest()
OTHER = hashlib.sha256(b"something else").digest()
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authority(tmp_path: Path, clock: Clock) -> BuiltInAuthority:
    return BuiltInAuthority(tmp_path / "authority", clock)


def token_of(
    tsa: Identity, *, at: datetime = NOW, digest: bytes = DIGEST, algorithm: str = "sha256"
) -> bytes:
    """Return a token of whoever, as a licensed authority or somebody who would like to be one makes it."""
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4",
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
            "serial_number": 7,
            "gen_time": at,
        }
    )
    key, chain = SoftKey(tsa.key), tsa.chain
    return sign_message(info.dump(), key, tsa.certificate, chain, content_type="tst_info", is_detached=False)


def test_a_token_says_when_by_whom_and_that_it_is_a_test(authority: BuiltInAuthority) -> None:
    found = check_stamp(authority.stamp(DIGEST), DIGEST, roots=authority.roots, at=NOW)

    assert found.ok
    assert found.problems == ()
    assert (found.gen_time, found.policy, found.is_test) == (NOW, TEST_POLICY, True)
    assert "不具法律效力" in found.authority_name
    assert found.sha256 == DIGEST.hex()


@needs_openssl
def test_openssl_believes_our_tokens_and_answers(authority: BuiltInAuthority, tmp_path: Path) -> None:
    data, token, query, answer = (tmp_path / name for name in ("data", "token", "query", "answer"))
    data.write_bytes(DATA)
    token.write_bytes(authority.stamp(DIGEST))
    openssl("ts", "-query", "-data", data, "-sha256", "-cert", "-out", query)
    answer.write_bytes(authority.respond(query.read_bytes()))
    trusted = ("-CAfile", authority.authority.folder / "root.pem", "-attime", str(int(NOW.timestamp())))

    assert "OK" in openssl("ts", "-verify", "-data", data, "-in", token, "-token_in", *trusted)
    assert "OK" in openssl("ts", "-verify", "-queryfile", query, "-in", answer, *trusted)


def test_a_client_of_others_believes_our_answers(authority: BuiltInAuthority) -> None:
    request = rfc3161_client.TimestampRequestBuilder().data(DATA).nonce(nonce=True).build()
    response = rfc3161_client.decode_timestamp_response(authority.respond(request.as_bytes()))
    verifier = rfc3161_client.VerifierBuilder.from_request(request)

    assert verifier.add_root_certificate(authority.authority.root).build().verify_message(response, DATA)


def test_an_rsa_authority_is_believed_too() -> None:
    root = licensed("机构", key=rsa_key())
    tsa = licensed("时间戳", root, purpose=Purpose.STAMPING, key=rsa_key())

    found = check_stamp(token_of(tsa), DIGEST, roots=believed(root), at=NOW)

    assert (found.ok, found.algorithm, found.is_test) == (True, "RSA-SHA256", False)


def test_a_token_of_another_digest_is_not_this_ones(authority: BuiltInAuthority) -> None:
    found = check_stamp(authority.stamp(OTHER), DIGEST, roots=authority.roots, at=NOW)

    assert not found.ok
    assert OTHER.hex() in found.problems[0]
    assert DIGEST.hex() in found.problems[0]


def test_a_token_over_another_kind_of_digest_is_compared_with_the_data_itself() -> None:
    root = licensed("机构")
    tsa = licensed("时间戳", root, purpose=Purpose.STAMPING)
    roots = believed(root)
    sha512 = token_of(tsa, digest=hashlib.sha512(DATA).digest(), algorithm="sha512")
    sha1 = token_of(tsa, digest=b"1" * 20, algorithm="sha1")

    assert check_stamp_over(sha512, DATA, roots=roots).ok
    assert not check_stamp_over(sha512, DATA + b"!", roots=roots).ok
    assert not check_stamp(sha512, DIGEST, roots=roots).ok
    assert not check_stamp_over(sha1, DATA, roots=roots).ok


def test_no_changed_byte_makes_a_token_say_something_else(authority: BuiltInAuthority) -> None:
    token, roots = authority.stamp(DIGEST), authority.roots
    whole = check_stamp(token, DIGEST, roots=roots)

    for place in range(0, len(token), 53):
        changed = bytearray(token)
        changed[place] ^= 1
        found = check_stamp(bytes(changed), DIGEST, roots=roots)
        # The root inside is a courtesy that nobody has to believe; all else is signed.
        same = (found.gen_time, found.serial, found.policy) == (whole.gen_time, whole.serial, whole.policy)
        assert same or not found.ok, place


@pytest.mark.parametrize("token", [b"", b"nonsense", b"\x30\x80" * 40, b"\x30\x03\x02\x01\x01"])
def test_what_is_no_token_is_said_to_be_none(token: bytes) -> None:
    found = check_stamp(token, DIGEST, roots=Roots())

    assert not found.ok
    assert found.gen_time is None


def test_an_authority_nobody_trusts_proves_nothing(authority: BuiltInAuthority) -> None:
    found = check_stamp(authority.stamp(DIGEST), DIGEST, roots=believed(licensed("另一家")))

    assert any("不能追溯到所信任的根证书" in problem for problem in found.problems)


def test_an_expired_authority_proves_nothing() -> None:
    root = licensed("机构")
    tsa = licensed("时间戳", root, purpose=Purpose.STAMPING, end=NOW - DAY)

    found = check_stamp(token_of(tsa), DIGEST, roots=believed(root))

    assert any("到期" in problem for problem in found.problems)


def test_a_token_outlives_its_authority() -> None:
    root = licensed("机构")
    tsa = licensed("时间戳", root, purpose=Purpose.STAMPING, end=NOW + DAY)

    assert check_stamp(token_of(tsa), DIGEST, roots=believed(root), at=NOW + 300 * DAY).ok


@pytest.mark.parametrize(
    ("extended", "is_critical"),
    [
        ((), True),
        ((ExtendedKeyUsageOID.TIME_STAMPING,), False),
        ((ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING), True),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION,), True),
    ],
)
def test_only_a_certificate_for_time_stamps_alone_may_stamp(
    extended: tuple[x509.ObjectIdentifier, ...], is_critical: bool
) -> None:
    root = licensed("机构")
    tsa = licensed("时间戳", root, purpose=Purpose.SIGNING, extended=extended, is_critical=is_critical)

    found = check_stamp(token_of(tsa), DIGEST, roots=believed(root))

    assert any("时间戳专用" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("when", "reason", "is_believed"),
    [
        (NOW - DAY, "superseded", False),
        (NOW + DAY, "superseded", True),
        (NOW + DAY, "key_compromise", False),
    ],
)
def test_a_revoked_authority_is_believed_only_before_and_only_if_its_key_stayed_safe(
    when: datetime, reason: str, is_believed: bool
) -> None:
    root = licensed("机构")
    tsa = licensed("时间戳", root, purpose=Purpose.STAMPING)
    roots = believed(root, (tsa, when), at=NOW + 2 * DAY, reason=reason)

    assert check_stamp(token_of(tsa), DIGEST, roots=roots, at=NOW + 3 * DAY).ok is is_believed


def test_all_that_speaks_against_a_token_is_told_together() -> None:
    root = licensed("机构")
    tsa = licensed("时间戳", root, purpose=Purpose.SIGNING, end=NOW - DAY)

    found = check_stamp(token_of(tsa, digest=OTHER), DIGEST, roots=Roots(), at=NOW - 2 * DAY)

    assert len(found.problems) == 5  # digest, from the future, expired, not for stamps, no root


def test_a_clock_set_back_stamps_nothing(authority: BuiltInAuthority, clock: Clock) -> None:
    authority.stamp(DIGEST)
    clock.now = NOW - timedelta(hours=1)

    with pytest.raises(ClockSetBackError, match="时钟被拨回"):
        authority.stamp(DIGEST)
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": _imprint(), "cert_req": True})
    refused = Answer.load(authority.respond(asked.dump()))
    assert refused["status"]["fail_info"].native == {"time_not_available"}


def test_a_disciplined_clock_that_steps_back_a_little_does_not_take_the_time_back(
    authority: BuiltInAuthority, clock: Clock
) -> None:
    first = check_stamp(authority.stamp(DIGEST), DIGEST, roots=authority.roots)
    clock.now = NOW - SECOND
    second = check_stamp(authority.stamp(DIGEST), DIGEST, roots=authority.roots)

    assert first.gen_time == second.gen_time
    assert first.serial is not None
    assert second.serial is not None
    assert second.serial > first.serial


def test_after_a_clock_that_ran_ahead_a_new_authority_goes_on(
    authority: BuiltInAuthority, clock: Clock
) -> None:
    clock.now = NOW + 300 * DAY
    authority.stamp(DIGEST)
    clock.now = NOW
    folder = authority.authority.folder

    again = BuiltInAuthority(folder, clock, authority=renew(folder, Purpose.STAMPING, now=NOW))

    assert check_stamp(again.stamp(DIGEST), DIGEST, roots=again.roots, at=NOW).gen_time == NOW


def test_numbers_rise_and_are_unique_whoever_stamps(authority: BuiltInAuthority, clock: Clock) -> None:
    others = [BuiltInAuthority(authority.authority.folder, clock) for _ in range(3)]

    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda number: others[number % 3].stamp(DIGEST), range(24)))

    assert len({check_stamp(token, DIGEST, roots=Roots()).serial for token in tokens}) == 24


def test_numbers_stay_unique_after_an_older_state_was_restored(
    authority: BuiltInAuthority, clock: Clock
) -> None:
    state = authority.authority.folder / "stamps.json"
    tokens = [authority.stamp(DIGEST)]
    older = state.read_bytes()
    clock.now = NOW + SECOND
    tokens += [authority.stamp(DIGEST), authority.stamp(DIGEST)]
    state.write_bytes(older)
    clock.now = NOW + 2 * SECOND
    tokens.append(authority.stamp(DIGEST))

    assert len({check_stamp(token, DIGEST, roots=Roots()).serial for token in tokens}) == 4


def test_a_damaged_state_stops_the_stamps(authority: BuiltInAuthority) -> None:
    (authority.authority.folder / "stamps.json").write_text("{}")

    with pytest.raises(ConfigError, match=r"stamps\.json"):
        authority.stamp(DIGEST)


def test_nothing_is_stamped_outside_the_life_of_the_certificate(
    authority: BuiltInAuthority, clock: Clock
) -> None:
    clock.now = NOW + 4000 * DAY

    with pytest.raises(ConfigError, match="无效"):
        authority.stamp(DIGEST)


def test_what_is_not_a_digest_is_not_stamped(authority: BuiltInAuthority) -> None:
    with pytest.raises(DataError, match="32 字节"):
        authority.stamp(b"short")


def _imprint(algorithm: str = "sha256", digest: bytes = DIGEST) -> tsp.MessageImprint:
    return tsp.MessageImprint({"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest})


@pytest.mark.parametrize(
    ("request_bytes", "failure"),
    [
        (b"nonsense", "bad_data_format"),
        (
            tsp.TimeStampReq({"version": "v1", "message_imprint": _imprint("sha1", b"1" * 20)}).dump(),
            "bad_alg",
        ),
        (
            tsp.TimeStampReq({"version": "v1", "message_imprint": _imprint(digest=b"1")}).dump(),
            "bad_data_format",
        ),
        (
            tsp.TimeStampReq({"version": "v1", "message_imprint": _imprint(), "req_policy": "1.2.3"}).dump(),
            "unaccepted_policy",
        ),
    ],
)
def test_a_request_that_cannot_be_served_gets_an_answer_that_says_why(
    authority: BuiltInAuthority, request_bytes: bytes, failure: str
) -> None:
    answer = Answer.load(authority.respond(request_bytes))

    assert answer["status"]["status"].native == "rejection"
    assert answer["status"]["fail_info"].native == {failure}


def refusing(failure: str) -> bytes:
    status = {"status": "rejection", "status_string": ["no"], "fail_info": {failure}}
    return bytes(Answer({"status": status}).dump())


def test_an_outside_authority_is_asked_over_http(authority: BuiltInAuthority) -> None:
    with serving(lambda request, handler: send(handler, authority.respond(request))) as url:
        token = OutsideAuthority(url, 5, authority.roots, clock=lambda: NOW).stamp(DIGEST)

    assert check_stamp(token, DIGEST, roots=authority.roots).ok


@needs_openssl
def test_an_authority_of_others_is_believed(tmp_path: Path) -> None:
    """The other side is openssl's own implementation of the protocol, with the time of this machine."""
    root = licensed("机构", start=NOW - YEAR * 9, end=NOW + YEAR * 30)
    tsa = licensed("时间戳", root, purpose=Purpose.STAMPING, start=NOW - YEAR * 9, end=NOW + YEAR * 30)
    (tmp_path / "tsa.key").write_bytes(key_pem(tsa.key))
    (tmp_path / "tsa.pem").write_bytes(certificate_pem(tsa.certificate))
    (tmp_path / "serial").write_text("01")
    (tmp_path / "tsa.cnf").write_text(
        f"[tsa]\ndefault_tsa=here\n[here]\nserial={tmp_path / 'serial'}\nsigner_digest=sha256\n"
        "default_policy=1.2.3.4\ndigests=sha256\ness_cert_id_alg=sha256\n"
    )

    def answer(request: bytes, handler: BaseHTTPRequestHandler) -> None:
        (tmp_path / "query").write_bytes(request)
        openssl(
            "ts", "-reply", "-config", tmp_path / "tsa.cnf", "-queryfile", tmp_path / "query",
            "-signer", tmp_path / "tsa.pem", "-inkey", tmp_path / "tsa.key", "-out", tmp_path / "answer",
        )  # fmt: skip
        send(handler, (tmp_path / "answer").read_bytes())

    with serving(answer) as url:
        token = OutsideAuthority(url, 10, Roots((root.certificate,))).stamp(DIGEST)

    found = check_stamp(token, DIGEST, roots=Roots((root.certificate,)))
    assert (found.ok, found.policy, found.is_test) == (True, "1.2.3.4", False)


def test_an_old_answer_or_one_to_another_request_is_not_taken(authority: BuiltInAuthority) -> None:
    def other(request: bytes, handler: BaseHTTPRequestHandler) -> None:
        asked = tsp.TimeStampReq.load(request)
        changed = {"version": "v1", "message_imprint": _imprint(digest=OTHER), "nonce": 1, "cert_req": True}
        assert asked["nonce"].native != 1
        send(handler, authority.respond(tsp.TimeStampReq(changed).dump()))

    with serving(other) as url, pytest.raises(DataError) as told:
        OutsideAuthority(url, 5, authority.roots).stamp(DIGEST)

    assert "随机数不同" in str(told.value)
    assert "盖的是另一份内容" in str(told.value)


def test_an_answer_of_somebody_else_is_not_taken(authority: BuiltInAuthority) -> None:
    with (
        serving(lambda request, handler: send(handler, authority.respond(request))) as url,
        pytest.raises(DataError, match="不能追溯到所信任的根证书"),
    ):
        OutsideAuthority(url, 5, believed(licensed("真正的机构"))).stamp(DIGEST)


def test_an_answer_from_the_future_is_not_taken(authority: BuiltInAuthority) -> None:
    with (
        serving(lambda request, handler: send(handler, authority.respond(request))) as url,
        pytest.raises(DataError, match="有一方的时钟不对"),
    ):
        OutsideAuthority(url, 5, authority.roots, clock=lambda: NOW - DAY).stamp(DIGEST)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"<html>login</html>", 200, DataError),
        (b"", 200, DataError),
        (b"\x30" * 2_000_000, 200, DataError),
        (refusing("bad_alg"), 200, DataError),
        (refusing("time_not_available"), 200, TransientError),
        (b"busy", 503, TransientError),
        (b"slow down", 429, TransientError),
        (b"not here", 404, ConfigError),
        (b"who are you", 401, ConfigError),
    ],
)
def test_an_authority_that_answers_something_else_is_told_apart(
    body: bytes, status: int, error: type[Exception]
) -> None:
    with (
        serving(lambda _, handler: send(handler, body, status)) as url,
        pytest.raises(error, match="时间戳机构"),
    ):
        OutsideAuthority(url, 5, Roots()).stamp(DIGEST)


def test_an_authority_that_hangs_is_left(authority: BuiltInAuthority) -> None:
    release = threading.Event()

    def hang(_: bytes, handler: BaseHTTPRequestHandler) -> None:
        release.wait(10)

    with serving(hang) as url:
        started = time.monotonic()
        with pytest.raises(TransientError, match="没有答完"):
            OutsideAuthority(url, 0.2, authority.roots).stamp(DIGEST)
        release.set()

    assert time.monotonic() - started < 3


def test_an_authority_that_drips_its_answer_is_left_too(authority: BuiltInAuthority) -> None:
    release = threading.Event()

    def drip(_: bytes, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        # Each byte comes in time; all of them never would.
        while not release.wait(0.05):
            try:
                handler.wfile.write(b"X")
                handler.wfile.flush()
            except OSError:
                return

    with serving(drip) as url:
        with pytest.raises(TransientError, match="没有答完"):
            OutsideAuthority(url, 0.3, authority.roots).stamp(DIGEST)
        release.set()


def test_an_authority_that_is_not_there_is_for_later(authority: BuiltInAuthority) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with pytest.raises(TransientError):
            OutsideAuthority(f"http://127.0.0.1:{taken.getsockname()[1]}/", 1, authority.roots).stamp(DIGEST)


@pytest.mark.parametrize(
    "url", ["", "tsa.internal", "ftp://tsa", "file:///etc/passwd", "http://", "http://a:99999/"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="地址"):
        OutsideAuthority(url, 1, Roots())
