"""The offline verifier: what it says of a good package, and that every attack on one is found and named."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lookout.proof import open_heads, publish_head, sha256_hex
from lookout.proof.authority import Authority, open_authority
from lookout.proof.bundle import verifier
from lookout.proof.certificates import Purpose, certificate_der
from lookout.proof.offline.numbers import PlainSm3
from lookout.proof.package import write_package
from lookout.proof.signing import Signer
from lookout.proof.sm2 import why_unavailable
from lookout.proof.sm2_signer import open_sm2_signer
from lookout.proof.stamps import BuiltInAuthority
from tests.proof.evidence import (
    NOON,
    PHOTO,
    House,
    closed,
    entry,
    forged,
    house,
    item,
    opened,
    packed,
    unchecked,
    verdict,
    wrong,
)
from tests.proof.papers import needs_openssl, openssl

BYTES_APART = 997  # a prime: over the runs of a structure it strikes other places each time


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The installation the package is from."""
    return house(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def package(sealed: House) -> Path:
    """A package with one photo, made once for all."""
    return packed(sealed, sealed.home / "package.zip")


@pytest.fixture(scope="module")
def root(sealed: House) -> str:
    """The root certificate in a file."""
    file = sealed.home / "root.pem"
    file.write_bytes(sealed.root)
    return str(file)


def published(sealed: House, number: int) -> str:
    head = open_heads(sealed.home).read(number).head
    return f"{head.size}:{head.root.hex()}"


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]


# --- what is right


def test_a_good_package_is_verified(sealed: House, package: Path, root: str) -> None:
    found = verdict(package, "--root", root, "--published", published(sealed, 2))
    [told] = found["proven"]["entries"]

    assert (found["exit_code"], found["verified"], wrong(found), unchecked(found)) == (0, True, [], [])
    assert (told["number"], told["index"], told["by"], told["items"]) == ("Dphoto", 5, "chen", ["photo.jpg"])
    assert found["proven"]["head"]["size"] == 12
    assert [stamp["of"] for stamp in found["proven"]["stamps"]] == ["head.json", "items/photo.jpg"]


def test_without_a_root_of_ones_own_it_says_so(package: Path) -> None:
    found = verdict(package)

    assert (found["exit_code"], found["unchanged"], unchecked(found)) == (3, True, ["root_not_given"])
    assert {"test_authority", "revocation", "history", "before"} <= {one["code"] for one in found["findings"]}


def test_an_older_published_root_is_found_to_be_the_beginning(
    sealed: House, package: Path, root: str
) -> None:
    assert verdict(package, "--root", root, "--published", published(sealed, 1))["exit_code"] == 0


def test_a_newer_published_root_needs_the_proof_between(
    sealed: House, package: Path, root: str, tmp_path: Path
) -> None:
    log = sealed.log
    size = log.append([entry("later", at=sealed.clock.now)])[0] + 1
    newer = f"{size}:{log.root().hex()}"
    proof = tmp_path / "proof.json"
    path = [step.hex() for step in log.consistency(12, size).path]
    proof.write_text(json.dumps({"old": 12, "new": size, "path": path}))

    assert "published_alone" in unchecked(verdict(package, "--root", root, "--published", newer))
    assert (
        verdict(package, "--root", root, "--published", newer, "--consistency", str(proof))["exit_code"] == 0
    )
    other = f"{size}:{'ab' * 32}"
    found = verdict(package, "--published", other, "--consistency", str(proof))
    assert wrong(found) == [("head.json", "earlier")]


def test_a_published_head_file_counts_like_its_root(sealed: House, package: Path, tmp_path: Path) -> None:
    signed = open_heads(sealed.home).read(2)
    (tmp_path / "head.json").write_text(signed.as_json(), "utf-8")
    other = replace(signed, head=replace(signed.head, root=bytes(32)))
    (tmp_path / "other.json").write_text(other.as_json(), "utf-8")

    assert wrong(verdict(package, "--head", str(tmp_path / "head.json"))) == []
    assert wrong(verdict(package, "--head", str(tmp_path / "other.json"))) == [("head.json", "published")]


