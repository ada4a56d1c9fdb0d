"""The built-in authority: made once, marked, guarded, and it forgets no certificate."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from lookout.kernel.errors import ConfigError, DataError
from lookout.proof.authority import LIVES, Authority, open_authority, renew
from lookout.proof.certificates import TEST_POLICY, TEST_WORDS, Purpose, common_name, is_test_certificate
from lookout.proof.trust import Roots, State, Usage, check_certificate
from tests.proof.papers import DAY, NOW, needs_openssl, openssl


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return open_authority(tmp_path / "authority", now=NOW)


def test_it_is_made_once(authority: Authority) -> None:
    again = open_authority(authority.folder, now=NOW + DAY)

    assert (again.root, again.signing.certificate) == (authority.root, authority.signing.certificate)
    assert again.tsa.certificate == authority.tsa.certificate


def test_whoever_comes_first_makes_it_and_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: open_authority(tmp_path / "authority", now=NOW), range(8)))

    assert len({one.tsa.certificate.serial_number for one in made}) == 1
    assert len(made[0].certificates()) == 3


def test_keys_and_states_are_their_owners_alone(authority: Authority) -> None:
    authority.revoke(authority.signing.certificate.serial_number, at=NOW)

    secret = [*authority.folder.glob("*.key"), *authority.folder.glob("*.json")]
    assert len(secret) == 4
    assert {file.stat().st_mode & 0o777 for file in secret} == {0o600}
    assert authority.folder.stat().st_mode & 0o777 == 0o700
    assert not [file for file in authority.folder.iterdir() if file.suffix == ".tmp"]


def test_every_certificate_says_that_it_has_no_legal_effect(authority: Authority) -> None:
    for one in authority.certificates():
        policies = one.extensions.get_extension_for_class(x509.CertificatePolicies).value

        assert is_test_certificate(one)
        assert TEST_WORDS in common_name(one.subject)
        assert [policy.policy_identifier.dotted_string for policy in policies] == [TEST_POLICY]
        assert TEST_WORDS in policies[0].policy_qualifiers[0].explicit_text


def test_certificates_allow_their_own_use_alone(authority: Authority) -> None:
    roots = Roots((authority.root,), crls=(authority.crl,))

    def allows(certificate: x509.Certificate, usage: Usage) -> bool:
        return check_certificate(certificate, roots=roots, at=NOW, usage=usage).usage_ok

    assert allows(authority.signing.certificate, Usage.SIGNING)
    assert not allows(authority.signing.certificate, Usage.STAMPING)
    assert allows(authority.tsa.certificate, Usage.STAMPING)
    assert not allows(authority.tsa.certificate, Usage.SIGNING)
    assert not allows(authority.root, Usage.SIGNING)
    extended = authority.tsa.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert extended.critical
    assert list(extended.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


@needs_openssl
def test_openssl_follows_the_chain_and_the_revocation_list(authority: Authority, tmp_path: Path) -> None:
    listed = tmp_path / "list.pem"
    openssl("crl", "-inform", "DER", "-in", authority.folder / "crl.der", "-out", listed)
    at = str(int(NOW.timestamp()))

    for name, purpose in (("tsa", "timestampsign"), ("signing", "any")):
        said = openssl(
            "verify", "-attime", at, "-x509_strict", "-crl_check", "-CRLfile", listed,
            "-purpose", purpose, "-CAfile", authority.folder / "root.pem", authority.folder / f"{name}.pem",
        )  # fmt: skip
        assert said.strip().endswith("OK")


def test_rsa_keys_are_made_where_they_are_asked_for(authority: Authority) -> None:
    made = authority.issue("某机构", Purpose.SIGNING, at=NOW, key="rsa")

    assert made.key.key_size == 3072
    assert made.chain == (authority.root,)


def test_what_is_about_to_expire_is_renewed_and_the_old_is_kept(authority: Authority) -> None:
    later = NOW + LIVES[Purpose.SIGNING] - 10 * DAY

    again = open_authority(authority.folder, now=later)

    assert again.signing.certificate != authority.signing.certificate
    assert again.tsa.certificate == authority.tsa.certificate
    assert authority.signing.certificate in again.certificates()


def test_no_certificate_outlives_the_root(authority: Authority) -> None:
    made = authority.issue("某机构", Purpose.SIGNING, at=NOW + 19 * 365 * DAY, life=timedelta(days=5000))

    assert made.certificate.not_valid_after_utc == authority.root.not_valid_after_utc


def test_an_expired_root_is_an_end_and_is_told(authority: Authority) -> None:
    with pytest.raises(ConfigError, match="测试根证书已于"):
        open_authority(authority.folder, now=NOW + LIVES[Purpose.ROOT] + DAY)


def test_a_certificate_that_was_being_made_when_the_process_died_is_made_again(authority: Authority) -> None:
    (authority.folder / "tsa.pem").unlink()

    again = open_authority(authority.folder, now=NOW)

    assert again.tsa.certificate != authority.tsa.certificate


@pytest.mark.parametrize("name", ["root.key", "signing.key", "tsa.pem", "state.json"])
def test_a_damaged_file_is_told_by_name(authority: Authority, name: str) -> None:
    (authority.folder / name).write_text("nonsense")

    with pytest.raises(ConfigError, match=name):
        open_authority(authority.folder, now=NOW + 2 * DAY)


def test_a_key_of_another_certificate_is_refused(authority: Authority) -> None:
    (authority.folder / "tsa.key").write_bytes((authority.folder / "signing.key").read_bytes())

    with pytest.raises(ConfigError, match="不是一对"):
        open_authority(authority.folder, now=NOW)


def test_a_revocation_is_seen_from_then_on(authority: Authority) -> None:
    made = authority.issue("某机构", Purpose.SIGNING, at=NOW)
    authority.revoke(made.certificate.serial_number, at=NOW + DAY)
    roots = Roots((authority.root,), crls=(authority.crl,))

    def state(at: datetime) -> State:
        return check_certificate(made.certificate, roots=roots, at=at, usage=Usage.SIGNING).state

    assert (state(NOW), state(NOW + 2 * DAY)) == (State.VALID, State.REVOKED)


def test_the_first_revocation_stands_and_lists_are_numbered(authority: Authority) -> None:
    serial = authority.signing.certificate.serial_number

    first = x509.load_der_x509_crl(authority.revoke(serial, at=NOW + DAY))
    second = x509.load_der_x509_crl(authority.revoke(serial, at=NOW + 2 * DAY))

    number = [
        one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for one in (first, second)
    ]
    entry = second.get_revoked_certificate_by_serial_number(serial)
    assert entry is not None
    assert entry.revocation_date_utc == NOW + DAY
    assert number[1] == number[0] + 1


def test_a_list_is_never_dated_before_the_one_it_replaces(authority: Authority) -> None:
    authority.refresh(NOW + 5 * DAY)

    made = x509.load_der_x509_crl(authority.revoke(authority.tsa.certificate.serial_number, at=NOW))

    assert made.last_update_utc == NOW + 5 * DAY


def test_what_was_issued_elsewhere_cannot_be_revoked_here(authority: Authority) -> None:
    with pytest.raises(DataError, match="不是这个测试机构签发的"):
        authority.revoke(12345, at=NOW)


def test_the_list_is_made_anew_when_it_is_a_day_old(authority: Authority) -> None:
    assert authority.refresh(NOW + DAY / 2) == authority.crl
    fresh = x509.load_der_x509_crl(authority.refresh(NOW + 2 * DAY))

    assert fresh.last_update_utc == NOW + 2 * DAY
    assert json.loads((authority.folder / "state.json").read_text())["list_number"] == 2


@pytest.mark.parametrize("purpose", [Purpose.SIGNING, Purpose.STAMPING])
def test_renewing_revokes_the_old(authority: Authority, purpose: Purpose) -> None:
    def identity(of: Authority) -> x509.Certificate:
        return (of.signing if purpose is Purpose.SIGNING else of.tsa).certificate

    again = renew(authority.folder, purpose, now=NOW + DAY)

    assert identity(again) != identity(authority)
    assert again.revoked()[identity(authority).serial_number][0] == (NOW + DAY).astimezone(UTC)


def test_a_long_company_name_stands_in_full_and_the_longest_is_cut_off(authority: Authority) -> None:
    name = "广州市越秀区众人通达私募股权投资基金管理合伙企业（有限合伙）"

    assert common_name(authority.issue(name, Purpose.SIGNING, at=NOW).certificate.subject) == name
    assert common_name(authority.issue("长" * 70, Purpose.SIGNING, at=NOW).certificate.subject) == "长" * 64
