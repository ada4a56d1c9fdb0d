"""Packages: determined to the byte, refused when something does not fit, and readable by any zip tool."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex, sm3_hex
from lookout.proof.package import Item, write_package
from tests.proof.evidence import (
    NOON,
    PHOTO,
    House,
    entry,
    house,
    item,
    opened,
    packed,
    unchecked,
    verdict,
    wrong,
)


@pytest.fixture
def sealed(tmp_path: Path) -> House:
    """Three entries under a head: `a`, `b`, and the list of files `a` and `b` are in."""
    made = house(tmp_path / "home")
    made.log.append([entry("a", b"a"), entry("b", b"b"), entry("list", LIST)])
    made.publish()
    return made


LIST = json.dumps(
    {
        "files": [
            {"name": "one.png", "sha256": sha256_hex(b"1")},
            {"name": "w/two.warc", "sha256": sha256_hex(b"2")},
        ]
    }
).encode()


def refused(of: House, target: Path, items: list[Item], indices: list[int]) -> str:
    head = of.publish()
    with pytest.raises(DataError) as error:
        write_package(target, items, log=of.log, indices=indices, head=head, signer=of.signer, at=NOON)
    assert not target.exists()
    return str(error.value)


def test_any_zip_tool_opens_a_package(tmp_path: Path) -> None:
    package = packed(house(tmp_path), tmp_path / "p.zip")

    with zipfile.ZipFile(package) as container:
        assert container.testzip() is None
        assert container.read("items/photo.jpg") == PHOTO
        assert b"import" in container.read("verify.py")
        assert "怎样核验" in container.read("README.txt").decode()
    manifest = json.loads(opened(package)["manifest.json"])
    assert {record["name"] for record in manifest["files"]} == opened(package).keys() - {
        "manifest.json",
        "manifest.sig",
    }
    [photo] = [record for record in manifest["files"] if record["name"] == "items/photo.jpg"]
    assert (photo["sha256"], photo["sm3"], photo["size"]) == (sha256_hex(PHOTO), sm3_hex(PHOTO), len(PHOTO))


def test_the_same_package_has_the_same_bytes(sealed: House, tmp_path: Path) -> None:
    head, files = sealed.publish(), []
    for name in ("one.zip", "two.zip"):
        written = write_package(
            tmp_path / name,
            [item("a", b"a"), item("b", b"b")],
            log=sealed.log,
            indices=[0, 1],
            head=head,
            signer=sealed.signer,
            at=NOON,
        )
        assert written.sha256 == sha256_hex(written.path.read_bytes())
        assert written.sm3 == sm3_hex(written.path.read_bytes())
        files.append(opened(written.path))

    del files[0]["manifest.sig"], files[1]["manifest.sig"]  # a signature on a curve is random by design
    assert files[0] == files[1]


def test_a_file_on_the_disk_is_packed_like_bytes(sealed: House, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    written = write_package(
        tmp_path / "p.zip",
        [Item("a", tmp_path / "a", "text/plain", sha256_hex(b"a"), sm3_hex(b"a"))],
        log=sealed.log,
        indices=[0],
        head=sealed.publish(),
        signer=sealed.signer,
        at=NOON,
    )

    assert opened(written.path)["items/a"] == b"a"


def test_a_wrong_digest_is_refused(sealed: House, tmp_path: Path) -> None:
    bad = Item("a", b"a", "text/plain", sha256_hex(b"b"), sm3_hex(b"c"))
    said = refused(sealed, tmp_path / "p.zip", [bad], [0])

    assert "SHA-256" in said
    assert "SM3" in said


def test_an_item_that_was_not_sealed_is_refused(sealed: House, tmp_path: Path) -> None:
    said = refused(sealed, tmp_path / "p.zip", [item("a", b"a"), item("c", b"c"), item("d", b"d")], [0])

    assert "“c”没有存证" in said
    assert "“d”没有存证" in said


def test_an_entry_behind_the_head_is_refused(sealed: House, tmp_path: Path) -> None:
    head = sealed.publish()
    [late] = sealed.log.append([entry("late", b"late")])

    with pytest.raises(DataError, match="请先发布新的签名头"):
        write_package(
            tmp_path / "p.zip",
            [item("late", b"late")],
            log=sealed.log,
            indices=[late],
            head=head,
            signer=sealed.signer,
            at=NOON,
        )


@pytest.mark.parametrize("name", ["../a", "/a", "x/../a", "a\\b", "x//a", "a\n"])
def test_a_name_that_leads_elsewhere_is_refused(sealed: House, tmp_path: Path, name: str) -> None:
    assert "不能作为取证包内的文件名" in refused(sealed, tmp_path / "p.zip", [item(name, b"a")], [0])


def test_the_same_name_twice_is_refused(sealed: House, tmp_path: Path) -> None:
    assert "文件名重复" in refused(sealed, tmp_path / "p.zip", [item("a", b"a"), item("a", b"a")], [0])


def test_a_head_of_another_log_is_refused(sealed: House, tmp_path: Path) -> None:
    other = house(tmp_path / "other")
    other.log.append([entry("a", b"a")])

    with pytest.raises(DataError, match="不是这本日志的"):
        write_package(
            tmp_path / "p.zip",
            [item("a", b"a")],
            log=sealed.log,
            indices=[0],
            head=other.publish(),
            signer=sealed.signer,
            at=NOON,
        )


def test_a_sealed_list_of_files_seals_what_it_lists(sealed: House, tmp_path: Path) -> None:
    items = [item("page/manifest.json", LIST), item("page/one.png", b"1"), item("page/w/two.warc", b"2")]
    options = {
        "log": sealed.log,
        "indices": [2],
        "head": sealed.publish(),
        "signer": sealed.signer,
        "at": NOON,
    }
    found = verdict(write_package(tmp_path / "p.zip", items, **options).path)
    [told] = found["proven"]["entries"]

    assert wrong(found) == []
    assert told["items"] == ["page/manifest.json", "page/one.png", "page/w/two.warc"]

    found = verdict(write_package(tmp_path / "part.zip", items[:2], **options).path)
    assert wrong(found) == []
    assert "listed_absent" in {one["code"] for one in found["findings"]}
    with pytest.raises(DataError, match="没有存证"):
        write_package(tmp_path / "no.zip", [items[0], item("page/one.png", b"other")], **options)


def test_a_digest_alone_can_be_handed_over_and_compared_with_the_file_elsewhere(
    sealed: House, tmp_path: Path
) -> None:
    package = write_package(
        tmp_path / "p.zip",
        [],
        log=sealed.log,
        indices=[0],
        head=sealed.publish(),
        signer=sealed.signer,
        at=NOON,
    ).path
    (tmp_path / "kept").write_bytes(b"a")
    (tmp_path / "other").write_bytes(b"x")

    assert "seal_without_item" in unchecked(verdict(package))
    assert "seal_without_item" not in unchecked(verdict(package, "--file", str(tmp_path / "kept")))
    assert wrong(verdict(package, "--file", str(tmp_path / "other"))) == [
        (str(tmp_path / "other"), "file_of_nothing")
    ]
