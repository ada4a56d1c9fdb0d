"""PDF files: sealed for the long term, and every way in which a signature in one is less than it looks."""

from __future__ import annotations

import random
import shutil
import subprocess
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.proof.certificates import Identity
from lookout.proof.pdf import Later, PdfFindings, check_pdf, seal_pdf
from lookout.proof.pdf_check import open_pdf
from lookout.proof.signing import Signer
from lookout.proof.sm2 import why_unavailable
from lookout.proof.sm2_signer import open_sm2_signer
from lookout.proof.stamps import BuiltInAuthority, OutsideAuthority
from lookout.proof.trust import Roots, State
from tests.proof.papers import DAY, NOW, YEAR, Clock, believed, licensed, pdf, rsa_key, send, serving


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> BuiltInAuthority:
    return BuiltInAuthority(tmp_path_factory.mktemp("authority"), Clock())


@pytest.fixture(scope="module")
def root() -> Identity:
    return licensed("某电子认证机构", start=NOW - 5 * YEAR, end=NOW + 20 * YEAR)


@pytest.fixture(scope="module")
def sealed(authority: BuiltInAuthority) -> bytes:
    return seal_pdf(
        pdf(), Signer.of_authority(authority.authority), authority, reason="归档", location="广州"
    )


def signed(data: bytes, identity: Identity, *, field: str = "Party", certify: bool = False) -> bytes:
    """Return the PDF with a plain signature, without stamp: what most contract platforms make."""
    signer = signers.SimpleSigner.load_pkcs12_data(_bundle(identity), other_certs=[], passphrase=b"x")
    meta = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", certify=certify, docmdp_permissions=MDPPerm.NO_CHANGES
    )
    out = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(data)), meta, signer=signer)
    return bytes(out.getvalue())


def _bundle(identity: Identity) -> bytes:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
    from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

    sealed = BestAvailableEncryption(b"x")
    return serialize_key_and_certificates(b"", identity.key, identity.certificate, identity.chain, sealed)


