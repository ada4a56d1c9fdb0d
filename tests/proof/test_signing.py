"""Detached signatures: of the test authority, of a licensed certificate, and the Chinese ones."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from lookout.kernel.errors import ConfigError
from lookout.proof import sm2
from lookout.proof.authority import Authority, open_authority
from lookout.proof.certificates import Identity, Purpose
from lookout.proof.signing import Signer, check_detached, read_pkcs12
from lookout.proof.sm2_signer import open_sm2_signer
from lookout.proof.trust import Roots, State
from tests.proof.papers import DAY, NOW, YEAR, believed, licensed, needs_openssl, openssl, pkcs12, rsa_key

DATA = b"the head of the log"
needs_sm2 = pytest.mark.skipif(bool(sm2.why_unavailable()), reason="needs an openssl with SM2")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return open_authority(tmp_path_factory.mktemp("authority"), now=NOW)


@pytest.fixture(scope="module")
def root() -> Identity:
    return licensed("某电子认证机构", key=rsa_key())


def roots_of(authority: Authority) -> Roots:
    return Roots((authority.root,), crls=(authority.crl,))


def test_the_test_authority_signs_and_says_that_it_is_a_test(authority: Authority) -> None:
    signer = Signer.of_authority(authority)

    found = check_detached(signer.sign_detached(DATA, at=NOW), DATA, roots=roots_of(authority), at=NOW)

    assert found.ok
    assert (found.algorithm, found.claimed_at, found.is_test) == ("ECDSA-SHA256", NOW, True)
    assert signer.is_test
    assert signer.certificate_pem.count("BEGIN CERTIFICATE") == 2


def test_a_bare_signature_is_plain_ecdsa_or_rsa(authority: Authority, root: Identity) -> None:
    ours, licensed_one = (
        Signer.of_authority(authority),
        Signer.of_identity(licensed("某局", root, key=rsa_key())),
    )
    elliptic, other = ours.certificate.public_key(), licensed_one.certificate.public_key()
    assert isinstance(elliptic, ec.EllipticCurvePublicKey)
    assert isinstance(other, rsa.RSAPublicKey)

    elliptic.verify(ours.sign(DATA), DATA, ec.ECDSA(hashes.SHA256()))
    other.verify(licensed_one.sign(DATA), DATA, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        elliptic.verify(ours.sign(DATA), DATA + b"!", ec.ECDSA(hashes.SHA256()))


@needs_openssl
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_openssl_believes_our_signatures(root: Identity, tmp_path: Path, kind: str) -> None:
    signer = Signer.of_identity(licensed("某局", root, key=rsa_key() if kind == "rsa" else None))
    data, message, anchor = (tmp_path / name for name in ("data", "message", "root.pem"))
    data.write_bytes(DATA)
    message.write_bytes(signer.sign_detached(DATA, at=NOW))
    anchor.write_bytes(Roots((root.certificate,)).pems()[0])

    said = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-in", message, "-content", data, "-CAfile", anchor,
        "-purpose", "any", "-attime", str(int(NOW.timestamp())),
    )  # fmt: skip

    assert "successful" in said


@needs_openssl
def test_we_believe_the_signatures_of_openssl(authority: Authority, tmp_path: Path) -> None:
    data, message = tmp_path / "data", tmp_path / "message"
    data.write_bytes(DATA)
    folder = authority.folder
    openssl(
        "cms", "-sign", "-binary", "-in", data, "-signer", folder / "signing.pem", "-inkey", folder / "signing.key",
        "-outform", "DER", "-out", message,
    )  # fmt: skip

    assert check_detached(message.read_bytes(), DATA, roots=roots_of(authority), at=NOW).ok


def test_a_changed_byte_of_the_data_is_found(authority: Authority) -> None:
    message = Signer.of_authority(authority).sign_detached(DATA)

    found = check_detached(message, DATA + b"\0", roots=roots_of(authority), at=NOW)

    assert (found.ok, found.intact, found.certificate_state) == (False, False, State.VALID)


def test_no_changed_byte_makes_a_message_somebody_elses_word(authority: Authority) -> None:
    message, roots = Signer.of_authority(authority).sign_detached(DATA, at=NOW), roots_of(authority)

    for place in range(0, len(message), 53):
        changed = bytearray(message)
        changed[place] ^= 1
        found = check_detached(bytes(changed), DATA, roots=roots, at=NOW)
        assert not found.ok or (found.signer, found.claimed_at) == (
            Signer.of_authority(authority).name,
            NOW,
        ), place


@pytest.mark.parametrize("message", [b"", b"nonsense", b"\x30\x03\x02\x01\x01", b"\x30\x84\xff\xff\xff\xff"])
def test_what_is_no_signature_is_said_to_be_none(message: bytes) -> None:
    found = check_detached(message, DATA, roots=Roots(), at=NOW)

    assert not found.ok
    assert found.problems


def test_the_signature_of_an_unknown_authority_is_intact_but_nobodys(root: Identity) -> None:
    message = Signer.of_identity(licensed("某局", root)).sign_detached(DATA)

    found = check_detached(message, DATA, roots=believed(licensed("另一家")), at=NOW)

    assert (found.ok, found.intact, found.certificate_state) == (False, True, State.UNKNOWN)
    assert "某电子认证机构" in found.problems[0]


@pytest.mark.parametrize(
    ("at", "revoked_at", "state"),
    [
        (NOW - 2 * YEAR, None, State.NOT_YET_VALID),
        (NOW, None, State.VALID),
        (NOW, NOW + DAY, State.VALID),
        (NOW + 2 * DAY, NOW + DAY, State.REVOKED),
        (NOW + 2 * YEAR, None, State.EXPIRED),
        (NOW + 2 * YEAR, NOW + DAY, State.REVOKED),
    ],
)
def test_a_certificate_is_worth_what_it_was_at_that_time(
    at: datetime, revoked_at: datetime | None, state: State
) -> None:
    root = licensed("机构", start=NOW - 5 * YEAR, end=NOW + 5 * YEAR)
    signer = licensed("某局", root)
    gone = [(signer, revoked_at)] if revoked_at else []
    message = Signer.of_identity(signer).sign_detached(DATA)

    found = check_detached(message, DATA, roots=believed(root, *gone, at=NOW + DAY), at=at)

    assert found.certificate_state is state


def test_an_issuer_that_was_revoked_takes_its_certificates_along(root: Identity) -> None:
    between = licensed("中间机构", root, purpose=Purpose.ROOT)
    signer = licensed("某局", between)
    roots = believed(root, (between, NOW - DAY)) + believed(between)
    message = Signer.of_identity(signer).sign_detached(DATA)

    found = check_detached(message, DATA, roots=Roots((root.certificate,), crls=roots.crls), at=NOW)

    assert found.certificate_state is State.REVOKED


def test_what_could_not_be_checked_is_noted(root: Identity) -> None:
    message = Signer.of_identity(licensed("某局", root)).sign_detached(DATA)

    found = check_detached(message, DATA, roots=Roots((root.certificate,)), at=NOW)

    assert found.ok
    assert "没能核对" in found.notes[0]


@pytest.mark.parametrize(
    "wrong", [{"signs": False}, {"extended": (ExtendedKeyUsageOID.SERVER_AUTH,)}, {"purpose": Purpose.ROOT}]
)
def test_a_certificate_for_something_else_does_not_sign(root: Identity, wrong: dict[str, Any]) -> None:
    signer = Signer.of_identity(licensed("某局", root, **wrong))

    found = check_detached(signer.sign_detached(DATA), DATA, roots=believed(root), at=NOW)

    assert (found.ok, found.intact, found.key_usage_ok) == (False, True, False)


def test_a_licensed_certificate_comes_as_pkcs12(root: Identity, tmp_path: Path) -> None:
    between = licensed("中间机构", root, purpose=Purpose.ROOT)
    file = pkcs12(tmp_path / "signing.p12", licensed("某局", between), "口令 1")

    signer = read_pkcs12(file, "口令 1", at=NOW)

    found = check_detached(signer.sign_detached(DATA), DATA, roots=believed(root), at=NOW)
    assert (found.ok, found.signer, found.issuer, found.is_test) == (True, "某局", "中间机构", False)
    assert [one.subject for one in signer.chain] == [between.certificate.subject, root.certificate.subject]


def test_a_pkcs12_that_cannot_be_opened_is_told_without_the_passphrase(
    root: Identity, tmp_path: Path
) -> None:
    file = pkcs12(tmp_path / "signing.p12", licensed("某局", root), "right")

    for path, passphrase in (
        (file, "wrong-one"),
        (tmp_path / "none.p12", "x"),
        (Path(__file__), "wrong-one"),
    ):
        with pytest.raises(ConfigError) as told:
            read_pkcs12(path, passphrase, at=NOW)
        assert path.name in str(told.value)
        assert "wrong-one" not in str(told.value)


def test_everything_that_forbids_a_certificate_is_told_together(root: Identity, tmp_path: Path) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # weak on purpose
    file = pkcs12(tmp_path / "signing.p12", licensed("某局", root, key=weak, end=NOW - DAY, signs=False), "x")

    with pytest.raises(ConfigError) as told:
        read_pkcs12(file, "x", at=NOW)

    assert all(word in str(told.value) for word in ("1024 位", "到期", "密钥用途"))


@needs_sm2
def test_a_chinese_signature_is_made_and_checked(authority: Authority) -> None:
    signer = open_sm2_signer(authority, now=NOW)
    message, roots = signer.sign_detached(DATA, at=NOW), roots_of(authority)

    found = check_detached(message, DATA, roots=roots, at=NOW)

    assert (found.ok, found.algorithm, found.is_test) == (True, "SM2-SM3", True)
    assert not check_detached(message, DATA + b"!", roots=roots, at=NOW).ok
    assert open_sm2_signer(authority, now=NOW).serial == signer.serial
    assert (authority.folder / "sm2.key").stat().st_mode & 0o777 == 0o600


@needs_sm2
def test_a_changed_chinese_signature_is_found(authority: Authority) -> None:
    message = bytearray(open_sm2_signer(authority, now=NOW).sign_detached(DATA))
    message[-10] ^= 1

    found = check_detached(bytes(message), DATA, roots=roots_of(authority), at=NOW)

    assert not found.intact


def test_without_openssl_chinese_signatures_are_not_offered(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    sm2.why_unavailable.cache_clear()

    try:
        assert "openssl" in sm2.why_unavailable()
    finally:
        sm2.why_unavailable.cache_clear()


@needs_sm2
def test_a_chinese_signature_that_cannot_be_checked_here_is_not_believed(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = open_sm2_signer(authority, now=NOW).sign_detached(DATA)
    monkeypatch.setenv("PATH", "")

    found = check_detached(message, DATA, roots=roots_of(authority), at=NOW)

    assert not found.ok
    assert "openssl" in found.problems[0]


def test_a_revoked_certificate_is_found_although_its_issuer_cannot_be_checked(root: Identity) -> None:
    between = licensed("中间机构", root, purpose=Purpose.ROOT)
    signer = licensed("某局", between)
    lists = believed(between, (signer, NOW - DAY)).crls

    found = check_detached(
        Signer.of_identity(signer).sign_detached(DATA),
        DATA,
        roots=Roots((root.certificate,), crls=lists),
        at=NOW,
    )

    assert found.certificate_state is State.REVOKED


def test_an_older_list_that_somebody_brings_along_hides_no_revocation(root: Identity) -> None:
    signer = licensed("某局", root)
    older = believed(root, at=NOW - 5 * DAY).crls
    newer = believed(root, (signer, NOW - 2 * DAY)).crls
    message = Signer.of_identity(signer).sign_detached(DATA)

    for lists in ((*older, *newer), (*newer, *older)):
        found = check_detached(message, DATA, roots=Roots((root.certificate,), crls=lists), at=NOW)
        assert found.certificate_state is State.REVOKED


def test_who_is_in_a_list_that_is_out_of_date_stays_revoked(root: Identity) -> None:
    signer = licensed("某局", root)
    roots = believed(root, (signer, NOW - 60 * DAY), at=NOW - 50 * DAY)

    found = check_detached(Signer.of_identity(signer).sign_detached(DATA), DATA, roots=roots, at=NOW)

    assert found.certificate_state is State.REVOKED


def test_a_list_that_somebody_else_signed_revokes_nothing(root: Identity) -> None:
    signer = licensed("某局", root)
    forged = believed(licensed("某电子认证机构"), (signer, NOW - DAY)).crls

    found = check_detached(
        Signer.of_identity(signer).sign_detached(DATA),
        DATA,
        roots=Roots((root.certificate,), crls=forged),
        at=NOW,
    )

    assert (found.certificate_state, found.revoked_at) == (State.VALID, None)


@pytest.mark.parametrize("is_revoked", [False, True])
def test_an_issuers_answer_about_one_certificate_is_as_good_as_a_list(
    root: Identity, is_revoked: bool
) -> None:
    signer = licensed("某局", root, answers_at="http://ocsp.example/")
    status = ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=signer.certificate,
            issuer=root.certificate,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=NOW - DAY,
            next_update=NOW + DAY,
            revocation_time=NOW - 2 * DAY if is_revoked else None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, root.certificate)
        .sign(root.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    roots = Roots((root.certificate,), ocsps=(answer,))

    found = check_detached(Signer.of_identity(signer).sign_detached(DATA), DATA, roots=roots, at=NOW)

    assert found.certificate_state is (State.REVOKED if is_revoked else State.VALID)
    assert found.notes == ()


def test_whatever_is_done_to_a_message_is_told_and_breaks_nothing(authority: Authority) -> None:
    chance, roots = random.Random(5), roots_of(authority)
    message = Signer.of_authority(authority).sign_detached(DATA, at=NOW)

    for _ in range(150):
        broken = bytearray(message)
        place = chance.randrange(len(broken))
        broken[place : place + chance.choice([0, 1, 9])] = chance.randbytes(chance.choice([0, 1, 2]))
        found = check_detached(bytes(broken), DATA, roots=roots, at=NOW)
        assert found.ok or found.problems
