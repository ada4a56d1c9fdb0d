"""Whose signature and stamp an installation uses, and what the doctor says of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lookout.kernel.errors import ConfigError
from lookout.proof.authority import open_authority
from lookout.proof.certificates import Identity, certificate_pem
from lookout.proof.notary import open_notary, open_sm2, standing
from lookout.proof.signing import check_detached
from lookout.proof.sm2 import why_unavailable
from lookout.proof.stamps import BuiltInAuthority, OutsideAuthority, check_stamp
from lookout.proof.trust import Roots
from tests.proof.papers import DAY, NOW, YEAR, Clock, believed, licensed, pkcs12

DIGEST = hashlib.sha256(b"x").digest()
TSA = "http://tsa.internal/tsa"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "proof" / "authority"


@pytest.fixture
def root() -> Identity:
    return licensed("某电子认证机构", start=NOW - 5 * YEAR, end=NOW + 20 * YEAR)


@pytest.fixture
def roots(tmp_path: Path, root: Identity) -> Path:
    place = tmp_path / "roots"
    place.mkdir()
    (place / "root.pem").write_bytes(certificate_pem(root.certificate))
    (place / "list.crl").write_bytes(believed(root).crls[0])
    (place / "README.txt").write_text("not a certificate")
    return place


def test_without_settings_the_test_authority_serves_and_says_so(folder: Path) -> None:
    notary = open_notary(folder, clock=Clock())

    assert notary.is_test
    assert isinstance(notary.authority, BuiltInAuthority)
    assert check_stamp(notary.authority.stamp(DIGEST), DIGEST, roots=notary.roots, at=NOW).is_test
    assert check_detached(notary.signer.sign_detached(b"x"), b"x", roots=notary.roots, at=NOW).ok


def test_with_a_licensed_certificate_and_authority_nothing_of_the_test_is_made_or_believed(
    folder: Path, root: Identity, roots: Path, tmp_path: Path
) -> None:
    file = pkcs12(tmp_path / "signing.p12", licensed("某局", root), "x")

    notary = open_notary(folder, clock=Clock(), tsa_url=TSA, pkcs12=file, passphrase="x", roots=roots)

    assert not notary.is_test
    assert isinstance(notary.authority, OutsideAuthority)
    assert not folder.exists()
    assert notary.roots.roots == notary.own_roots.roots == (root.certificate,)


def test_what_was_sealed_under_the_test_authority_can_still_be_checked(
    folder: Path, root: Identity, roots: Path, tmp_path: Path
) -> None:
    before = open_notary(folder, clock=Clock())
    token = before.authority.stamp(DIGEST)
    file = pkcs12(tmp_path / "signing.p12", licensed("某局", root), "x")

    after = open_notary(folder, clock=Clock(), tsa_url=TSA, pkcs12=file, passphrase="x", roots=roots)

    own = check_stamp(token, DIGEST, roots=after.own_roots, at=NOW)
    assert (own.ok, own.is_test) == (True, True)
    assert not check_stamp(token, DIGEST, roots=after.roots, at=NOW).ok


def test_a_licensed_certificate_alone_is_stamped_by_the_test_authority(
    folder: Path, root: Identity, roots: Path, tmp_path: Path
) -> None:
    file = pkcs12(tmp_path / "signing.p12", licensed("某局", root), "x")

    notary = open_notary(folder, clock=Clock(), pkcs12=file, passphrase="x", roots=roots)

    assert (notary.signer.name, notary.is_test) == ("某局", True)


def test_all_that_is_wrong_with_the_settings_is_told_together(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        open_notary(
            folder, clock=Clock(), tsa_url=TSA, pkcs12=tmp_path / "none.p12", passphrase="secret-word"
        )

    assert "none.p12" in str(told.value)
    assert "LOOKOUT_TRUSTED_ROOTS" in str(told.value)
    assert "secret-word" not in str(told.value)


def test_every_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    for name in ("a.pem", "b.cer", "c.crl"):
        (tmp_path / name).write_bytes(b"nonsense")

    with pytest.raises(ConfigError) as told:
        Roots.read(tmp_path)

    assert all(name in str(told.value) for name in ("a.pem", "b.cer", "c.crl"))


@pytest.mark.parametrize("is_there", [False, True])
def test_a_folder_without_a_root_is_refused(tmp_path: Path, is_there: bool) -> None:
    place = tmp_path / "roots"
    if is_there:
        place.mkdir()

    with pytest.raises(ConfigError, match="根证书"):
        Roots.read(place)


def test_the_doctor_makes_nothing(folder: Path) -> None:
    standing(folder, now=NOW, demo=True)

    assert not folder.exists()


@pytest.mark.parametrize("demo", [True, False])
def test_the_doctor_calls_the_test_authority_a_fault_in_production_only(folder: Path, demo: bool) -> None:
    rows = standing(folder, now=NOW, demo=demo)

    row = next(row for row in rows if "内置的测试机构" in row.text)
    assert row.is_fault is not demo
    assert "签章、时间戳" in row.text
    assert "own-authority" in row.text


def test_the_doctor_is_content_with_a_licensed_authority(
    folder: Path, root: Identity, roots: Path, tmp_path: Path
) -> None:
    file = pkcs12(tmp_path / "signing.p12", licensed("某局", root), "x")

    rows = standing(folder, now=NOW, demo=False, tsa_url=TSA, pkcs12=file, passphrase="x", roots=roots)

    assert not [row for row in rows if row.is_fault]
    assert any("某局" in row.text for row in rows)
    assert any(TSA in row.text for row in rows)


def test_the_doctor_tells_what_must_be_mended(
    folder: Path, root: Identity, roots: Path, tmp_path: Path
) -> None:
    clock = Clock(NOW + DAY)
    authority = open_authority(folder, now=NOW)
    BuiltInAuthority(folder, clock, authority=authority).stamp(DIGEST)
    (folder / "root.key").chmod(0o644)
    soon = pkcs12(tmp_path / "signing.p12", licensed("某局", root, end=NOW + 3 * DAY), "x")

    rows = standing(folder, now=NOW, demo=False, pkcs12=soon, passphrase="x", roots=roots)

    faults = "\n".join(row.text for row in rows if row.is_fault)
    assert all(word in faults for word in ("时钟被拨回", "chmod 600", "到期", "时间戳由内置的测试机构"))


def test_the_doctor_tells_settings_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    rows = standing(
        folder, now=NOW, demo=False, tsa_url=TSA, pkcs12=tmp_path / "none.p12", roots=tmp_path / "none"
    )

    faults = "\n".join(row.text for row in rows if row.is_fault)
    assert "none.p12" in faults
    assert "可信根证书文件夹" in faults


def test_the_chinese_signer_is_offered_where_the_platform_has_it(folder: Path) -> None:
    signer = open_sm2(folder, now=NOW)

    assert (signer is None) == bool(why_unavailable())