def edited(data: bytes, text: str = "another amount") -> bytes:
    """Return the PDF with an increment that shows other content and that nobody signed."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=f"BT ({text}) Tj ET".encode()))
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_sealed_file_reaches_the_long_term_level(authority: BuiltInAuthority, sealed: bytes) -> None:
    found = check_pdf(sealed, roots=authority.roots, at=NOW)

    assert found.all_problems == ()
    assert (found.ok, found.level, found.unsigned_increments) == (True, "B-LTA", False)
    (one,), (stamp,) = found.signatures, found.stamps
    assert (one.intact, one.certificate_state, one.key_usage_ok) == (True, State.VALID, True)
    assert (one.signed_at, one.proven_at, one.algorithm) == (NOW, NOW, "ECDSA-SHA256")
    assert (one.later, one.reason, one.is_test) == (Later.LONG_TERM, "归档", True)
    assert one.stamp is not None
    assert one.stamp.ok
    assert (stamp.covers_whole_file, stamp.later_increments) == (True, 0)


def test_what_was_in_the_file_stays_byte_for_byte(sealed: bytes) -> None:
    assert sealed.startswith(pdf())


def test_a_sealed_file_brings_its_own_evidence_along(authority: BuiltInAuthority, sealed: bytes) -> None:
    """Years later nobody has the revocation lists of today but the file itself."""
    found = check_pdf(sealed, roots=Roots((authority.authority.root,)), at=NOW + 8 * YEAR)

    assert found.ok
    assert found.signatures[0].is_revocation_checked


@pytest.mark.slow
def test_a_licensed_rsa_certificate_seals_too(authority: BuiltInAuthority, root: Identity) -> None:
    signer = Signer.of_identity(licensed("某局", root, key=rsa_key()))

    found = check_pdf(seal_pdf(pdf(), signer, authority), roots=authority.roots + believed(root), at=NOW)

    assert (found.ok, found.level, found.signatures[0].algorithm) == (True, "B-LTA", "RSA-SHA256")
    assert (found.signatures[0].is_test, found.stamps[0].is_test) == (False, True)


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="needs poppler's pdfsig")
def test_another_reader_finds_the_signature_valid(sealed: bytes, tmp_path: Path) -> None:
    file, program = tmp_path / "sealed.pdf", shutil.which("pdfsig")
    file.write_bytes(sealed)
    assert program

    said = subprocess.run([program, file], capture_output=True, text=True, check=False).stdout

    assert "Signature is Valid" in said
    assert "ETSI.CAdES.detached" in said


def facts(found: PdfFindings) -> list[tuple[object, ...]]:
    return [(one.name, one.serial, one.proven_at, one.later) for one in (*found.signatures, *found.stamps)]


def test_every_changed_byte_is_found(authority: BuiltInAuthority, sealed: bytes) -> None:
    """Wherever it lies: the last stamp covers the whole file but the place of the stamp itself."""
    roots, place_of_stamp = authority.roots, sealed.rindex(b"/Contents <")
    end_of_stamp = sealed.index(b">", place_of_stamp)
    whole = check_pdf(sealed, roots=roots, at=NOW)

    for place in range(40, len(sealed), len(sealed) // 16):
        changed = bytearray(sealed)
        changed[place] ^= 1
        try:
            found = check_pdf(bytes(changed), roots=roots, at=NOW)
        except DataError:
            continue
        # The root that lies beside the stamp is a courtesy; nobody believes it for lying there.
        is_courtesy = place_of_stamp < place < end_of_stamp and facts(found) == facts(whole)
        assert is_courtesy or not found.ok, place


def test_two_parties_sign_and_both_hold(authority: BuiltInAuthority, root: Identity) -> None:
    once = seal_pdf(pdf(), Signer.of_identity(licensed("甲方", root)), authority)
    twice = seal_pdf(once, Signer.of_identity(licensed("乙方", root)), authority)

    found = check_pdf(twice, roots=authority.roots + believed(root), at=NOW)

    assert found.ok
    assert [one.signer for one in found.signatures] == ["甲方", "乙方"]
    assert [one.later for one in found.signatures] == [Later.SIGNATURES_OR_FORM, Later.LONG_TERM]
    assert not found.unsigned_increments


def test_content_that_came_after_the_signature_is_found(authority: BuiltInAuthority, sealed: bytes) -> None:
    found = check_pdf(edited(sealed), roots=authority.roots, at=NOW)

    assert found.unsigned_increments
    assert "未签名的增补" in found.problems[0]
    assert found.signatures[0].intact  # the signed bytes are the same; the file shows others
    assert found.signatures[0].later is Later.CONTENT
    assert not found.ok


def test_content_between_two_signatures_spoils_the_first(authority: BuiltInAuthority, root: Identity) -> None:
    first = signed(pdf(), licensed("甲方", root), field="A")
    second = signed(edited(first), licensed("乙方", root), field="B")

    found = check_pdf(second, roots=believed(root), at=NOW)

    assert [one.ok for one in found.signatures] == [False, True]
    assert not found.unsigned_increments


def test_bytes_behind_the_end_are_found(authority: BuiltInAuthority, sealed: bytes) -> None:
    found = check_pdf(sealed + b"\n% hidden\n", roots=authority.roots, at=NOW)

    assert found.unsigned_increments
    assert not found.ok


def test_a_file_cut_off_is_broken_or_unsigned(authority: BuiltInAuthority, sealed: bytes) -> None:
    for size in (len(sealed) - 40, len(sealed) // 2, 700):
        try:
            found = check_pdf(sealed[:size], roots=authority.roots, at=NOW)
        except DataError:
            continue
        assert not found.ok, size


def test_an_outside_authority_stamps_the_file(authority: BuiltInAuthority, root: Identity) -> None:
    with serving(lambda request, handler: send(handler, authority.respond(request))) as url:
        outside = OutsideAuthority(url, 5, authority.roots)
        done = seal_pdf(pdf(), Signer.of_identity(licensed("某局", root)), outside)

    found = check_pdf(done, roots=authority.roots + believed(root), at=NOW)
    assert (found.ok, found.level) == (True, "B-LTA")


def test_an_authority_that_cannot_be_reached_leaves_the_file_unsealed(root: Identity) -> None:
    with (
        serving(lambda _, handler: send(handler, b"", 503)) as url,
        pytest.raises(TransientError, match="稍后会再试"),
    ):
        seal_pdf(pdf(), Signer.of_identity(licensed("某局", root)), OutsideAuthority(url, 5, believed(root)))


def test_a_plain_signature_has_only_its_signers_word_for_the_time(root: Identity) -> None:
    found = check_pdf(signed(pdf(), licensed("甲方", root)), roots=believed(root), at=NOW)

    one = found.signatures[0]
    assert (found.ok, found.level, one.proven_at, one.stamp) == (True, "B-B", None, None)
    assert one.signed_at is not None
    assert (one.covers_whole_file, one.later_increments) == (True, 0)
    assert any("自报" in note for note in one.notes)


@pytest.mark.parametrize(
    ("start", "end", "revoked_at", "state", "word"),
    [
        (NOW - YEAR, NOW - DAY, None, State.EXPIRED, "到期"),
        (NOW + DAY, NOW + YEAR, None, State.NOT_YET_VALID, "尚未生效"),
        (NOW - YEAR, NOW + YEAR, NOW - DAY, State.REVOKED, "吊销"),
    ],
)
def test_a_certificate_that_was_not_good_is_told(
    root: Identity, start: datetime, end: datetime, revoked_at: datetime | None, state: State, word: str
) -> None:
    signer = licensed("甲方", root, start=start, end=end)
    roots = believed(root, *([(signer, revoked_at)] if revoked_at else []))

    one = check_pdf(signed(pdf(), signer), roots=roots, at=NOW).signatures[0]

    assert (one.certificate_state, one.intact, one.ok) == (state, True, False)
    assert word in one.problems[0]


@pytest.mark.parametrize(
    ("end", "revoked", "state"),
    [(NOW + DAY, False, State.EXPIRED), (NOW + 9 * YEAR, True, State.REVOKED)],
)
def test_without_a_stamp_nothing_proves_that_it_was_signed_in_time(
    root: Identity, end: datetime, revoked: bool, state: State
) -> None:
    signer = licensed("甲方", root, end=end)
    gone = [(signer, NOW + 2 * DAY)] if revoked else []

    found = check_pdf(signed(pdf(), signer), roots=believed(root, *gone, at=NOW + 3 * DAY), at=NOW + 4 * DAY)

    assert found.signatures[0].certificate_state is state
    assert any("没有可信的时间戳" in problem for problem in found.signatures[0].problems)


def test_with_a_stamp_a_later_revocation_changes_nothing(authority: BuiltInAuthority, root: Identity) -> None:
    signer = licensed("甲方", root, end=NOW + 30 * DAY)
    done = seal_pdf(pdf(), Signer.of_identity(signer), authority)
    roots = authority.roots + believed(root, (signer, NOW + DAY), at=NOW + 2 * DAY)

    found = check_pdf(done, roots=roots, at=NOW + YEAR)

    assert found.ok
    assert found.signatures[0].certificate_state is State.VALID
    assert found.signatures[0].revoked_at == NOW + DAY
    assert any("后来" in note for note in found.signatures[0].notes)


def test_a_revocation_before_the_stamp_counts(authority: BuiltInAuthority, root: Identity) -> None:
    signer = licensed("甲方", root)
    done = seal_pdf(pdf(), Signer.of_identity(signer), authority)
    roots = authority.roots + believed(root, (signer, NOW - DAY))

    assert check_pdf(done, roots=roots, at=NOW).signatures[0].certificate_state is State.REVOKED


def test_a_certificate_for_something_else_is_told(root: Identity) -> None:
    one = check_pdf(
        signed(pdf(), licensed("某网站", root, signs=False)), roots=believed(root), at=NOW
    ).signatures[0]

    assert (one.key_usage_ok, one.intact, one.ok) == (False, True, False)


def test_the_signature_of_an_unknown_root_is_told(root: Identity) -> None:
    one = check_pdf(
        signed(pdf(), licensed("甲方", licensed("自建机构"))), roots=believed(root), at=NOW
    ).signatures[0]

    assert (one.certificate_state, one.intact) == (State.UNKNOWN, True)
    assert "自建机构" in one.problems[0]


def test_a_file_without_signatures_and_a_blank_field_are_told(root: Identity) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(pdf()))
    append_signature_field(writer, SigFieldSpec("Blank"))
    out = BytesIO()
    writer.write(out)

    found = check_pdf(out.getvalue(), roots=believed(root), at=NOW)

    assert (found.ok, found.level, found.problems) == (False, "", ("这份 PDF 没有签名",))
    assert "Blank" in found.notes[0]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nnonsense", b"PK\x03\x04 not a pdf", b"\0" * 4096])
def test_a_broken_file_is_a_data_error(authority: BuiltInAuthority, data: bytes) -> None:
    with pytest.raises(DataError, match="不是完好的 PDF"):
        check_pdf(data, roots=authority.roots, at=NOW)
    with pytest.raises(DataError, match="不是完好的 PDF"):
        seal_pdf(data, Signer.of_authority(authority.authority), authority)


def test_an_encrypted_file_is_a_data_error(authority: BuiltInAuthority) -> None:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(pdf())))
    writer.encrypt(owner_pass="owner", user_pass="user")
    out = BytesIO()
    writer.write(out)

    with pytest.raises(DataError, match="加密"):
        check_pdf(out.getvalue(), roots=authority.roots, at=NOW)
    with pytest.raises(DataError, match="加密"):
        open_pdf(out.getvalue())


def test_one_broken_signature_does_not_hide_the_others(root: Identity) -> None:
    first = signed(pdf(), licensed("甲方", root), field="A")
    second = signed(first, licensed("乙方", root), field="B")
    broken = second.replace(b"/Contents <3082", b"/Contents <3182", 1)

    found = check_pdf(broken, roots=believed(root), at=NOW)

    assert [one.ok for one in found.signatures] == [False, False]  # the second covers the first's bytes
    assert {one.name for one in found.signatures} == {"A", "B"}
    assert len(found.all_problems) >= 2


def test_a_document_locked_by_its_author_is_not_sealed(authority: BuiltInAuthority, root: Identity) -> None:
    locked = signed(pdf(), licensed("甲方", root), certify=True)

    with pytest.raises(DataError, match="锁定"):
        seal_pdf(locked, Signer.of_authority(authority.authority), authority)


def test_an_expired_certificate_seals_nothing(authority: BuiltInAuthority, root: Identity) -> None:
    signer = Signer.of_identity(licensed("某局", root, end=NOW - DAY))

    with pytest.raises(ConfigError, match="到期"):
        seal_pdf(pdf(), signer, authority)


def test_a_revoked_certificate_seals_nothing(tmp_path: Path) -> None:
    clock = Clock()
    authority = BuiltInAuthority(tmp_path / "authority", clock)
    signer = Signer.of_authority(authority.authority)
    authority.authority.revoke(signer.certificate.serial_number, at=NOW)
    clock.now = NOW + DAY

    with pytest.raises(ConfigError, match="吊销"):
        seal_pdf(pdf(), signer, authority)


@pytest.mark.skipif(bool(why_unavailable()), reason="needs an openssl with SM2")
def test_a_chinese_signature_is_not_put_into_a_pdf(authority: BuiltInAuthority) -> None:
    signer = open_sm2_signer(authority.authority, now=NOW)

    with pytest.raises(ConfigError, match="国密"):
        seal_pdf(pdf(), signer, authority)


def test_a_stamp_of_somebody_else_is_told(authority: BuiltInAuthority, root: Identity) -> None:
    done = seal_pdf(pdf(), Signer.of_identity(licensed("甲方", root)), authority)

    found = check_pdf(done, roots=believed(root), at=NOW)

    assert found.level == "B-B"
    assert [one.ok for one in (*found.signatures, *found.stamps)] == [False, False]
    assert found.signatures[0].proven_at is None


def test_whatever_is_done_to_a_file_is_told_and_breaks_nothing(
    authority: BuiltInAuthority, sealed: bytes
) -> None:
    chance, roots = random.Random(5), authority.roots

    for _ in range(15):
        broken = bytearray(sealed)
        place = chance.randrange(len(broken))
        broken[place : place + chance.choice([0, 1, 9])] = chance.randbytes(chance.choice([0, 1, 2]))
        try:
            found = check_pdf(bytes(broken), roots=roots, at=NOW)
        except DataError:
            continue
        assert found.ok or found.all_problems