@pytest.mark.parametrize("kind", ["rsa", "sm2"])
def test_signatures_of_other_kinds_are_verified_too(tmp_path: Path, kind: str) -> None:
    made = house(tmp_path / "home")
    authority = open_authority(tmp_path / "authority", now=NOON)
    if kind == "sm2":
        if why_unavailable():
            pytest.skip(why_unavailable())
        signer = open_sm2_signer(authority, now=NOON)
    else:
        signer = Signer.of_identity(authority.issue("RSA", Purpose.SIGNING, at=NOON, key="rsa"))
    other = replace(made, signer=signer)
    found = verdict(packed(other, tmp_path / "p.zip"))
    algorithms = {one["algorithm"] for one in found["proven"]["signers"]}

    assert (wrong(found), found["exit_code"]) == ([], 3)
    assert algorithms == {"RSA-SHA256" if kind == "rsa" else "SM2-SM3"}
    bad = opened(tmp_path / "p.zip")["head.sig"]
    assert ("head.json", "signature") in wrong(
        verdict(
            forged(tmp_path / "x.zip", tmp_path / "p.zip", {"head.sig": flipped(bad, len(bad) - 1)}, signer)
        )
    )


# --- every byte


def test_any_flipped_byte_is_found_and_named_to_the_byte(package: Path) -> None:
    content = package.read_bytes()
    for at in range(0, len(content), BYTES_APART):
        found = verdict(flipped(content, at))

        assert found["exit_code"] == 1, at
        assert [one["bytes"] for one in found["findings"] if one["level"] == "wrong"] == [[at, at + 1]], at


def test_a_flipped_byte_of_the_container_alone_is_found(package: Path) -> None:
    content = package.read_bytes()
    with zipfile.ZipFile(package) as container:
        places = [info.header_offset + step for info in container.infolist()[:3] for step in range(0, 30, 3)]
        places += range(container.start_dir, len(content), 11)
    for at in [*places, len(content) - 1]:
        found = verdict(flipped(content, at))

        assert [one["bytes"] for one in found["findings"] if one["level"] == "wrong"] == [[at, at + 1]], at


def test_the_byte_that_was_there_is_told(package: Path) -> None:
    content = package.read_bytes()
    at = content.index(PHOTO) + 20_000
    [finding] = [one for one in verdict(flipped(content, at))["findings"] if one["level"] == "wrong"]

    assert (finding["where"], finding["code"]) == ("items/photo.jpg", "byte")
    assert finding["fields"] == {
        "place": "20000",
        "old": str(content[at]),
        "new": str(flipped(content, at)[at]),
    }


def test_several_changed_bytes_are_told_by_their_block(package: Path) -> None:
    content = package.read_bytes()
    at = content.index(PHOTO) + 20_000
    changed = flipped(flipped(content, at), at + 100)
    [finding] = [one for one in verdict(changed)["findings"] if one["level"] == "wrong"]

    assert (finding["where"], finding["code"]) == ("items/photo.jpg", "block")
    assert finding["fields"] == {"start": "16384", "end": "32768"}


def test_a_package_cut_off_or_longer_is_found(package: Path) -> None:
    content = package.read_bytes()
    for changed in (content[:-1], content[:-2000], content + b"\0", content[:20_000], content + content):
        assert verdict(changed)["exit_code"] in (1, 2)


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"\0" * 5000, b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" * 500]
)
def test_what_is_no_package_is_told(content: bytes) -> None:
    found = verdict(content)

    assert (found["exit_code"], found["findings"][0]["code"]) == (2, "not_a_package")


def test_a_package_packed_again_by_another_program_is_not_the_same(package: Path, tmp_path: Path) -> None:
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "again.zip", "w", compression) as again:
            for name, content in opened(package).items():
                again.writestr(name, content)

        assert verdict(tmp_path / "again.zip")["exit_code"] in (1, 2)


# --- attacks that keep the package in form


def test_a_changed_manifest_is_found(package: Path, tmp_path: Path) -> None:
    files = opened(package)
    files["manifest.json"] = files["manifest.json"].replace("现场照片".encode(), "别处照片".encode())

    assert ("manifest.json", "signature") in wrong(verdict(closed(tmp_path / "x.zip", files)))


def test_a_replaced_item_with_a_fitting_manifest_is_found(package: Path, tmp_path: Path) -> None:
    found = verdict(forged(tmp_path / "x.zip", package, {"items/photo.jpg": b"another photo"}))

    assert wrong(found) == [
        ("manifest.json", "signature"),
        ("tokens/0001.tsr", "token_other_digest"),
        ("items/photo.jpg", "not_sealed"),
    ]


def test_even_the_holder_of_the_key_cannot_replace_an_item(
    sealed: House, package: Path, tmp_path: Path
) -> None:
    found = verdict(forged(tmp_path / "x.zip", package, {"items/photo.jpg": b"another photo"}, sealed.signer))

    assert wrong(found) == [("tokens/0001.tsr", "token_other_digest"), ("items/photo.jpg", "not_sealed")]


def test_a_changed_entry_or_path_is_found(sealed: House, package: Path, tmp_path: Path) -> None:
    proof = opened(package)["proof.json"]
    earlier = proof.replace(b"2026-11-22T12:00:01", b"2026-11-20T12:00:01")
    another = json.loads(proof)
    another["seals"][0]["path"][0] = "ab" * 32
    for changed in (earlier, _canonical(another)):
        found = verdict(forged(tmp_path / "x.zip", package, {"proof.json": changed}, sealed.signer))

        assert ("proof.json", "inclusion") in wrong(found)


def _canonical(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_a_changed_head_is_found(sealed: House, package: Path, tmp_path: Path) -> None:
    true = opened(package)["head.json"]
    head = true.replace(json.loads(true)["root"].encode(), b"ab" * 32)
    found = verdict(forged(tmp_path / "x.zip", package, {"head.json": head}, sealed.signer))

    assert {
        ("head.json", "signature"),
        ("tokens/head.tsr", "token_other_digest"),
        ("proof.json", "inclusion"),
    } <= set(wrong(found))


@pytest.mark.parametrize("block", [0, -1, 1, "x", None, 10**30])
def test_a_manifest_that_makes_no_sense_is_refused_and_not_followed(
    sealed: House, package: Path, tmp_path: Path, block: Any
) -> None:
    files = opened(package)
    files["manifest.json"] = _canonical({**json.loads(files["manifest.json"]), "block": block})
    files["manifest.sig"] = sealed.signer.sign(files["manifest.json"])

    assert verdict(closed(tmp_path / "x.zip", files))["exit_code"] == 2


@pytest.mark.parametrize("name", ["files", "signed", "made_at", "what"])
def test_a_manifest_without_a_field_is_told(sealed: House, package: Path, tmp_path: Path, name: str) -> None:
    files = opened(package)
    manifest = json.loads(files["manifest.json"])
    del manifest[name]
    files["manifest.json"] = _canonical(manifest)
    files["manifest.sig"] = sealed.signer.sign(files["manifest.json"])

    assert verdict(closed(tmp_path / "x.zip", files))["exit_code"] in (1, 2)


def test_a_file_left_out_or_slipped_in_is_found(sealed: House, package: Path, tmp_path: Path) -> None:
    files = opened(package)
    less = {name: content for name, content in files.items() if name != "tokens/head.tsr"}
    assert ("tokens/head.tsr", "missing") in wrong(verdict(closed(tmp_path / "x.zip", less)))

    assert ("items/x", "unlisted") in wrong(verdict(closed(tmp_path / "x.zip", files | {"items/x": b"x"})))

    turned = dict(
        sorted(files.items(), key=lambda held: (not held[0].startswith("manifest"), held[0] != "verify.py"))
    )
    assert ("manifest.json", "order") in wrong(verdict(closed(tmp_path / "x.zip", turned)))


def test_a_package_made_by_another_installation_does_not_lead_to_the_root(tmp_path: Path, root: str) -> None:
    other = house(tmp_path / "home")
    authority = open_authority(tmp_path / "authority", now=NOON)
    stamper = BuiltInAuthority(tmp_path / "authority", other.clock, authority=authority)
    forger = replace(other, authority=authority, signer=Signer.of_authority(authority), stamper=stamper)
    package = packed(forger, tmp_path / "p.zip")

    assert verdict(package)["exit_code"] == 3
    assert {code for _, code in wrong(verdict(package, "--root", root))} == {"root_differs"}


def test_a_log_written_anew_is_found_by_the_published_root(sealed: House, tmp_path: Path, root: str) -> None:
    again = house(tmp_path / "home")
    again.log.append([entry("other")])
    package = packed(again, tmp_path / "p.zip")

    assert verdict(package, "--root", root)["exit_code"] == 0  # the same keys: only what was published tells
    found = verdict(package, "--root", root, "--published", f"6:{'cd' * 32}")
    assert wrong(found) == [("head.json", "published")]


# --- time stamps and certificates


def test_a_token_of_another_digest_is_found(sealed: House, package: Path, tmp_path: Path) -> None:
    other = sealed.stamper.stamp(hashlib.sha256(b"something else").digest())
    found = verdict(forged(tmp_path / "x.zip", package, {"tokens/head.tsr": other}, sealed.signer))

    assert wrong(found) == [("tokens/head.tsr", "token_other_digest")]


def test_a_head_without_a_token_is_told(tmp_path: Path) -> None:
    made = house(tmp_path / "home")
    made.log.append([entry("a", b"a")])
    bare = publish_head(made.log, made.signer, None, made.clock.now)
    options = {"log": made.log, "indices": [0], "head": bare, "signer": made.signer, "at": NOON}
    found = verdict(write_package(tmp_path / "p.zip", [item("a", b"a")], **options).path)

    assert (wrong(found), found["exit_code"]) == ([], 3)
    assert "token_missing" in unchecked(found)


def test_a_damaged_token_is_found_wherever_it_says_something(
    sealed: House, package: Path, tmp_path: Path
) -> None:
    token = opened(package)["tokens/head.tsr"]
    root = certificate_der(
        sealed.authority.root
    )  # comes along and is not looked at: the roots are the package's
    start = token.index(root)
    for at in [*range(0, start, 61), *range(start + len(root), len(token), 29)]:
        changed = forged(tmp_path / "x.zip", package, {"tokens/head.tsr": flipped(token, at)}, sealed.signer)
        found = wrong(verdict(changed))

        assert found, at
        assert {where for where, _ in found} <= {"tokens/head.tsr"}, at


def test_a_stamp_by_a_certificate_that_is_not_for_stamping_is_found(tmp_path: Path) -> None:
    made = house(tmp_path / "home")
    true = made.authority
    wrong_one = Authority(true.folder, true._root, true.signing, true.signing)
    stamper = BuiltInAuthority(true.folder, made.clock, authority=wrong_one)

    assert {
        code for _, code in wrong(verdict(packed(replace(made, stamper=stamper), tmp_path / "p.zip")))
    } == {"usage"}


def test_a_signer_whose_certificate_had_expired_is_found(tmp_path: Path) -> None:
    made = house(tmp_path / "home")
    short = made.authority.issue("短期", Purpose.SIGNING, at=NOON - timedelta(days=9), life=timedelta(days=1))
    found = verdict(packed(replace(made, signer=Signer.of_identity(short)), tmp_path / "p.zip"))

    assert {code for _, code in wrong(found)} == {"validity"}


@pytest.mark.parametrize(("days", "code"), [(-2, "token_early"), (2, "token_far")])
def test_a_stamp_long_before_or_after_what_it_stamps_is_found(tmp_path: Path, days: int, code: str) -> None:
    made, authority = house(tmp_path / "home"), tmp_path / "authority"
    open_authority(authority, now=NOON - timedelta(days=9))
    moved = BuiltInAuthority(authority, lambda: made.clock.now + timedelta(days=days))
    found = verdict(packed(replace(made, stamper=moved), tmp_path / "p.zip"))

    assert ("tokens/head.tsr", code) in wrong(found)


@needs_openssl
def test_another_program_agrees_on_the_stamp_and_the_signature(
    package: Path, root: str, tmp_path: Path
) -> None:
    for name, content in opened(package).items():
        (tmp_path / Path(name).name).write_bytes(content)
    said = openssl(
        "ts", "-verify", "-in", tmp_path / "head.tsr", "-token_in", "-data", tmp_path / "head.json", "-CAfile", root
    )  # fmt: skip
    assert "Verification: OK" in said

    key = tmp_path / "key.pem"
    key.write_text(openssl("x509", "-in", tmp_path / "head-signer.pem", "-noout", "-pubkey"))
    said = openssl(
        "dgst", "-sha256", "-verify", key, "-signature", tmp_path / "head.sig", tmp_path / "head.json"
    )
    assert "Verified OK" in said


# --- the one file


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier as it lies in a package."""
    file = tmp_path_factory.mktemp("court") / "verify.py"
    file.write_text(verifier(), "utf-8")
    return file


def run(one_file: Path, *arguments: str | Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(one_file), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=one_file.parent,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_file_in_the_package_is_the_verifier(package: Path) -> None:
    assert opened(package)["verify.py"].decode() == verifier()


def test_one_file_verifies_in_chinese_english_and_for_programs(
    one_file: Path, package: Path, root: str
) -> None:
    code, said, _ = run(one_file, package, "--root", root)
    assert (code, said.splitlines()[0]) == (0, "核验通过：没有改动")
    assert "编号 Dphoto（deposit），日志第 5 条" in said

    code, said, _ = run(one_file, package, "--lang", "en")
    assert code == 3
    assert said.startswith("NOTHING WRONG FOUND")
    assert "number Dphoto (deposit), entry 5 of the log" in said

    code, said, _ = run(one_file, package, "--json", "--root", root)
    assert json.loads(said)["verified"] is True


def test_one_file_names_the_byte_in_both_languages(one_file: Path, package: Path, tmp_path: Path) -> None:
    content = package.read_bytes()
    at = content.index(PHOTO) + 7
    (tmp_path / "x.zip").write_bytes(flipped(content, at))

    code, said, _ = run(one_file, tmp_path / "x.zip")
    assert code == 1
    assert "items/photo.jpg：第 7 字节被改动：原为 0x" in said
    assert f"（包的字节 {at}–{at}）" in said
    assert "包内自称（有问题，未经证明）" in said

    code, said, _ = run(one_file, tmp_path / "x.zip", "--lang", "en")
    assert "items/photo.jpg: byte 7 was changed" in said


def test_one_file_says_what_it_cannot_read(one_file: Path, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"no")

    assert run(one_file, tmp_path / "no.zip")[0] == 2
    assert run(one_file, tmp_path / "missing.zip")[0] == 2
    assert run(one_file, tmp_path / "no.zip", "--published", "12")[0] == 2
    assert run(one_file)[0] == 2


def test_one_file_needs_python_3_8_and_its_library_only() -> None:
    module = ast.parse(verifier(), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(module)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    newer = {
        "removeprefix",
        "removesuffix",
        "bit_count",
        "file_digest",
        "UTC",
        "StrEnum",
        "cache",
        "batched",
        "pairwise",
    }
    used = {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)} | {
        node.id for node in ast.walk(module) if isinstance(node, ast.Name)
    }

    assert imported <= sys.stdlib_module_names
    assert not used & newer


def test_types_are_subscripted_in_annotations_only() -> None:
    # `tuple[int, int]` outside an annotation fails in Python 3.8.
    module = ast.parse(verifier())
    outside = [
        node.value.value.id
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Subscript)
        and isinstance(node.value.value, ast.Name)
    ]

    assert not set(outside) & {"tuple", "dict", "list", "set"}


def test_sm3_in_python_alone_is_sm3() -> None:
    for size in (0, 3, 55, 56, 63, 64, 65, 1000):
        plain = PlainSm3()
        plain.update(PHOTO[: size // 2])
        plain.update(PHOTO[size // 2 : size])

        assert plain.hexdigest() == hashlib.new("sm3", PHOTO[:size]).hexdigest()


def test_the_verifier_is_the_same_each_time() -> None:
    verifier.cache_clear()
    once = verifier()
    verifier.cache_clear()

    assert sha256_hex(once.encode()) == sha256_hex(verifier().encode())
